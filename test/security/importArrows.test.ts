import { ESLint } from 'eslint'
import { expect, test } from 'vitest'

const eslint = new ESLint()

/** What the lint rule for imports says to a file that holds this line. */
async function refusals(filePath: string, line: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${line}\n`, { filePath })
  return result!.messages.filter(({ ruleId }) => ruleId === 'no-restricted-imports').map(({ message }) => message)
}

// The files are existing ones: rules that need types refuse others.
test.each([
  ['src/shared/app.ts', "import { readFile } from 'node:fs/promises'"],
  ['src/shared/app.ts', "import { app } from 'electron'"],
  ['src/shared/app.ts', "import { x } from '../main/engine/paths'"],
  ['src/shared/app.ts', "import { ref } from 'vue'"],
  ['src/main/engine/paths.ts', "import { app } from 'electron'"],
  ['src/main/engine/paths.ts', "import { createHost } from '../hosts/host'"],
  ['src/main/engine/paths.ts', "import { client } from '../../renderer/client'"],
  ['src/main/serve.ts', "import { startDesktop } from './hosts/electron/app'"],
  ['src/main/hosts/host.ts', "import { app } from 'electron'"],
  ['src/main/hosts/http/server.ts', "import { forkEngine } from '../electron/forkEngine'"],
  ['src/main/hosts/electron/app.ts', "import { newToken } from '../http/token'"],
  ['src/main/hosts/electron/app.ts', "import { client } from '../../../renderer/client'"],
  ['src/preload/index.ts', "import { join } from 'node:path'"],
  ['src/preload/index.ts', "import { createHost } from '../main/hosts/host'"],
  ['src/renderer/main.ts', "import { readFile } from 'node:fs/promises'"],
  ['src/renderer/main.ts', "import { ipcRenderer } from 'electron'"],
  ['src/renderer/main.ts', "import { appRoot } from '../main/engine/paths'"],
  ['src/renderer/modules/compare/curves.ts', "import { x } from '../probes/verdict'"],
  ['src/renderer/modules/compare/curves.ts', "import { x } from '@/modules/probes/verdict'"],
  ['src/renderer/stores/themeStore.ts', "import { x } from '@/modules/probes/verdict'"],
  ['src/renderer/App.vue', '<script setup lang="ts">import * as tf from \'@tensorflow/tfjs-core\'</script>']
])('%s may not say: %s', async (file, line) => {
  expect(await refusals(file, line)).toHaveLength(1)
})

test.each([
  ['src/main/engine/paths.ts', "import { UserError } from '@shared/userError'"],
  ['src/main/hosts/electron/app.ts', "import { app } from 'electron'"],
  ['src/main/hosts/http/server.ts', "import { cacheDir } from '../../engine/paths'"],
  ['src/preload/index.ts', "import { contextBridge } from 'electron'"],
  ['src/renderer/main.ts', "import { client } from '@/client'"]
])('%s may say: %s', async (file, line) => {
  expect(await refusals(file, line)).toEqual([])
})
