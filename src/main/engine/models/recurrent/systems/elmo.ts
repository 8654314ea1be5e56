import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor3D, Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import { activeKernels } from '../../../backends/activeKernels'
import type { Kernels, LinearWeights } from '../../../backends/kernels'
import type { Checkpoint } from '../../../checkpoints/checkpoint'
import { openHdf5 } from '../../../checkpoints/hdf5'
import { OpenWordTokenizer } from '../../../tokenizers/openWordTokenizer'
import { planTensors } from '../../memory/memoryPlan'
import { NamedWeights, packed } from '../namedWeights'
import type { Direction, LstmLayer, LstmWeights } from '../lstm'
import type { ReferenceValue } from '../../namedParity'
import { numberRows, paddedBatch, partOf, sentencesOf, statesOf } from '../references'
import { LstmStack } from '../stack'
import type { LoadedNetwork, OpenedSystem, RecurrentSystem } from '../system'
import { readElmoOptions, type ElmoOptions } from './elmoOptions'

/** Character ids of markers: where a sentence and a word begin and end, and what fills a word up (Peters et al.). */
const characters = { sentenceBegin: 257, sentenceEnd: 258, wordBegin: 259, wordEnd: 260, fill: 261 }
const markers = ['<S>', '</S>'] as const

/** Words whose characters are convolved at a time: memory stays small whatever the batch. */
const wordsAtATime = 256

/**
 * ELMo (Peters et al. 2018): a character network for each word, and a language model of LSTMs with projection from
 * either end.
 */
export const elmo: RecurrentSystem = {
  type: 'elmo',
  title: 'ELMo',
  openVocabulary: true,

  recognise(path) {
    const pair = filesAt(path)
    if (!pair) return Promise.resolve(null)
    const options = readElmoOptions(pair.options)
    const checkpoint = openHdf5(pair.weights)
    const isFolder = statSync(path).isDirectory()
    const opened: OpenedSystem = {
      path: isFolder ? path : pair.weights,
      name: isFolder ? basename(path) : basename(pair.weights).replace(/_?weights\.(hdf5|h5)$/i, '') || basename(path),
      folder: dirname(pair.weights),
      checkpoint,
      settings: [pair.options],
      plan: planTensors(checkpoint),
      draw: (name) => (/(^|\/)(b_|B$)/.test(name) ? { constant: 0 } : { uniform: 1 / Math.sqrt(options.projection) }),
      load: (stored) => Promise.resolve(loadElmo(stored, options, basename(pair.weights)))
    }
    return Promise.resolve(opened)
  },

  reference(model, network, inputs) {
    const tokenizer = model.needTokenizer()
    const batchOf = (part: Readonly<Record<string, unknown>>) =>
      paddedBatch(sentencesOf(part).map((words) => [...tokenizer.encode(words).ids]))
    const batch = batchOf(inputs)
    if (inputs.character_ids !== undefined) checkCharacters(inputs)
    const withBoundaries = statesOf(model, network, batch, { states: 'with_boundaries' })
    const inside = { before: 1, after: 1 }
    const values = new Map<string, ReferenceValue>([
      ...withBoundaries,
      ...statesOf(model, network, batch, { states: 'hidden_states' }, inside)
    ])
    values.set('mask_with_boundaries', maskOf(batch.input.lengths, batch.tokens))
    const second = partOf(inputs, 'second')
    if (second)
      for (const [name, value] of statesOf(model, network, batchOf(second), { states: 'second' }, inside))
        values.set(name, value)
    const mix = partOf(inputs, 'mix')
    if (mix) values.set('mix', mixed(values, network.widths.length, mix))
    return values
  }
}

interface ElmoFiles {
  options: string
  weights: string
}

/** The options and weights at a path: the folder of one pair, or one of the two files. */
function filesAt(path: string): ElmoFiles | null {
  if (statSync(path).isDirectory()) {
    const weights = readdirSync(path).filter((name) => /weights[^/]*\.(hdf5|h5)$/i.test(name))
    const pairs = weights.flatMap((name) => pairOf(path, name) ?? [])
    if (pairs.length > 1)
      throw new UserError(`${path} has several ELMo models; choose the weights of one, such as ${pairs[0]!.weights}.`)
    return pairs[0] ?? null
  }
  const name = basename(path)
  if (/weights[^/]*\.(hdf5|h5)$/i.test(name)) return pairOf(dirname(path), name)
  if (!/options[^/]*\.json$/i.test(name) || !isElmoOptions(path)) return null
  const weights = readdirSync(dirname(path)).find(
    (file) => /weights[^/]*\.(hdf5|h5)$/i.test(file) && bare(file) === bare(name)
  )
  return weights === undefined ? null : { options: path, weights: join(dirname(path), weights) }
}

function pairOf(folder: string, weights: string): ElmoFiles | null {
  const candidates = readdirSync(folder).filter((name) => /options[^/]*\.json$/i.test(name))
  const options =
    candidates.find((name) => bare(name) === bare(weights)) ?? (candidates.length === 1 ? candidates[0]! : null)
  if (options === null || !isElmoOptions(join(folder, options))) return null
  return { options: join(folder, options), weights: join(folder, weights) }
}

