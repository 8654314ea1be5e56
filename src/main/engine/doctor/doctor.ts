import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastLines } from '../log/readLog'
import { logFiles, logLevel, logLevels, type LogLevel, type LogLine } from '../log/log'
import { systemMemory, type SystemMemory } from '../models/memory/systemMemory'
import { dataDir, keptResultsFolder } from '../paths'
import { ResultLibrary } from '../results/resultLibrary'
import { reportedBackends, type BackendsReport } from './backends'
import { redacted, reportedEnvironment } from './environment'
import { reportedFolders, type FolderReport } from './folders'
import { reportedProcessor, reportedVersions, type ProcessorReport, type VersionReport } from './machine'

const errorsShown = 10
/** With less than this many bytes an extraction soon fails. */
const littleSpace = 2 ** 30

/** What a bug report needs, without secrets. */
export interface DoctorReport {
  /** What is wrong, as sentences; empty where nothing is. */
  problems: string[]
  versions: VersionReport
  processor: ProcessorReport
  memory: SystemMemory
  folders: FolderReport[]
  backends: BackendsReport
  environment: Record<string, string>
  log: { level: LogLevel; file: string; exists: boolean }
  /** The last warnings and errors of the log, the newest last. */
  errors: LogLine[]
  results: { kept: number; unreadable: { id: string; reason: string }[] }
}

/**
 * Looks at everything that a start of Layerscope depends on and changes nothing.
 * @param version Layerscope's own
 */
export async function examine(version: string): Promise<DoctorReport> {
  const [file] = logFiles()
  // Loading a backend sets variables of its own.
  const environment = reportedEnvironment(process.env)
  const report = {
    versions: reportedVersions(version),
    processor: await reportedProcessor(),
    memory: systemMemory(),
    folders: reportedFolders(),
    backends: await reportedBackends(),
    environment,
    log: { level: logLevel(), file: file!, exists: existsSync(file!) },
    errors: lastLines(errorsShown, ({ level }) => level === 'error' || level === 'warn').map(withoutSecrets),
    results: reportedResults(keptResultsFolder())
  }
  return { problems: problemsOf(report), ...report }
}

function problemsOf({ folders, backends, results }: Omit<DoctorReport, 'problems'>): string[] {
  const level = process.env.LAYERSCOPE_LOG
  return [
    ...folders
      .filter(({ writable }) => !writable)
      .map(({ name, path }) => `Nothing can be written to the ${name} folder ${path}.`),
    ...folders
      .filter(({ free }) => free !== null && free < littleSpace)
      .map(
        ({ name, path, free }) => `The disk of the ${name} folder ${path} has ${Math.floor(free! / 2 ** 20)} MB left.`
      ),
    ...(backends.backend ? [] : [`No backend can be started. ${backends.whyNotNative}`]),
    ...(backends.backend && backends.whyNotNative ? [`Native TensorFlow is not used. ${backends.whyNotNative}`] : []),
    ...settingsProblem(),
    ...results.unreadable.map(({ id, reason }) => `The kept result ${id} cannot be read: ${reason}`),
    ...(level && !logLevels.some((known) => known === level)
      ? [`LAYERSCOPE_LOG is '${level}'; it can be ${logLevels.join(', ')}.`]
      : [])
  ]
}

function settingsProblem(): string[] {
  const path = join(dataDir(), 'state.json')
  if (!existsSync(path)) return []
  try {
    JSON.parse(readFileSync(path, 'utf8'))
    return []
  } catch (error) {
    return [`The settings in ${path} cannot be read: ${(error as Error).message}`]
  }
}

/** Results that the window leaves out of its list. Folders with a dot are unfinished or deleted. */
function reportedResults(folder: string): DoctorReport['results'] {
  if (!existsSync(folder)) return { kept: 0, unreadable: [] }
  const library = new ResultLibrary(folder)
  const ids = readdirSync(folder).filter((name) => !name.includes('.'))
  const unreadable = ids.flatMap((id) => {
    try {
      library.listed(id)
      return []
    } catch (error) {
      return [{ id, reason: (error as Error).message }]
    }
  })
  return { kept: ids.length - unreadable.length, unreadable }
}

function withoutSecrets(line: LogLine): LogLine {
  return JSON.parse(redacted(JSON.stringify(line))) as LogLine
}
