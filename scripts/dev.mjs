// npm run dev: the app from its sources, built again as they change. Electron's program does not come with its package:
// it is fetched first, as `npm start` does.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { electronEnvironment, fetchElectron } from './lib/electron.mjs'
import { requireNode } from './lib/nodeVersion.mjs'
import { root } from './lib/paths.mjs'

requireNode()
const { path, reason } = await fetchElectron({ again: true })
if (!path) {
  console.error(`\`npm run dev\` needs Electron's program: ${reason}. \`npm start\` opens the app in a browser.`)
  process.exit(1)
}
const command = join(root, 'node_modules/electron-vite/bin/electron-vite.js')
const child = spawn(process.execPath, [command, 'dev', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: electronEnvironment()
})
child.once('exit', (code) => (process.exitCode = code ?? 1))
