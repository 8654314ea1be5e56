import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isUserError, UserError } from '@shared/userError'
import { listNamedFolder, readNamedJson } from '../files/namedFile'
import { hasReference, hasTensors } from './parityFiles'

/** A folder with a reference, or one whose files are damaged, and its name. */
export interface ParityCase {
  name: string
  folder: string
  /** How opening it is to end, in the words of the `cases.json` beside it; null for a reference. */
  outcome: string | null
}

/** What a list of damaged cases is called. */
const listFile = 'cases.json'
/** Folders within folders. */
const deepest = 4

/**
 * Folders under `folder`, or itself, that hold a reference (inputs.json and expected.safetensors) or are listed as
 * damaged in the `cases.json` beside them, in the order of their names.
 * @throws UserError where there is none
 */
export function parityCases(folder: string): ParityCase[] {
  const cases = casesUnder(folder, '', 0)
  if (cases.length) return cases
  throw new UserError(
    `${folder} holds no reference: neither it nor a folder in it has inputs.json and expected.safetensors. ` +
      'docs/parity.md says how to make them.'
  )
}

function casesUnder(folder: string, name: string, depth: number): ParityCase[] {
  const entries = listNamedFolder(folder)
  if (hasReference(folder) || hasTensors(folder)) return [{ name: name || basename(folder), folder, outcome: null }]
  if (folder.endsWith('-unsafe')) return unsafeFiles(folder, name || basename(folder))
  const damaged = outcomesIn(folder)
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((entry): ParityCase[] => {
      const path = join(folder, entry)
      const shown = name ? `${name}/${entry}` : entry
      const outcome = damaged.get(entry)
      if (outcome !== undefined) return [{ name: shown, folder: path, outcome }]
      return depth < deepest ? casesUnder(path, shown, depth + 1) : []
    })
}

/** Files whose pickles call a function of the system when Python loads them. */
function unsafeFiles(folder: string, name: string): ParityCase[] {
  return listNamedFolder(folder)
    .filter((entry) => /\.(pt|pth|bin)$/.test(entry.name))
    .map((entry) => ({ name: `${name}/${entry.name}`, folder: join(folder, entry.name), outcome: 'refuse' }))
}

/** Outcomes by the names of the folders that a `cases.json` lists. */
function outcomesIn(folder: string): Map<string, string> {
  const path = join(folder, listFile)
  if (!existsSync(path)) return new Map()
  const json = readNamedJson(path)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return new Map()
  return new Map(
    Object.entries(json).flatMap(([name, value]: [string, unknown]): [string, string][] => {
      const { outcome, what } = (value ?? {}) as { outcome?: unknown; what?: unknown }
      if (typeof outcome !== 'string') return []
      const variable = typeof what === 'string' ? what.match(/[\w.-]+(?:\/[\w.-]+)+/)?.[0] : undefined
      return [[name, variable === undefined ? outcome : outcome.replace('that variable', variable)]]
    })
  )
}

/**
 * Whether opening a damaged case ends as its outcome says: `read`, `refuse`, `refuse, naming X`, or either (`refuse by
 * name, or read`).
 * @param read opens it, and compares it with the reference of the undamaged files where there is one
 * @returns the sentence of a refusal that is as stated; null where it was read
 * @throws UserError saying how it ended instead
 */
export async function endsAsStated(outcome: string, read: () => Promise<void>): Promise<string | null> {
  const mayRead = /^read\b|\bor read\b/.test(outcome)
  const mayRefuse = /^refuse\b/.test(outcome)
  try {
    await read()
  } catch (error) {
    if (!isUserError(error)) throw error
    if (!mayRefuse) throw new UserError(`It is to be read, and was refused: ${error.message}`)
    const named = /\bnaming (?:the \w+ )?([\w.-]*[/_.][\w/.-]*\w)/.exec(outcome)?.[1]
    if (named !== undefined && !error.message.includes(named))
      throw new UserError(`The refusal is to name ${named}: ${error.message}`)
    return error.message
  }
  if (!mayRead) throw new UserError(`It is to be refused (${outcome}), and was read.`)
  return null
}

/** The reference beside a damaged case that was made of the same files: its options are the same, byte by byte. */
export function undamagedBeside({ folder }: ParityCase): string | null {
  if (!statSync(folder).isDirectory()) return null
  const options = readdirSync(folder).filter((name) => name.endsWith('.json'))
  const above = dirname(dirname(folder))
  const siblings = readdirSync(above)
    .sort()
    .map((name) => join(above, name))
    .filter((path) => statSync(path).isDirectory() && hasReference(path))
  const same = (path: string): boolean =>
    options.length > 0 &&
    options.every(
      (name) => existsSync(join(path, name)) && readFileSync(join(path, name)).equals(readFileSync(join(folder, name)))
    )
  return siblings.find(same) ?? null
}
