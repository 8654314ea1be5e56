import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.mjs'

const out = join(root, 'out')
const stamp = join(out, '.built-from')
const workshop = join(root, 'node_modules/.cache/layerscope')

/**
 * Names, sizes and times of everything the build reads: a few milliseconds, where hashing contents would take longer
 * than starting.
 */
function signature() {
  const hash = createHash('sha1')
  const add = (path) => {
    const info = statSync(path)
    hash.update(`${path} ${info.size} ${info.mtimeMs}\n`)
  }
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) walk(path)
      else add(path)
    }
  }
  walk(join(root, 'src'))
  for (const name of [
    'electron.vite.config.ts',
    'scripts/lib/contractHash.mjs',
    'package.json',
    'package-lock.json',
    'tsconfig.base.json'
  ])
    add(join(root, name))
  return hash.digest('hex')
}

export function isBuilt() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === signature()
}

/** Builds into a folder of its own and moves it into place; answers whether it succeeded. */
export async function buildApp({ quiet }) {
  const from = signature()
  const fresh = join(workshop, `out-${process.pid}`)
  mkdirSync(workshop, { recursive: true })
  removeAbandoned()
  const command = join(root, 'node_modules/electron-vite/bin/electron-vite.js')
  const { code, text } = await run(process.execPath, [command, 'build', '--outDir', fresh], quiet)
  if (code !== 0) {
    if (quiet) process.stderr.write(text)
    rmSync(fresh, { recursive: true, force: true })
    return false
  }
  const old = join(workshop, `old-${process.pid}`)
  mkdirSync(old, { recursive: true })
  mkdirSync(out, { recursive: true })
  for (const part of readdirSync(fresh)) {
    if (existsSync(join(out, part))) renameSync(join(out, part), join(old, part))
    renameSync(join(fresh, part), join(out, part))
  }
  writeFileSync(stamp, from)
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true })
  return true
}

/** Leftovers of builds that were killed. */
function removeAbandoned() {
  for (const name of readdirSync(workshop)) {
    const pid = Number(/^(?:out|old)-(\d+)$/.exec(name)?.[1])
    if (pid && pid !== process.pid && !isAlive(pid)) rmSync(join(workshop, name), { recursive: true, force: true })
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function run(command, parameters, quiet) {
  return new Promise((resolve) => {
    const child = spawn(command, parameters, {
      cwd: root,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit']
    })
    let text = ''
    child.stdout?.on('data', (chunk) => (text += chunk))
    child.stderr?.on('data', (chunk) => (text += chunk))
    child.once('error', (error) => resolve({ code: 1, text: `${error.message}\n` }))
    child.once('close', (code) => resolve({ code, text }))
  })
}
