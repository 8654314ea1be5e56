import { readFile, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import * as v from 'valibot'
import { chosenColumn, columnChoice } from '@shared/columnChoice'
import { jsonFault } from '../files/pythonJson'
import { refuse } from './readers/refuse'

const manifestName = 'dataset.json'

const text = v.pipe(v.string(), v.minLength(1))

function isPattern(value: string): boolean {
  try {
    return new RegExp(value, 'u').source !== ''
  } catch {
    return false
  }
}

const manifestSchema = v.strictObject({
  name: text,
  description: text,
  licence: text,
  source: text,
  citation: v.optional(text),
  splits: v.pipe(
    v.array(
      v.strictObject({ name: text, file: v.pipe(text, v.regex(/^[^/\\]+$/, 'must be a file of the same folder')) })
    ),
    v.minLength(1)
  ),
  /** The splits to train and test on first: large enough to be informative, small enough to take seconds. */
  suggested: v.strictObject({ train: text, test: text }),
  /** Ids of the label layers to offer first, in this order. */
  offerFirst: v.array(text),
  /** Sentence labels that the sentence ids spell: the first group of the pattern is the label. */
  labelsFromSentenceIds: v.optional(
    v.array(
      v.strictObject({
        id: text,
        title: text,
        pattern: v.pipe(text, v.check(isPattern, 'must be a regular expression'))
      })
    )
  ),
  /** How tables are read, where the files leave a choice. */
  choice: v.optional(columnChoice(v.strictObject(chosenColumn)))
})

/** What a folder's dataset.json says about its files. */
export type Manifest = v.InferOutput<typeof manifestSchema> & { folder: string }

/** Reads the manifest of a folder; null where there is none. Throws a UserError for an invalid one. */
export async function readManifest(folder: string): Promise<Manifest | null> {
  const path = join(folder, manifestName)
  const json = await readFile(path, 'utf8').catch(() => null)
  if (json === null) return null
  const place = { file: `${basename(folder)}/${manifestName}` }
  let content: unknown
  try {
    content = JSON.parse(json)
  } catch (error) {
    refuse(place, `this is not valid JSON (${jsonFault(error)}).`)
  }
  const parsed = v.safeParse(manifestSchema, content)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    const field = v.getDotPath(issue) ?? 'the manifest'
    refuse(place, issue.received === 'undefined' ? `${field} is missing.` : `${field}: ${issue.message}.`)
  }
  const names = parsed.output.splits.map(({ name }) => name)
  const unknown = Object.values(parsed.output.suggested).find((name) => !names.includes(name))
  if (unknown !== undefined) refuse(place, `the suggested split "${unknown}" is not one of ${names.join(', ')}.`)
  return { ...parsed.output, folder }
}

/** Size on disk of the files of a manifest. */
export async function manifestBytes({ folder, splits }: Manifest): Promise<number> {
  const sizes = await Promise.all(splits.map(async ({ file }) => (await stat(join(folder, file))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** The manifests of the folders in a folder, by name; folders without one are skipped. */
export async function readManifests(root: string): Promise<Manifest[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => [])
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name))
  const manifests = await Promise.all(folders.sort().map(readManifest))
  return manifests.filter((manifest) => manifest !== null)
}
