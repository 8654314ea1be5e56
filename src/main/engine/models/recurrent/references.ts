import type { Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import type { LoadedModel } from '../model'
import type { TokenBatch } from '../transformer/batch'
import type { ReferenceValue } from '../namedParity'
import type { RecurrentNetwork } from './network'

/** Sequences of a reference, padded to the longest. */
export interface PaddedBatch {
  input: TokenBatch
  /** Tokens of the longest. */
  tokens: number
}

/** A field of inputs.json that is a list of lists of numbers. @throws UserError where it is something else */
export function numberRows(inputs: Readonly<Record<string, unknown>>, field: string): number[][] {
  const rows = inputs[field]
  const isRow = (row: unknown): row is number[] => Array.isArray(row) && row.every((value) => Number.isInteger(value))
  if (Array.isArray(rows) && rows.length > 0 && rows.every(isRow)) return rows
  throw new UserError(`The reference's inputs.json needs '${field}', a list of lists of whole numbers.`)
}

/** A field of inputs.json that is a list of sentences, each a list of words. @throws UserError for something else */
export function sentencesOf(inputs: Readonly<Record<string, unknown>>, field = 'sentences'): string[][] {
  const rows = inputs[field]
  const isSentence = (row: unknown): row is string[] =>
    Array.isArray(row) && row.every((word) => typeof word === 'string')
  if (Array.isArray(rows) && rows.length > 0 && rows.every(isSentence)) return rows
  throw new UserError(`The reference's inputs.json needs '${field}', a list of lists of words.`)
}

/** Sequences of ids without their padding, which `mask` marks by 0. */
export function paddedBatch(ids: readonly (readonly number[])[], mask?: readonly (readonly number[])[]): PaddedBatch {
  const real = ids.map((row, i) => row.filter((_, t) => (mask?.[i]?.[t] ?? 1) !== 0))
  return {
    input: {
      lengths: real.map((row) => row.length),
      ids: Int32Array.from(real.flat()),
      mask: null,
      segments: null
    },
    tokens: Math.max(...ids.map((row) => row.length))
  }
}

/** Rows of a batch as [sequences, tokens, width], zero at padding, which does not count. */
function paddedValue(
  rows: Float32Array,
  width: number,
  { input, tokens }: PaddedBatch,
  cut: { before: number; after: number } = { before: 0, after: 0 }
): ReferenceValue {
  const { lengths } = input
  const places = tokens - cut.before - cut.after
  const values = new Float32Array(lengths.length * places * width)
  const counted = new Uint8Array(lengths.length * places)
  let row = 0
  lengths.forEach((length, sequence) => {
    const real = length - cut.before - cut.after
    const from = (row + cut.before) * width
    values.set(rows.subarray(from, from + real * width), sequence * places * width)
    counted.fill(1, sequence * places, sequence * places + real)
    row += length
  })
  return { shape: [lengths.length, places, width], values, counted }
}

/** Hidden states of a batch under the names of a reference, and logits where the model has a head. */
export function statesOf(
  model: LoadedModel,
  network: RecurrentNetwork,
  batch: PaddedBatch,
  names: { states: string; logits?: string },
  cut?: { before: number; after: number }
): Map<string, ReferenceValue> {
  const wanted = { hiddenStates: true, attentions: false, logits: names.logits !== undefined && model.hasHead }
  const { states, logits } = network.run(batch.input, wanted, {})
  const values = new Map<string, ReferenceValue>()
  states.forEach((state, layer) =>
    values.set(`${names.states}.${layer}`, paddedValue(taken(state), network.widths[layer]!, batch, cut))
  )
  if (logits) values.set(names.logits!, paddedValue(taken(logits), network.vocabulary!, batch, cut))
  return values
}

function taken(tensor: Tensor2D): Float32Array {
  const values = tensor.dataSync<'float32'>()
  tensor.dispose()
  return values
}

/** A part of inputs.json that is an object of its own; null where it is not there. */
export function partOf(inputs: Readonly<Record<string, unknown>>, field: string): Record<string, unknown> | null {
  const part = inputs[field]
  return typeof part === 'object' && part !== null && !Array.isArray(part) ? (part as Record<string, unknown>) : null
}
