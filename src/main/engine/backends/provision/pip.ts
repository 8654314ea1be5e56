import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@shared/userError'
import { lastLine, runTool, type ToolResult } from '../../processes/runTool'
import { hasSystemTools } from './commandLineTools'

/** A wheel as pip resolved it. */
export interface WheelSource {
  project: string
  version: string
  url: string
  /** Lower-case hexadecimal. */
  sha256: string
  /** Bytes, where they are known beforehand. */
  size?: number
}

/** A wheel on this disk. */
export interface WheelFile {
  project: string
  version: string
  path: string
}

/** How pip is started on this machine. */
export interface Pip {
  command: string
  prefix: readonly string[]
}

export const noPip =
  "Native TensorFlow is fetched with Python's pip, and none was found. Install Python 3 with pip (on Debian " +
  'and Ubuntu: python3-pip) and run `npm run setup`.'

export const noIndex =
  'Native TensorFlow could not be fetched because pip cannot reach its package index. Connect to the ' +
  'network and run `npm run setup`.'

/** `--report` came with pip 22.2; an older one can still download. */
export class PipTooOld extends Error {}

const starts: readonly (readonly [string, ...string[]])[] = [
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['py', '-3', '-m', 'pip'],
  ['pip3'],
  ['pip']
]

/** Finds a pip that runs. @throws UserError if there is none */
export async function findPip(signal?: AbortSignal): Promise<Pip> {
  if (!(await hasSystemTools(signal))) throw new UserError(noPip)
  for (const [command, ...prefix] of starts) {
    const result = await runTool(command, [...prefix, '--version'], { signal })
    if (result?.code === 0) return { command, prefix }
  }
  throw new UserError(noPip)
}

const quiet = ['--disable-pip-version-check', '--no-input', '--quiet', '--retries', '2']

// Only the wheel's C libraries are used, so any Python's wheel will do: this serves a Python for which none is
// published.
const anyPython = ['--only-binary=:all:', '--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312']

/**
 * Asks pip which wheels satisfy a requirement, from whichever index the user has configured. Its report (`pip install
 * --dry-run --report`, PyPA "Installation Report") carries address and hash.
 * @throws PipTooOld if pip has no report, UserError if it finds nothing
 */
export async function resolveWheels(
  pip: Pip,
  requirement: string,
  withDependencies: boolean,
  signal?: AbortSignal
): Promise<WheelSource[]> {
  const base = [
    ...pip.prefix,
    'install',
    ...quiet,
    '--dry-run',
    '--ignore-installed',
    '--report',
    '-',
    ...(withDependencies ? [] : ['--no-deps'])
  ]
  // pip needs a target folder for another Python's version, although a dry run writes nothing to it.
  const foreign = [...anyPython, '--target', join(tmpdir(), 'layerscope-dry-run')]
  return readReport((await firstSuccess(pip, base, foreign, requirement, signal)).stdout)
}

/**
 * Lets pip itself fetch wheels into an empty folder: it knows proxies, certificates and passwords that a plain request
 * does not.
 */
export async function downloadByPip(
  pip: Pip,
  requirement: string,
  withDependencies: boolean,
  folder: string,
  signal?: AbortSignal
): Promise<WheelFile[]> {
  const base = [...pip.prefix, 'download', ...quiet, '--dest', folder, ...(withDependencies ? [] : ['--no-deps'])]
  await firstSuccess(pip, base, anyPython, requirement, signal)
  const names = await readdir(folder)
  return names
    .filter((name) => name.endsWith('.whl'))
    .map((name) => {
      // Binary distribution format (PyPA): {project}-{version}-{tags}.whl, with _ for - in the project's name.
      const [project = '', version = ''] = name.split('-')
      return { project: project.replaceAll('_', '-'), version, path: join(folder, name) }
    })
}

async function firstSuccess(
  pip: Pip,
  base: readonly string[],
  foreign: readonly string[],
  requirement: string,
  signal?: AbortSignal
): Promise<ToolResult> {
  let problem = ''
  for (const extra of [[], foreign]) {
    const result = await runTool(pip.command, [...base, ...extra, requirement], { signal })
    if (result?.code === 0) return result
    const text = result?.stderr ?? ''
    if (/no such option: --(report|dry-run)/.test(text)) throw new PipTooOld()
    if (/Retrying \(Retry|Could not fetch URL/.test(text)) throw new UserError(noIndex)
    problem ||= lastLine(text)
  }
  throw new UserError(
    `Native TensorFlow could not be fetched: pip found no ${requirement} for this machine ` +
      `(${problem || 'it gave no reason'}).`
  )
}

interface Report {
  install?: {
    metadata?: { name?: string; version?: string }
    download_info?: { url?: string; archive_info?: { hash?: string; hashes?: { sha256?: string } } }
  }[]
}

/** Reads pip's installation report (version 1). */
export function readReport(text: string): WheelSource[] {
  const report = JSON.parse(text) as Report
  return (report.install ?? []).map((entry) => {
    const archive = entry.download_info?.archive_info
    const sha256 = archive?.hashes?.sha256 ?? archive?.hash?.replace(/^sha256=/, '')
    const { name, version } = entry.metadata ?? {}
    const url = entry.download_info?.url
    if (!name || !version || !url || !sha256 || !/^[0-9a-f]{64}$/.test(sha256)) {
      throw new UserError(
        `pip's report names ${name ?? 'a package'} without an address and a SHA-256, so it cannot be ` +
          'checked; nothing was downloaded.'
      )
    }
    return { project: name.replaceAll('_', '-'), version, url, sha256 }
  })
}
