// npm run typecheck: every part of the tree with the types of where it runs; the window's Vue files by vue-tsc.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './lib/paths.mjs'

const tsc = join(root, 'node_modules/typescript/bin/tsc')
const vueTsc = join(root, 'node_modules/vue-tsc/bin/vue-tsc.js')
const projects = [
  [tsc, 'tsconfig.shared.json'],
  [tsc, 'tsconfig.node.json'],
  [vueTsc, 'tsconfig.web.json'],
  [vueTsc, 'tsconfig.test.json']
]

let failed = false
for (const [command, project] of projects) {
  const { status } = spawnSync(process.execPath, [command, '--noEmit', '-p', project], { cwd: root, stdio: 'inherit' })
  if (status !== 0) failed = true
}
process.exitCode = failed ? 1 : 0
