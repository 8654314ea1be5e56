import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheDir, readJson, root } from './paths.mjs'

const folder = join(root, 'node_modules/electron')
const remembered = join(cacheDir(), 'electron-unreachable.json')
const retryAfterMs = 24 * 60 * 60 * 1000
const probeMs = 4000
/** About the size of Electron's archive. */
const downloadBytes = 110e6
/** A download that brings nothing for so long has come to a halt. */
const stalledMs = 60 * 1000

/** Path of Electron's program, or null where it has not been fetched yet. */
export function installedElectron() {
  const elsewhere = process.env.ELECTRON_OVERRIDE_DIST_PATH
  // As the package itself has it: a program of the system (Nix, a distribution) comes without the note of its path.
  const text = readIfThere(join(folder, 'path.txt')) ?? (elsewhere ? 'electron' : null)
  if (!text) return null
  const path = join(elsewhere ?? join(folder, 'dist'), text)
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
  const { version } = readJson(join(folder, 'package.json'))
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
  if (proxy()) return null
  // The order in which @electron/get reads them.
  const mirror =
    env.npm_config_electron_mirror || env.NPM_CONFIG_ELECTRON_MIRROR || env.ELECTRON_MIRROR || 'https://github.com/'
  try {
    await fetch(mirror, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(probeMs) })
    return null
  } catch {
    return `${new URL(mirror).host} cannot be reached`
  }
}

function proxy() {
  const { env } = process
  return env.HTTPS_PROXY || env.https_proxy || env.npm_config_https_proxy || null
}

function install(version) {
  console.error(`Fetching Electron ${version} (about ${downloadBytes / 1e6} MB), once.`)
  return new Promise((resolve) => {
    const downloads = mkdtempSync(join(tmpdir(), 'layerscope-electron-'))
    const through = proxy()
    const child = spawn(process.execPath, [join(folder, 'install.js')], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        // What has come so far is seen by the size of this folder.
        TMPDIR: downloads,
        TEMP: downloads,
        TMP: downloads,
        ...(through ? { HTTPS_PROXY: through, ELECTRON_GET_USE_PROXY: '1' } : {})
      }
    })
    let text = ''
    child.stderr.on('data', (chunk) => (text += chunk))
    let bytes = 0
    let grownAt = Date.now()
    const timer = setInterval(() => {
      const now = sizeOf(downloads) + sizeOf(join(folder, 'dist'))
      if (now !== bytes) grownAt = Date.now()
      bytes = now
      if (Date.now() - grownAt > stalledMs) child.kill('SIGKILL')
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${progressLine(bytes)}`)
    }, 1000)
    child.once('error', (error) => (text += error.message))
    child.once('close', (code, signal) => {
      clearInterval(timer)
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K')
      rmSync(downloads, { recursive: true, force: true })
      if (signal) resolve('the download stopped for a minute')
      else resolve(code === 0 ? null : `the download failed (${text.trim().split('\n')[0].slice(0, 200)})`)
    })
  })
}

/**
 * Variables for a process that starts Electron. Terminals inside other Electron programs set two more, with which
 * Electron would run as plain Node, or with their options.
 */
export function electronEnvironment(environment = process.env) {
  const { ELECTRON_RUN_AS_NODE: _asNode, NODE_OPTIONS: _options, ...kept } = environment
  return kept
}

/** How far the download is; what has been unpacked already is larger than what was fetched. */
export function progressLine(bytes) {
  return bytes < downloadBytes
    ? `${Math.round(bytes / 1e6)} of about ${downloadBytes / 1e6} MB fetched`
    : 'Unpacking Electron'
}

function sizeOf(path) {
  if (!existsSync(path)) return 0
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0
    )
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
