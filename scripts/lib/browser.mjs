import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { root } from './paths.mjs'

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const applications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium'
]

/** Package managers that have a Chromium, and how they are told to fetch it. */
const managers = [
  {
    command: 'apt-get',
    steps: [
      ['update', '-qq'],
      ['install', '-y', '-qq', '--no-install-recommends', 'chromium']
    ]
  },
  { command: 'apk', steps: [['add', '--no-cache', 'chromium']] },
  { command: 'dnf', steps: [['install', '-y', '-q', 'chromium']] }
]
const installMs = 10 * 60 * 1000

/**
 * A browser the end-to-end tests can drive: Playwright's own, the system's, or one that is installed now. Null when
 * none of that works.
 */
export async function findOrInstallBrowser(print) {
  const found = await findBrowser()
  if (found) return found
  const manager = process.getuid?.() === 0 ? managers.find(({ command }) => onPath(command)) : undefined
  if (manager) {
    print(`No Chromium was found; ${manager.command} installs one.`)
    for (const step of manager.steps) {
      spawnSync(manager.command, step, {
        stdio: 'inherit',
        timeout: installMs,
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
      })
    }
    const installed = await findBrowser()
    if (installed) return installed
  }
  print("Playwright is asked for its own Chromium, which comes from Playwright's servers.")
  spawnSync(process.execPath, [join(root, 'node_modules/playwright/cli.js'), 'install', 'chromium'], {
    stdio: 'inherit',
    timeout: installMs
  })
  return findBrowser()
}

async function findBrowser() {
  const { chromium } = await import('@playwright/test')
  const named = process.env.LAYERSCOPE_BROWSER
  const candidates = [named, chromium.executablePath(), ...commands.map(onPath), ...applications]
  // A system's package may be a stub that only says where to get the real one.
  return (
    candidates.find(
      (path) => path && existsSync(path) && spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0
    ) ?? null
  )
}

function onPath(command) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path))
}
