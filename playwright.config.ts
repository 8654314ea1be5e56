import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from '@playwright/test'

const hasElectron = isElectronThere('node_modules/electron')
if (!hasElectron && process.env.TEST_WORKER_INDEX === undefined) {
  console.log(
    "The desktop project is left out: Electron's program is not on this machine (`npm start -- --electron` fetches it). The browser project tells the same story."
  )
}

/**
 * What the browser project runs every day: what is about its host, and the tests with the tag `@transport`, in which
 * something goes another way than through the bridge. The bridge runs all of the story over the same socket and engine.
 */
const everyday = /\bhost\w*\.spec|\bjobs\.spec|@transport/

// One story, three hosts. `bridge` is the whole of it in Chromium, behind a model of Electron's context bridge and IPC;
// `browser` the parts where a browser's own transport matters, and all of it with LAYERSCOPE_E2E=all; `desktop` drives
// Electron where its program is.
export default defineConfig<object, { host: 'http' | 'electron' | 'bridge' }>({
  testDir: 'test/e2e',
  outputDir: 'test-results/e2e',
  // Each worker has an engine of its own, which takes every core.
  workers: 1,
  fullyParallel: false,
  // A limit for a test that hangs: on a machine under load, one of half a minute takes several.
  timeout: 300_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  use: { trace: 'retain-on-failure', viewport: { width: 1280, height: 800 } },
  projects: [
    {
      name: 'browser',
      ...(process.env.LAYERSCOPE_E2E === 'all' ? {} : { grep: everyday }),
      testIgnore: '**/desktop*.spec.ts',
      use: { host: 'http' }
    },
    {
      name: 'bridge',
      testIgnore: ['**/desktop*.spec.ts', '**/host*.spec.ts', '**/jobs.spec.ts'],
      use: { host: 'bridge' as const }
    },
    ...(hasElectron
      ? [{ name: 'desktop', testIgnore: ['**/host*.spec.ts', '**/jobs.spec.ts'], use: { host: 'electron' as const } }]
      : [])
  ]
})

/** Reading the package's own note of its program's path: importing the package would fetch the program. */
function isElectronThere(folder: string): boolean {
  const note = join(folder, 'path.txt')
  return (
    existsSync(note) &&
    existsSync(join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'), readFileSync(note, 'utf8')))
  )
}