/** What the names of a pair share. */
function bare(name: string): string {
  return name.replace(/(weights|options)(?=[^/]*\.\w+$)/i, '').replace(/\.\w+$/, '')
}

function isElmoOptions(path: string): boolean {
  if (!existsSync(path) || statSync(path).size > 1 << 20) return false
  try {
    const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown> | null
    return typeof json === 'object' && json !== null && 'lstm' in json && 'char_cnn' in json
  } catch {
    return false
  }
}

interface CharacterNetwork {
  /** [262, characters]; row 0 is padding between sentences. */
  table: Tensor2D
  filters: readonly { width: number; weight: Tensor3D; bias: tf.Tensor1D }[]
  highways: readonly { carry: LinearWeights; transform: LinearWeights }[]
  projection: LinearWeights
}

export function loadElmo(checkpoint: Checkpoint, options: ElmoOptions, file: string): LoadedNetwork {
  const kernels = activeKernels()
  const weights = new NamedWeights(checkpoint, kernels, file)
  const tokenizer = new OpenWordTokenizer(markers)
  const network = loadCharacters(weights, options)
  const { projection } = options
  const layers = Array.from({ length: options.layers }, (_, i): LstmLayer => ({
    directions: (['forward', 'backward'] as const).map((direction) => ({
      direction,
      weights: loadDirection(weights, kernels, options, direction, i)
    })),
    separate: true,
    skip: options.skip && i > 0
  }))
  const stack = new LstmStack({
    layers,
    inputWidth: 2 * projection,
    embed: ({ ids }) => {
      const unique = [...new Set(ids)]
      const rowOf = new Map(unique.map((id, row) => [id, row]))
      const parts: Tensor2D[] = []
      for (let first = 0; first < unique.length; first += wordsAtATime) {
        const words = unique.slice(first, first + wordsAtATime)
        parts.push(
          tf.tidy(() =>
            wordVectors(
              activeKernels(),
              network,
              options,
              words.map((id) => charactersOf(id, tokenizer, options))
            )
          )
        )
      }
      const all = tf.concat(parts, 0)
      const rows = tf.gather(
        all,
        tf.tensor1d(
          Int32Array.from(ids, (id) => rowOf.get(id)!),
          'int32'
        )
      )
      return tf.concat([rows, rows], 1) as Tensor2D
    },
    head: null,
    causal: false,
    holds: [
      network.table,
      ...network.filters.flatMap(({ weight, bias }) => [weight, bias]),
      ...[...network.highways.flatMap(({ carry, transform }) => [carry, transform]), network.projection].flatMap(
        ({ weight, bias }) => [weight, bias!]
      )
    ]
  })
  return { network: stack, tokenizer, noTokenizer: '', notes: [], unread: weights.unread() }
}

function loadCharacters(weights: NamedWeights, options: ElmoOptions): CharacterNetwork {
  const { characterWidth, filterCount, projection } = options
  const stored = weights.values('char_embed', [characters.fill, characterWidth])
  const table = new Float32Array((characters.fill + 1) * characterWidth)
  table.set(stored, characterWidth)
  const linear = (matrix: string, bias: string, outputs: number): LinearWeights => ({
    weight: weights.inOut(matrix, filterCount, outputs),
    bias: weights.vector(bias, outputs)
  })
  return {
    table: tf.tensor2d(table, [characters.fill + 1, characterWidth]),
    filters: options.filters.map(([width, count], i) => ({
      width,
      weight: tf.tensor3d(weights.values(`CNN/W_cnn_${i}`, [1, width, characterWidth, count]), [
        width,
        characterWidth,
        count
      ]),
      bias: weights.vector(`CNN/b_cnn_${i}`, count)
    })),
    highways: Array.from({ length: options.highways }, (_, k) => ({
      carry: linear(`CNN_high_${k}/W_carry`, `CNN_high_${k}/b_carry`, filterCount),
      transform: linear(`CNN_high_${k}/W_transform`, `CNN_high_${k}/b_transform`, filterCount)
    })),
    projection: linear('CNN_proj/W_proj', 'CNN_proj/b_proj', projection)
  }
}

/** TensorFlow's LSTM: input and recurrent rows in one matrix, gates i, j, f, o, and 1 added to the forget gate. */
function loadDirection(
  weights: NamedWeights,
  kernels: Kernels,
  { projection, hidden, cellClip, projectionClip }: ElmoOptions,
  direction: Direction,
  layer: number
): LstmWeights {
  const at = `RNN_${direction === 'forward' ? 0 : 1}/RNN/MultiRNNCell/Cell${layer}/LSTMCell`
  const both = gatesInOrder(weights.values(`${at}/W_0`, [2 * projection, 4 * hidden]), hidden)
  const bias = gatesInOrder(weights.values(`${at}/B`, [4 * hidden]), hidden)
  for (let i = hidden; i < 2 * hidden; i++) bias[i]! += 1
  const rows = projection * 4 * hidden
  return {
    input: packed(kernels, both.subarray(0, rows), [projection, 4 * hidden], false),
    bias: tf.tensor1d(bias),
    recurrent: packed(kernels, both.subarray(rows), [projection, 4 * hidden], false),
    projection: weights.inOut(`${at}/W_P_0`, hidden, projection),
    cellClip,
    projectionClip,
    hidden,
    outputs: projection
  }
}

