import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UserError } from '@shared/userError'
import { lastLine, runTool } from './runTool'

/** A wheel as pip resolved it. */
export interface WheelSource {
  project: string
  version: string
  url: string
  sha256: string
}

/** How pip is started on this machine. */
export interface Pip {
  command: string
  prefix: readonly string[]
}

export const noPip =
  'Native TensorFlow needs Python\'s pip to be fetched, and none was found. Install Python 3 with pip (on Debian and Ubuntu: python3-pip) and ' +
  'run `npm run setup`.'

const starts: readonly (readonly [string, ...string[]])[] = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['py', '-3', '-m', 'pip'], ['pip3'], ['pip']]

/** Finds a pip that runs; throws the sentence `noPip` where there is none. */
export async function findPip(signal?: AbortSignal): Promise<Pip> {
  for (const [command, ...prefix] of starts) {
    const result = await runTool(command, [...prefix, '--version'], { signal })
    if (result?.code === 0) return { command, prefix }
  }
  throw new UserError(noPip)
}

const quiet = ['--disable-pip-version-check', '--no-input', '--quiet']

// Only the wheel's C libraries are used, so any Python's wheel will do: the second form serves a Python for which none is published.
const anyPython = ['--only-binary=:all:', '--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312']

/**
 * Asks pip which wheels satisfy a requirement, from whatever index the person has configured.
 * pip's own report (`pip install --dry-run --report`, PyPA "Installation Report", pip >= 22.2) carries address and hash.
 */
export async function resolveWheels(pip: Pip, requirement: string, withDependencies: boolean, signal?: AbortSignal): Promise<WheelSource[]> {
  const base = [...pip.prefix, 'install', ...quiet, '--dry-run', '--ignore-installed', '--report', '-', ...(withDependencies ? [] : ['--no-deps'])]
  let problem = ''
  for (const extra of [[], anyPython]) {
    const result = await runTool(pip.command, [...base, ...extra, requirement], { signal })
    if (result?.code === 0) return readReport(result.stdout)
    problem ||= lastLine(result?.stderr ?? '')
  }
  throw new UserError(`pip could not find ${requirement}: ${problem || 'it gave no reason'}`)
}

interface Report {
  install?: { metadata?: { name?: string; version?: string }; download_info?: { url?: string; archive_info?: { hash?: string; hashes?: { sha256?: string } } } }[]
}

/** Reads pip's installation report (version 1). */
export function readReport(text: string): WheelSource[] {
  const report = JSON.parse(text) as Report
  return (report.install ?? []).map((entry) => {
    const archive = entry.download_info?.archive_info
    const sha256 = archive?.hashes?.sha256 ?? archive?.hash?.replace(/^sha256=/, '')
    const { name, version } = entry.metadata ?? {}
    const url = entry.download_info?.url
    if (!name || !version || !url || !sha256 || !/^[0-9a-f]{64}$/.test(sha256)) throw new UserError('pip\'s report names a package without address or hash.')
    return { project: name, version, url, sha256 }
  })
}

/** Lets pip itself fetch a wheel into a folder: it knows proxies, certificates and passwords that a plain request does not. */
export async function downloadByPip(pip: Pip, wheel: WheelSource, folder: string, signal?: AbortSignal): Promise<string> {
  const base = [...pip.prefix, 'download', ...quiet, '--no-deps', '--dest', folder]
  let problem = ''
  for (const extra of [[], anyPython]) {
    const result = await runTool(pip.command, [...base, ...extra, `${wheel.project}==${wheel.version}`], { signal })
    if (result?.code === 0) {
      const wanted = basename(new URL(wheel.url).pathname)
      const files = await readdir(folder)
      const file = files.find((name) => name === decodeURIComponent(wanted)) ?? files.find((name) => name.endsWith('.whl'))
      if (file) return join(folder, file)
    }
    problem ||= lastLine(result?.stderr ?? '')
  }
  throw new UserError(`pip could not download ${wheel.project} ${wheel.version}: ${problem || 'it gave no reason'}`)
}
