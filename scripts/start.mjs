// npm start: builds what is missing or old, and opens the app: in Electron, or in the same window of an installed
// Chromium, or at a printed address.
//
//   npm start -- [model folder] [data file ...]
//   npm start -- --electron    try to fetch Electron again, though a place was out of reach lately
//   npm start -- --browser     leave Electron out
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildApp, isBuilt } from './lib/build.mjs'
import { electronEnvironment, fetchElectron } from './lib/electron.mjs'
import { requireNode } from './lib/nodeVersion.mjs'
import { root } from './lib/paths.mjs'
import { sandboxProblem } from './lib/sandbox.mjs'

/** An Electron that ends this soon, and not because it was told to, has not shown a window. */
const quickFailureMs = 5000

requireNode()
process.exitCode = await start(process.argv.slice(2))

async function start(parameters) {
  const own = ['--electron', '--browser']
  const rest = parameters.filter((parameter) => !own.includes(parameter))
  if (!isBuilt()) {
    console.error('Building Layerscope, once.')
    if (!(await buildApp({ quiet: true }))) return 1
  }
  if (!hasDisplay()) {
    console.error(
      'There is no display (DISPLAY and WAYLAND_DISPLAY are empty): open the address below in a browser. From another machine, `npx layerscope serve --help` says how.'
    )
    return serve(withOptions(rest, '--no-open', '--setup'))
  }
  const electron = parameters.includes('--browser')
    ? { reason: '--browser leaves it out' }
    : await fetchElectron({ again: parameters.includes('--electron') })
  const reason = electron.path
    ? (sandboxProblem(electron.path) ?? (await runElectron(electron.path, rest)))
    : electron.reason
  if (reason === null) return process.exitCode
  console.error(`Layerscope opens in the installed browser instead of Electron: ${reason}.`)
  return serve(withOptions(rest, '--window', '--setup'))
}

/** Resolves with null when the person has closed the app, otherwise with why it never opened. */
async function runElectron(program, parameters) {
  const { needsNoSandbox } = await import('./lib/container.mjs')
  const flags = needsNoSandbox() ? ['--no-sandbox'] : []
  const startedAt = Date.now()
  console.error('Layerscope opens in Electron, as a desktop app.')
  return new Promise((resolve) => {
    const child = spawn(program, [root, ...flags, ...parameters], { stdio: 'inherit', env: electronEnvironment() })
    let stopped = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        stopped = true
        child.kill(signal)
      })
    }
    child.once('error', (error) => resolve(`it could not be started (${error.message})`))
    child.once('exit', (code, signal) => {
      if (!stopped && code !== 0 && Date.now() - startedAt < quickFailureMs) {
        resolve(`it ended at once with ${signal ?? `code ${code}`}`)
        return
      }
      process.exitCode = stopped ? 0 : (code ?? 1)
      resolve(null)
    })
  })
}

/** What was typed, and options that it may hold already: a switch is given once. */
function withOptions(parameters, ...options) {
  return [...options.filter((option) => !parameters.includes(option)), ...parameters]
}

async function serve(parameters) {
  process.argv = [process.argv[0], join(root, 'out/main/serve.js'), ...parameters]
  await import(pathToFileURL(process.argv[1]).href)
  return process.exitCode
}

function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}
