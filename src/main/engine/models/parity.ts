import { basename, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { HookName, HookSite } from '@shared/hookNames'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { elementsOf, type Checkpoint } from '../checkpoints/checkpoint'
import { openSafetensors } from '../checkpoints/safetensors'
import { listNamedFolder, readNamedJson } from '../files/namedFile'
import type { TokenBatch } from './transformer/batch'
import { familyOf } from './transformer/families'
import { Hooks, type Hook } from './transformer/hooks'
import { statesForHead, type ForwardResult } from './transformer/transformer'
import { TransformerModel } from './transformer/transformerModel'
import type { LoadedModel } from './model'
import { compareNamed, type ReferenceModel } from './namedParity'
import { expectedFile, hasReference, inputsFile } from './parityFiles'

/**
 * Largest absolute difference that still counts as the same number; typical differences of float32 arithmetic are
 * below a tenth of it.
 */
export const parityTolerance = 1e-4

/** Largest absolute differences from a reference, null where it has no such values. */
export interface ParityResult {
  hiddenStates: number | null
  attentions: number | null
  logits: number | null
  /** Of values inside blocks: what routers give experts, states of recurrences. */
  inside: number | null
  /** All of them within `parityTolerance`. */
  ok: boolean
}

interface Inputs {
  input_ids: number[][]
  attention_mask?: number[][]
  token_type_ids?: number[][]
  task_type_ids?: number[][]
  langs?: number[][]
  global_attention_mask?: number[][]
}

/** A folder with a case, and its name. */
export interface NamedFolder {
  name: string
  folder: string
}

/**
 * Folders under `folder`, or itself, that are a case, by name.
 * @param files what a case consists of, for the refusal
 * @throws UserError where there is none
 */
export function casesIn(folder: string, isCase: (folder: string) => boolean, files: string): NamedFolder[] {
  const entries = listNamedFolder(folder)
  if (isCase(folder)) return [{ name: basename(folder), folder }]
  const inside = entries
    .filter((entry) => entry.isDirectory() && isCase(join(folder, entry.name)))
    .map((entry) => ({ name: entry.name, folder: join(folder, entry.name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  if (!inside.length)
    throw new UserError(
      `${folder} holds no reference: neither it nor a folder in it has ${files}. docs/parity.md says how to make them.`
    )
  return inside
}

/**
 * Runs a model on a reference's inputs and compares with its values: hidden_states.0 ... hidden_states.L,
 * attentions.0 ..., logits, and values inside blocks (`insideSites`), each as [sequences, tokens, ...]; those the file
 * leaves out are not compared. Logits may be the first columns alone.
 * @param prefix before the names, for a reference that holds the values of several models
 * @throws UserError for files that do not fit together
 */
export function compareWithReference(model: LoadedModel, folder: string, prefix = ''): ParityResult {
  const inputs = readInputs(folder)
  const theirs = openSafetensors(join(folder, expectedFile))
  try {
    const parts = [comparePart(model, inputs, 0, theirs, prefix)]
    // The same inputs without their languages or tasks.
    for (const bare of ['no_langs.', 'default_task.'])
      if (theirs.names().some((name) => name.startsWith(bare)))
        parts.push(comparePart(model, { ...inputs, marks: null }, 0, theirs, bare))
    return verdict(largestOf(parts), folder)
  } finally {
    theirs.close()
  }
}

/** The same for a model of any kind: a recurrent one computes the values of a reference by their names. */
export async function compareModel(model: LoadedModel, folder: string): Promise<ParityResult> {
  if (isReferenceModel(model)) return verdict({ ...(await compareNamed(model, folder)), inside: null }, folder)
  return compareWithReference(model, folder)
}

/** The same, a sequence at a time: other calls are answered in between, and less memory is used. */
export async function checkAgainstReference(model: LoadedModel, folder: string, job: JobHandle): Promise<ParityResult> {
  if (!hasReference(folder))
    throw new UserError(
      `${folder} has no reference beside the checkpoint: ${inputsFile} and ${expectedFile}. docs/parity.md says ` +
        'how to make them.'
    )
  if (isReferenceModel(model)) return compareModel(model, folder)
  const inputs = readInputs(folder)
  const tokens = inputs.lengths[0]!
  const part = <T extends Int32Array | Uint8Array>(values: T | null, i: number): T | null =>
    values && (values.subarray(i * tokens, (i + 1) * tokens) as T)
  const theirs = openSafetensors(join(folder, expectedFile))
  try {
    const parts: Differences[] = []
    for (const i of inputs.lengths.keys()) {
      job.progress(i, inputs.lengths.length, 'Comparing with PyTorch')
      await job.yield()
      const one = {
        lengths: [tokens],
        ids: part(inputs.ids, i)!,
        mask: part(inputs.mask, i),
        globals: part(inputs.globals ?? null, i),
        segments: part(inputs.segments, i),
        marks: part(inputs.marks ?? null, i)
      }
      parts.push(comparePart(model, one, i, theirs))
    }
    return verdict(largestOf(parts), folder)
  } finally {
    theirs.close()
  }
}

type Differences = Omit<ParityResult, 'ok'>

/** Values inside blocks by their names in a reference, without the number of the block. */
const insideSites: Readonly<Record<string, HookSite>> = {
  router_logits: 'mlp.router_logits',
  router_probs: 'mlp.router_probs',
  router_weights: 'mlp.router_weights',
  attention_router_logits: 'attn.router_logits',
  attention_router_probs: 'attn.router_probs',
  attention_router_weights: 'attn.router_weights',
  states: 'mixer.state'
}

function isReferenceModel(model: LoadedModel): model is LoadedModel & ReferenceModel {
  return 'reference' in model
}

/** The largest difference of each kind. */
function largestOf(parts: readonly Differences[]): Differences {
  const most = (kind: keyof Differences): number | null =>
    parts.reduce<number | null>(
      (largest, measured) => (measured[kind] === null ? largest : Math.max(largest ?? 0, measured[kind])),
      null
    )
  return {
    hiddenStates: most('hiddenStates'),
    attentions: most('attentions'),
    logits: most('logits'),
    inside: most('inside')
  }
}

function verdict(differences: Differences, folder: string): ParityResult {
  const measured = Object.values(differences).filter((value) => value !== null)
  if (!measured.length)
    throw new UserError(`${join(folder, expectedFile)} has neither hidden_states, attentions nor logits.`)
  return { ...differences, ok: measured.every((value) => value <= parityTolerance) }
}

/** Compares sequences, the first of which is number `first` of the reference. */
function comparePart(
  model: LoadedModel,
  inputs: TokenBatch,
  first: number,
  theirs: Checkpoint,
  prefix = ''
): Differences {
  const named = (kind: string): string[] => theirs.names().filter((name) => name.startsWith(prefix + kind))
  const scores = `${prefix}logits`
  const dimensions = theirs.has(scores) ? theirs.describe(scores).shape.length : 0
  const wantLogits = dimensions > 2
  const part = { first, count: inputs.lengths.length }
  const inside = insideHooks(model, theirs, inputs.lengths[0]!, part)
  const last = lastBeforeNorm(model)
  const hooks = [...inside.hooks, ...last.hooks]
  const ours = model.run(
    inputs,
    { hiddenStates: true, attentions: named('attentions.').length > 0, logits: wantLogits },
    hooks.length ? { hooks: new Hooks(hooks) } : {}
  )
  const states = last.statesOf(ours)
  try {
    return {
      hiddenStates: closest(states.map((choice) => largest(named('hidden_states.'), choice, theirs, part))),
      attentions: largest(named('attentions.'), ours.attentions, theirs, part),
      logits: wantLogits
        ? difference(ours.logits!, theirs, scores, part)
        : dimensions === 2 && model instanceof TransformerModel && model.hasDiscriminator
          ? ofReplaced(model, ours, theirs, scores, part)
          : null,
      inside: inside.most()
    }
  } finally {
    tf.dispose([ours.hiddenStates, ours.attentions.filter((map) => map !== null)])
    ours.logits?.dispose()
    ours.projected?.dispose()
    last.dispose()
  }
}

/** Scores without a dimension of the vocabulary are a discriminator's, one for each token. */
function ofReplaced(model: TransformerModel, run: ForwardResult, theirs: Checkpoint, name: string, part: Part): number {
  const scores = tf.tidy(() => {
    const rows = model.replacedScores(run.hiddenStates.at(-1) as Tensor2D)
    return tf.reshape(rows, [part.count, rows.size / part.count])
  })
  try {
    return difference(scores, theirs, name, part)
  } finally {
    scores.dispose()
  }
}

/** What of a run is compared with a reference's hidden_states, in their order. */
function lastBeforeNorm({ info }: LoadedModel): {
  hooks: [HookName, Hook][]
  /** In every order that the reference may have them. */
  statesOf: (run: ForwardResult) => Tensor[][]
  dispose: () => void
} {
  const counted = info.kind === 'transformer' ? familyOf(info.family).hiddenStatesOf : undefined
  let last: Tensor | null = null
  const keep: Hook = (value) => {
    last = tf.keep(tf.clone(value))
    return value
  }
  return {
    hooks: counted ? [['resid_final', keep]] : [],
    statesOf: ({ hiddenStates, projected }) => {
      if (last && counted === 'blocks') return [[...hiddenStates.slice(1, -1), last, hiddenStates.at(-1)!]]
      if (last) return [hiddenStates, [...hiddenStates.slice(0, -1), last]]
      return [statesForHead({ hiddenStates, projected })]
    },
    dispose: () => last?.dispose()
  }
}

/** Hooks that compare the values inside blocks that the reference has, and what they found. */
function insideHooks(
  { info }: LoadedModel,
  theirs: Checkpoint,
  tokens: number,
  part: Part
): { hooks: [HookName, Hook][]; /** @throws UserError where the model has no such value */ most: () => number | null } {
  const later = info.kind === 'transformer' && familyOf(info.family).firstStateUncertain
  const found = new Map<string, number | null>()
  const hooks = theirs.names().flatMap((name): [HookName, Hook][] => {
    const [, kind = '', block = ''] = /^(.+)\.(\d+)$/.exec(name) ?? []
    const site = Object.hasOwn(insideSites, kind) ? insideSites[kind]! : null
    // In an encoder-decoder, values of another length are the decoder's.
    if (!site || theirs.describe(name).shape[1] !== tokens) return []
    found.set(name, null)
    const columns = theirs.describe(name).shape.at(-1)!
    const compare: Hook = (value) => {
      const rows = tf.reshape(value, [tokens * part.count, -1])
      const compared = kind === 'states' && later ? withFirstOf(rows, theirs, name, tokens, part) : rows
      if (value.size % columns === 0)
        found.set(name, difference(tf.reshape(compared, [-1, columns]), theirs, name, part))
      return value
    }
    return [[`blocks.${Number(block)}.${site}`, compare]]
  })
  const most = (): number | null => {
    for (const [name, measured] of found)
      if (measured === null) throw new UserError(`The reference has '${name}', but the model has no such value.`)
    return found.size ? Math.max(...[...found.values()].map((value) => value!)) : null
  }
  return { hooks, most }
}

/** Of the ways in which a reference may count its values, that which fits best. */
function closest(measured: readonly (number | null)[]): number | null {
  return measured.reduce((least, value) => (value === null || least === null ? value : Math.min(least, value)))
}

/** Our values [rows, columns] with the reference's at the first token of every sequence. */
function withFirstOf(rows: Tensor, theirs: Checkpoint, name: string, tokens: number, { first, count }: Part): Tensor {
  const columns = rows.shape[1]!
  const values = Float32Array.from(rows.dataSync<'float32'>())
  for (let s = 0; s < count; s++)
    theirs.readInto(
      name,
      values.subarray(s * tokens * columns, (s * tokens + 1) * columns),
      (first + s) * tokens * columns
    )
  return tf.tensor2d(values, [rows.shape[0]!, columns])
}

/** Some of a reference's sequences. */
interface Part {
  first: number
  count: number
  /** Where given, of each token whether it is compared: 0 for padding. */
  attended?: Uint8Array | null
}

/**
 * A reference's inputs, padded sequences one after another.
 * @throws UserError for a file that is damaged or lacks them
 */
export function readInputs(folder: string): TokenBatch {
  const path = join(folder, inputsFile)
  const json = readNamedJson(path) as Partial<Inputs>
  const ids = json.input_ids
  const tokens = ids?.[0]?.length ?? 0
  const fits = (rows: number[][] | undefined): boolean =>
    rows === undefined || (rows.length === ids!.length && rows.every((row) => row.length === tokens))
  const marks = json.langs ?? json.task_type_ids
  const all = [ids, json.attention_mask, json.global_attention_mask, json.token_type_ids, marks]
  if (!ids?.length || !tokens || !all.every(fits)) {
    throw new UserError(
      `${path} needs 'input_ids', and 'attention_mask' and 'token_type_ids' where the model takes them, each a ` +
        'list of equally long lists of numbers.'
    )
  }
  return {
    lengths: new Array<number>(ids.length).fill(tokens),
    ids: Int32Array.from(ids.flat()),
    mask: json.attention_mask ? Uint8Array.from(json.attention_mask.flat()) : null,
    globals: json.global_attention_mask ? Uint8Array.from(json.global_attention_mask.flat()) : null,
    segments: json.token_type_ids ? Int32Array.from(json.token_type_ids.flat()) : null,
    marks: marks ? Int32Array.from(marks.flat()) : null
  }
}

/** Of tensors named prefix.0, prefix.1, ...; null where there are none. */
function largest(
  names: readonly string[],
  ours: readonly (Tensor | null)[],
  theirs: Checkpoint,
  part: Part
): number | null {
  if (!names.length) return null
  return names.reduce((most, name) => {
    const tensor = ours[Number(name.slice(name.lastIndexOf('.') + 1))]
    if (!tensor) throw new UserError(`The reference has '${name}', but the model has no such layer.`)
    return Math.max(most, difference(tensor, theirs, name, part))
  }, 0)
}

/** The largest difference of a tensor from the sequences of a reference. */
export function difference(tensor: Tensor, theirs: Checkpoint, name: string, { first, count, attended }: Part): number {
  const { shape } = theirs.describe(name)
  const sequences = shape[0]!
  const each = elementsOf(shape) / sequences
  const expected = new Float32Array(each * Math.max(0, Math.min(count, sequences - first)))
  theirs.readInto(name, expected, first * each)
  const columns = shape.at(-1)!
  const ourColumns = tensor.shape.at(-1)!
  const rows = expected.length / columns
  if (
    tensor.size !== rows * ourColumns ||
    (columns !== ourColumns && !(name.endsWith('logits') && columns < ourColumns))
  ) {
    throw new UserError(
      `The reference has '${name}' as [${shape.join(', ')}], the model gives [${tensor.shape.join(', ')}].`
    )
  }
  const values = tensor.dataSync() as Float32Array
  let most = 0
  for (let row = 0; row < rows; row++) {
    if (attended?.[row] === 0) continue
    for (let c = 0; c < columns; c++) {
      const apart = Math.abs(values[row * ourColumns + c]! - expected[row * columns + c]!)
      // NaN compares false with everything; it must count as the largest difference there is.
      if (!(apart <= most)) most = Number.isNaN(apart) ? Infinity : apart
    }
  }
  return most
}
