import { join } from 'node:path'
import { UserError } from '@shared/userError'
import { elementsOf, type Checkpoint } from '../checkpoints/checkpoint'
import { openSafetensors } from '../checkpoints/safetensors'
import { readNamedJson } from '../files/namedFile'
import { expectedFile, inputsFile } from './parityFiles'

/** A value as a model computes it for a reference. */
export interface ReferenceValue {
  shape: readonly number[]
  values: Float32Array
  /** A number for each row of the leading axes, 0 where it is padding and does not count; left out, all rows do. */
  counted?: Uint8Array
}

/** A model that computes the values of a reference itself, by their names. */
export interface ReferenceModel {
  /** @param inputs the contents of inputs.json; `folder` is where it is */
  reference(inputs: Readonly<Record<string, unknown>>, folder: string): Promise<ReadonlyMap<string, ReferenceValue>>
}

/** Values that are in a reference so that a difference can be recognised, not to be agreed with. */
const forComparison = /^second_carried\./

/** Largest differences by what they are of; null where the reference has none of the kind. */
export interface NamedDifferences {
  hiddenStates: number | null
  attentions: number | null
  logits: number | null
}

/**
 * Compares every value of a reference with the one of the same name that the model computes.
 * @throws UserError for files that do not fit together, and for a value that the model does not have
 */
export async function compareNamed(model: ReferenceModel, folder: string): Promise<NamedDifferences> {
  const inputs = readNamedJson(join(folder, inputsFile))
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs))
    throw new UserError(`${join(folder, inputsFile)} is not a JSON object.`)
  const ours = await model.reference(inputs as Record<string, unknown>, folder)
  const theirs = openSafetensors(join(folder, expectedFile))
  try {
    const most: NamedDifferences = { hiddenStates: null, attentions: null, logits: null }
    for (const name of theirs.names()) {
      if (forComparison.test(name)) continue
      const value = ours.get(name)
      if (!value) throw new UserError(`The reference has '${name}', but the model has no such value.`)
      const kind = /logits$/.test(name) ? 'logits' : /(^|\.)attentions\./.test(name) ? 'attentions' : 'hiddenStates'
      most[kind] = Math.max(most[kind] ?? 0, difference(name, value, theirs))
    }
    return most
  } finally {
    theirs.close()
  }
}

function difference(name: string, { shape, values, counted }: ReferenceValue, theirs: Checkpoint): number {
  const stored = theirs.describe(name).shape
  if (elementsOf(stored) !== elementsOf(shape) || stored.at(-1) !== shape.at(-1))
    throw new UserError(`The reference has '${name}' as [${stored.join(', ')}], the model gives [${shape.join(', ')}].`)
  const expected = theirs.read(name)
  const each = counted ? values.length / counted.length : values.length
  let most = 0
  for (let i = 0; i < values.length; i++) {
    if (counted && counted[Math.floor(i / each)] === 0) continue
    const apart = Math.abs(values[i]! - expected[i]!)
    // NaN compares false with everything; it must count as the largest difference there is.
    if (!(apart <= most)) most = Number.isNaN(apart) ? Infinity : apart
  }
  return most
}
