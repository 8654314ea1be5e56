import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir, root } from './paths.mjs'

const folder = join(root, 'node_modules/electron')
const remembered = join(cacheDir(), 'electron-unreachable.json')
const retryAfterMs = 24 * 60 * 60 * 1000
const probeMs = 4000
const downloadMs = 5 * 60 * 1000

/** Path of Electron's program, or null where it has not been fetched yet. */
export function installedElectron() {
  const text = readIfThere(join(folder, 'path.txt'))
  if (!text) return null
  const path = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'), text)
  return existsSync(path) ? path : null
}

/**
 * Fetches Electron's program once: the package comes from npm without it. A place that cannot be reached is remembered
 * for a day, so that the next start does not wait for it again.
 * @returns the path, or the reason there is none, as the part of a sentence.
 */
export async function fetchElectron({ again = false } = {}) {
  const there = installedElectron()
  if (there) return { path: there }
  if (!existsSync(folder)) return { reason: 'the package electron is not installed' }
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const earlier = JSON.parse(readIfThere(remembered) ?? 'null')
  if (!again && earlier?.version === version && Date.now() - earlier.at < retryAfterMs)
    return { reason: earlier.reason }
  const reason = (await whyUnreachable()) ?? (await install(version))
  const path = installedElectron()
  if (path) {
    rmSync(remembered, { force: true })
    return { path }
  }
  mkdirSync(cacheDir(), { recursive: true })
  writeFileSync(remembered, JSON.stringify({ version, at: Date.now(), reason }))
  return { reason }
}

/** Any answer of the place it is fetched from will do; with a proxy only the download itself can tell. */
async function whyUnreachable() {
  const { env } = process
  if (env.HTTPS_PROXY || env.https_proxy || env.npm_config_https_proxy) return null
  const mirror =
    env.ELECTRON_MIRROR ?? env.NPM_CONFIG_ELECTRON_MIRROR ?? env.npm_config_electron_mirror ?? 'https://github.com/'
  try {
    await fetch(mirror, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(probeMs) })
    return null
  } catch {
    return `${new URL(mirror).host} cannot be reached`
  }
}

function install(version) {
  console.error(`Fetching Electron ${version} (about 110 MB), once.`)
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, 'install.js')], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe']
    })
    let text = ''
    child.stderr.on('data', (chunk) => (text += chunk))
    const timer = setTimeout(() => child.kill('SIGKILL'), downloadMs)
    child.once('error', (error) => (text += error.message))
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      if (signal) resolve('the download took more than five minutes')
      else resolve(code === 0 ? null : `the download failed (${text.trim().split('\n')[0].slice(0, 200)})`)
    })
  })
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
