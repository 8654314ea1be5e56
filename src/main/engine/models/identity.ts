import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import { UserError } from '@shared/userError'
import type { Checkpoint } from '../checkpoints/checkpoint'
import { contentHash, stampOf } from '../files/contentHash'
import { tokenizerPaths } from '../tokenizers/tokenizerFiles'

/**
 * A model's id is its content: two models have the same id exactly if every byte that decides what they compute is the
 * same, wherever it is stored. Everything kept of a model (word vectors, scores, results) is stored under its
 * id. See docs/adr/0012-identity-is-content.md.
 */

/** Digits of an id. 64 bits: among a million models the chance of any two meeting is 3 in 100 million. */
const digits = 16

/** The files with the weights, pieces by name, and the index that says which tensor is in which piece. */
function weightFiles({ path, files }: Checkpoint): string[] {
  // By name, not by place: the files of an adapter and of its base are in two folders.
  const byName = [...files].sort((a, b) => (basename(a) < basename(b) ? -1 : basename(a) > basename(b) ? 1 : 0))
  return byName.concat(path.endsWith('.index.json') ? [path] : [])
}

/** The files that say how the weights are used, of a config and a tokenizer that may be in two folders. */
export function settingFiles(folder: string, tokenizerFolder = folder): string[] {
  return [join(folder, 'config.json'), ...tokenizerPaths(tokenizerFolder)]
}

/** What a model is made of. */
export interface ModelSources {
  checkpoint: Checkpoint
  /** Files that say how the weights are used: config.json and the tokenizer's. */
  settings: readonly string[]
  /** What else decides what it computes: how an adapter is added. */
  adapted: readonly string[]
  /** How what the files leave open is computed. */
  computed: readonly string[]
}

/** Id of a checkpoint: every byte of its weights, its config and its tokenizer. */
export async function checkpointId({ checkpoint, settings, adapted, computed }: ModelSources): Promise<string> {
  const weights: string[] = []
  // Read one after another, which is fastest on a hard disk.
  for (const path of weightFiles(checkpoint)) weights.push(`weights ${await contentHash(path)}`)
  return idOf([...weights, ...(await named(settings)), ...adapted, ...computed])
}

/**
 * Id of an untrained twin, which takes names and shapes from the checkpoint, its values from a recipe and a seed.
 * @param stored names of the tensors that keep the checkpoint's values (`storedTensors`)
 */
export async function twinId(
  { checkpoint, settings, computed }: Pick<ModelSources, 'checkpoint' | 'settings' | 'computed'>,
  recipe: { version: number; seed: number; stored: readonly string[] }
): Promise<string> {
  const shapes = checkpoint.names().map((name) => `shape ${name} ${checkpoint.describe(name).shape.join(',')}`)
  const values = recipe.stored.map(
    (name) => `stored ${name} ${createHash('sha256').update(checkpoint.read(name)).digest('hex')}`
  )
  return idOf([
    `untrained ${recipe.version} ${recipe.seed}`,
    ...shapes.sort(),
    ...values.sort(),
    ...(await named(settings)),
    ...computed
  ])
}

/**
 * Id of word vectors: the whole file.
 * @param words how many of its words were read, where not all of them fit into memory; null for all
 */
export async function vectorsId(path: string, words: number | null): Promise<string> {
  return idOf([`vectors ${await contentHash(path)}`, ...(words === null ? [] : [`words ${words}`])])
}

/** The stamps of a checkpoint's files: the same before and after reading, or they were written to meanwhile. */
export function checkpointStamp({ checkpoint, settings }: Pick<ModelSources, 'checkpoint' | 'settings'>): string {
  return [...weightFiles(checkpoint), ...settings].map((path) => `${path} ${stampOf(path)}`).join('\n')
}

/**
 * Files that change between recognising and the end of loading would make a model that is neither.
 * @param stamp `checkpointStamp` of the same sources before they were read
 * @param folder where they are, for the message
 * @throws UserError where they changed since
 */
export function requireUnchanged(
  sources: Pick<ModelSources, 'checkpoint' | 'settings'>,
  stamp: string,
  { name, folder }: { name: string; folder: string }
): void {
  if (checkpointStamp(sources) !== stamp)
    throw new UserError(
      `The files of ${name} in ${folder} changed while they were read; open the model once they are complete.`
    )
}

/** The ids of a model and of its twins by their seed (null: the model itself), each computed once. */
export function idsBySeed(idOf: (untrained: number | null) => Promise<string>): typeof idOf {
  const ids = new Map<number | null, Promise<string>>()
  return (untrained) => {
    const id = ids.get(untrained) ?? idOf(untrained)
    ids.set(untrained, id)
    return id
  }
}

function named(paths: readonly string[]): Promise<string[]> {
  return Promise.all(paths.map(async (path) => `${basename(path)} ${await contentHash(path)}`))
}

/** Id of a model that is another one read in a certain way. */
export function derivedId(id: string, reading: string): string {
  return idOf([id, reading])
}

function idOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, digits)
}
