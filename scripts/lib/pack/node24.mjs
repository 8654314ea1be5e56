import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../paths.mjs'

/** The Node inside Electron 45 is a 24. */
const wanted = 24
const version = '24.22.3'

/**
 * A Node of the version that Electron contains: this one, the one named in LAYERSCOPE_NODE24, or npm's package of it,
 * fetched once. Where neither is there nor can be fetched, it is this one.
 * @returns {{ program: string, version: string }}
 */
export function findNode24(print) {
  const folder = join(root, 'node_modules/.cache/layerscope/node24')
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const program = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  const candidates = [process.env.LAYERSCOPE_NODE24, process.execPath, program]
  const find = () =>
    candidates
      .filter((path) => path && existsSync(path))
      .map((path) => ({ program: path, version: versionOf(path) }))
      .find((node) => node.version.startsWith(`v${wanted}.`))
  const there = find()
  if (there) return there
  print(`Fetching Node ${version} (npm's package ${name}), once.`)
  mkdirSync(folder, { recursive: true })
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  spawnSync(npm, ['install', '--no-save', '--ignore-scripts', '--prefix', folder, `${name}@${version}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32'
  })
  const fetched = find()
  if (fetched) return fetched
  print(`Node ${wanted} could not be fetched; the engine of the archive runs on ${process.version}.`)
  return { program: process.execPath, version: process.version }
}

function versionOf(program) {
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? ''
}
