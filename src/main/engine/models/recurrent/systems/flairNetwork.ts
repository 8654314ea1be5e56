import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { hiddenStateHook } from '@shared/hookNames'
import { UserError } from '@shared/userError'
import { activeKernels } from '../../../backends/activeKernels'
import type { PackedWeight } from '../../../backends/kernels'
import { shapeOf, type TokenBatch } from '../../transformer/batch'
import type { RunOptions, Wanted } from '../../transformer/transformer'
import type { NetworkRun, RecurrentNetwork } from '../network'
import type { LstmStack } from '../stack'
import type { FlairSettings } from './flairDictionary'

/** A character model of one direction; it reads its characters from the first to the last, whatever the direction. */
export interface CharacterModel {
  settings: FlairSettings
  stack: LstmStack
  /** Of the last layer's output, where the model has one; `stack` holds it. */
  projection: { weight: PackedWeight; bias: Tensor1D } | null
}

/** The characters of a sentence as a model reads them, and for each word the position of its vector. */
export interface CharacterReading {
  ids: number[]
  at: number[]
}

/**
 * A sentence's words joined by spaces, between the delimiter and a space, read from the model's side (Akbik et al.
 * 2018, section 2): a word's vector is the state at the space behind its end, seen from there.
 */
export function readCharacters(
  words: readonly string[],
  { numbers, delimiter, isForward }: FlairSettings
): CharacterReading {
  const joined = Array.from(words.join(' '))
  const length = joined.length
  const characters = [...delimiter, ...(isForward ? joined : joined.reverse()), ' ']
  const offset = Array.from(delimiter).length
  let start = 0
  const at = words.map((word) => {
    const end = start + Array.from(word).length
    const position = offset + (isForward ? end : length - start)
    start = end + 1
    return position
  })
  return { ids: characters.map((character) => numbers.get(character) ?? 0), at }
}

/**
 * Contextual string embeddings: the vectors of words from a character model of either direction, side by side. Layer 0
 * is what the models know of a word by itself, the mean of its characters' embeddings.
 */
export class FlairNetwork implements RecurrentNetwork {
  readonly widths: readonly number[]
  readonly vocabulary = null
  readonly causal = false
  /** Its gates belong to characters, not to words. */
  readonly inside = []

  /** @param textOf the word of a token */
  constructor(
    readonly models: readonly CharacterModel[],
    private readonly textOf: (id: number) => string
  ) {
    const layers = models[0]!.stack.widths.length
    this.widths = Array.from({ length: layers }, (_, layer) =>
      models.reduce((sum, model) => sum + this.widthOf(model, layer), 0)
    )
  }

  private widthOf({ stack, projection }: CharacterModel, layer: number): number {
    return projection && layer === stack.widths.length - 1 ? projection.weight.outputs : stack.widths[layer]!
  }

  get bytesHeld(): number {
    return this.models.reduce((sum, { stack }) => sum + stack.bytesHeld, 0)
  }

  run(input: TokenBatch, _wanted: Wanted, { hooks, start }: RunOptions): NetworkRun {
    if (start || this.widths.some((_, block) => hooks?.skips(block)))
      throw new UserError('The layers of a character model cannot be skipped: their states belong to characters.')
    const sentences: string[][] = []
    let row = 0
    for (const length of input.lengths) {
      sentences.push(Array.from(input.ids.subarray(row, row + length), (id) => this.textOf(id)))
      row += length
    }
    const shape = shapeOf(input)
    const sides = this.models.map((model) => this.side(model, sentences))
    const states = this.widths.map((_, layer) =>
      tf.tidy(() => {
        const joined = tf.concat(
          sides.map((side) => side[layer]!),
          1
        ) as Tensor2D
        return hooks ? hooks.apply(hiddenStateHook(layer), joined, shape) : joined
      })
    )
    tf.dispose(sides)
    return { states, logits: null }
  }

  /** A model's part of the words' vectors, layer by layer. */
  private side(model: CharacterModel, sentences: readonly (readonly string[])[]): Tensor2D[] {
    const readings = sentences.map((words) => readCharacters(words, model.settings))
    const states = this.characterStates(model, readings)
    const starts: number[] = []
    readings.reduce((sum, { ids }) => (starts.push(sum), sum + ids.length), 0)
    const rows = Int32Array.from(readings.flatMap(({ at }, s) => at.map((place) => starts[s]! + place)))
    const words = tf.tidy(() => [
      this.means(states[0]!, sentences, readings, starts),
      ...states.slice(1).map((state) => tf.gather(state, tf.tensor1d(rows, 'int32')))
    ])
    tf.dispose(states)
    return words
  }

  /** States of all characters of some sentences, layer by layer, the last as it is projected. */
  characterStates({ stack, projection }: CharacterModel, readings: readonly CharacterReading[]): Tensor2D[] {
    const batch = {
      lengths: readings.map(({ ids }) => ids.length),
      ids: Int32Array.from(readings.flatMap(({ ids }) => ids)),
      mask: null,
      segments: null
    }
    const { states } = stack.run(batch, { hiddenStates: true, attentions: false }, {})
    if (!projection) return states
    const last = states.pop()!
    states.push(activeKernels().dense(last, projection.weight, projection.bias, 'none'))
    last.dispose()
    return states
  }

  /** Mean of the rows of each word's characters. */
  private means(
    letters: Tensor2D,
    sentences: readonly (readonly string[])[],
    readings: readonly CharacterReading[],
    starts: readonly number[]
  ): Tensor2D {
    const width = letters.shape[1]
    const values = letters.dataSync<'float32'>()
    const count = sentences.reduce((sum, words) => sum + words.length, 0)
    const means = new Float32Array(count * width)
    let row = 0
    sentences.forEach((words, s) =>
      words.forEach((word, w) => {
        const length = Array.from(word).length
        // The vector's position is behind the word's characters in the direction of reading.
        const first = starts[s]! + readings[s]!.at[w]! - length
        for (let c = 0; c < length; c++)
          for (let k = 0; k < width; k++) means[row * width + k]! += values[(first + c) * width + k]! / length
        row++
      })
    )
    return tf.tensor2d(means, [count, width])
  }

  score(): never {
    throw new UserError('A character model scores characters, not words.')
  }

  dispose(): void {
    for (const { stack } of this.models) stack.dispose()
  }
}
