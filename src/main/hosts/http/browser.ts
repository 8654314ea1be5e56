import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

const commands = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'brave-browser'
]

const applications: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge'
  ],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((variable) => {
    const folder = process.env[variable]
    return folder
      ? [join(folder, 'Google/Chrome/Application/chrome.exe'), join(folder, 'Microsoft/Edge/Application/msedge.exe')]
      : []
  })
}

/** An installed browser of the Chromium family; `LAYERSCOPE_BROWSER` names another. */
export function findChromium(): string | null {
  const named = process.env.LAYERSCOPE_BROWSER
  if (named) return existsSync(named) ? named : null
  const application = applications[process.platform]?.find((path) => existsSync(path))
  if (application) return application
  if (process.platform === 'win32') return null
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  for (const command of commands) {
    const found = folders.map((folder) => join(folder, command)).find(isExecutable)
    if (found) return found
  }
  return null
}

/** False on a Linux machine without a display, for example over SSH. */
export function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

/**
 * Chromium refuses to run its sandbox as root. In a container root is the usual user, and the container is the sandbox.
 */
export function needsNoSandbox(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && inContainer()
}

/** Init processes of full systems; in a container, process 1 is the container's program. */
const initSystems = ['systemd', 'init', 'runit', 'openrc-init', 's6-svscan', 'dinit', 'shepherd']

function inContainer(): boolean {
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv') || process.env.container) return true
  try {
    return !initSystems.includes(readFileSync('/proc/1/comm', 'utf8').trim())
  } catch {
    return false
  }
}

/**
 * Opens the address as an app window, without tabs or address bar, in a separate profile: no extension reads
 * along, and the process ends when the window is closed.
 */
export async function openAppWindow(browser: string, url: string, profile: string): Promise<ChildProcess> {
  await mkdir(profile, { recursive: true, mode: 0o700 })
  const flags = [
    `--app=${url}`,
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-sync',
    '--window-size=1440,900'
  ]
  if (needsNoSandbox()) flags.push('--no-sandbox')
  return spawn(browser, flags, { stdio: 'ignore' })
}

/** Opens the address in the default browser; false if there is none. */
export function openDefaultBrowser(url: string): Promise<boolean> {
  const [command, ...parameters] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler']
        : ['xdg-open']
  return new Promise((resolve) => {
    const child = spawn(command!, [...parameters, url], { stdio: 'ignore', detached: true })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
    child.unref()
  })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