/** Rows of i, j, f, o side by side, put into the order i, f, j, o. */
function gatesInOrder(values: Float32Array, hidden: number): Float32Array {
  for (let row = 0; row < values.length; row += 4 * hidden) {
    const candidate = values.slice(row + hidden, row + 2 * hidden)
    values.copyWithin(row + hidden, row + 2 * hidden, row + 3 * hidden)
    values.set(candidate, row + 2 * hidden)
  }
  return values
}

/** Character ids of a token: bytes of its UTF-8 form, and markers. */
function charactersOf(id: number, tokenizer: OpenWordTokenizer, { longestWord }: ElmoOptions): number[] {
  const text = tokenizer.tokenText(id)
  if (id === 0) return [characters.wordBegin, characters.sentenceBegin, characters.wordEnd]
  if (id === 1) return [characters.wordBegin, characters.sentenceEnd, characters.wordEnd]
  return wordCharacters(text, longestWord)
}

function wordCharacters(word: string, longestWord: number): number[] {
  const bytes = Buffer.from(word, 'utf8').subarray(0, longestWord - 2)
  return [characters.wordBegin, ...Array.from(bytes, (byte) => byte + 1), characters.wordEnd]
}

/**
 * The vectors [words, projection] of words given by their characters: convolutions, the maximum over places, highways
 * (Srivastava et al. 2015), a projection. Places behind the longest word see nothing but filling, and one such place
 * of each filter says the same as all of them.
 */
function wordVectors(
  kernels: Kernels,
  { table, filters, highways, projection }: CharacterNetwork,
  { longestWord, activation }: ElmoOptions,
  words: readonly (readonly number[])[]
): Tensor2D {
  const widest = Math.max(...filters.map(({ width }) => width))
  const length = Math.min(longestWord, Math.max(...words.map((word) => word.length)) + widest)
  const ids = new Int32Array(words.length * length).fill(characters.fill)
  words.forEach((word, i) => ids.set(word, i * length))
  const letters = tf.reshape(tf.gather(table, tf.tensor1d(ids, 'int32')), [words.length, length, -1]) as Tensor3D
  const act = activation === 'relu' ? tf.relu<Tensor2D> : tf.tanh<Tensor2D>
  const parts = filters.map(({ weight, bias }) => {
    const places = tf.conv1d(letters, weight, 1, 'valid')
    return act(tf.add<Tensor2D>(tf.max(places, 1), bias))
  })
  let x = tf.concat(parts, 1) as Tensor2D
  for (const { carry, transform } of highways) {
    const gate = tf.sigmoid(kernels.dense(x, carry.weight, carry.bias, 'none'))
    const fresh = kernels.dense(x, transform.weight, transform.bias, 'relu')
    x = tf.add(tf.mul(gate, fresh), tf.mul(tf.sub(1, gate), x))
  }
  return kernels.dense(x, projection.weight, projection.bias, 'none')
}

/** @throws UserError where the characters of a word are others than the reference's */
function checkCharacters(inputs: Readonly<Record<string, unknown>>): void {
  const expected = inputs.character_ids
  if (!Array.isArray(expected)) throw new UserError("The reference's 'character_ids' are not a list.")
  sentencesOf(inputs).forEach((words, i) => {
    const rows = numberRows({ rows: (expected as unknown[])[i] }, 'rows')
    words.forEach((word, t) => {
      const wanted = rows[t] ?? []
      const ids = wordCharacters(word, wanted.length)
      if (wanted.some((id, c) => id !== (ids[c] ?? characters.fill)))
        throw new UserError(`The reference has other character ids for '${word}' than [${ids.join(', ')}].`)
    })
  })
}

function maskOf(lengths: readonly number[], tokens: number): ReferenceValue {
  const values = new Float32Array(lengths.length * tokens)
  lengths.forEach((length, sequence) => values.fill(1, sequence * tokens, sequence * tokens + length))
  return { shape: [lengths.length, tokens], values }
}

/** gamma times the sum of the layers, weighted by the softmax of `scalars` (Peters et al. 2018, equation 1). */
function mixed(
  values: ReadonlyMap<string, ReferenceValue>,
  layers: number,
  { scalars, gamma }: Record<string, unknown>
): ReferenceValue {
  if (!Array.isArray(scalars) || scalars.length !== layers || typeof gamma !== 'number')
    throw new UserError("The reference's 'mix' needs 'scalars', a number a layer, and 'gamma'.")
  const powers = (scalars as number[]).map((scalar) => Math.exp(scalar))
  const total = powers.reduce((sum, power) => sum + power, 0)
  const first = values.get('hidden_states.0')!
  const sum = new Float32Array(first.values.length)
  powers.forEach((power, layer) => {
    const share = (gamma * power) / total
    values.get(`hidden_states.${layer}`)!.values.forEach((value, i) => (sum[i]! += share * value))
  })
  return { ...first, values: sum }
}
