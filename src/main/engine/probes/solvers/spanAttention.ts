import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { ProbeMethodOptions } from '@shared/probeMethods'
import { seededRandom } from '@shared/random'
import type { FitRequest, ProbeMethod, TrainedProbe } from '../methods/method'
import { holdOut, trainByAdam } from './minibatches'
import { evenly } from '../methods/mix'
import { softmaxed } from './network'
import { NetworkInput } from './networkInput'
import { betweenStarts } from '../methods/networkProbes'
import { projectedWidth, SpanNetwork, type WordLists } from './spanNetwork'
import { standardisedRows, type Standardisation } from './standardise'

/** The words that a part of the data has vectors for, and those of every item. */
export interface SpanWords {
  width: number
  /** Of every item, one list a side; words are rows of `vectors`. */
  items: readonly WordLists[]
  /** [words, width] of one layer. */
  vectors(layer: number): Float32Array
}

/**
 * Numbers that stand for an item's vectors where these are no rows: its place in the part, the part (0 for training, 1
 * for test) and the layer.
 */
export const spanKeyWidth = 3

/** The keys that replace the vectors of all items of a part, [items, spanKeyWidth]. */
export function spanKeys(items: number, part: 0 | 1, layer: number): Float32Array {
  return Float32Array.from(
    { length: items * spanKeyWidth },
    (_, i) => [Math.floor(i / spanKeyWidth), part, layer][i % spanKeyWidth]!
  )
}

/**
 * The attention-pooled span probe (spanNetwork.ts) as a method: of one layer below an MLP, or of the learned mix of the
 * layers up to it. An item is identified by its key, since stretches have no common length; the words are read here.
 * @param parts of training and of test
 */
export function spanAttention(parts: readonly [SpanWords, SpanWords], kind: 'mlp' | 'mix'): ProbeMethod {
  return {
    kind,
    solver: 'attention-pooled spans below a multi-layer perceptron, Adam with early stopping',
    reads: kind === 'mix' ? 'upTo' : 'layer',
    drawn: true,
    fit: (request) => fitSpans(parts, request)
  }
}

/** @throws TypeError for options of another kind of probe */
function shapeOf(options: ProbeMethodOptions) {
  if (options.kind !== 'mlp' && options.kind !== 'mix') throw new TypeError(`'${options.kind}' pools no spans.`)
  return { options, shape: { hidden: options.hidden, activation: 'relu' as const, dropout: options.dropout } }
}

async function fitSpans(
  parts: readonly [SpanWords, SpanWords],
  { data, labels, classes, options: given, seed, restart, job, onProgress }: FitRequest<ProbeMethodOptions['kind']>
): Promise<TrainedProbe[]> {
  const { options, shape } = shapeOf(given)
  const [train] = parts
  const layers = data.layers.map((keys) => keys[2]!)
  const items = data.rows.map((row) => data.layers[0]![row * spanKeyWidth]!)
  const { lists, words } = withOwnWords(pickItems(train.items, items))
  const input = await NetworkInput.load(
    { layers: layers.map((layer) => train.vectors(layer)), width: train.width, rows: words, sentences: words },
    given.kind === 'mix' ? evenly : (measured) => measured,
    job
  )
  try {
    const probes: TrainedProbe[] = []
    for (const [set, ids] of labels.entries()) {
      const start = seed + restart * betweenStarts
      const network = new SpanNetwork(input, lists, ids, classes, shape, seededRandom(start))
      const outcome = await trainByAdam(
        network,
        holdOut(data.sentences, options.heldOut, seed),
        options,
        start,
        job,
        (share) => onProgress((set + share) / labels.length)
      )
      probes.push({
        ...asProbe(network, parts, layers, input.standardisations),
        iterations: outcome.epochs,
        converged: outcome.converged,
        loss: outcome.loss
      })
    }
    return probes
  } finally {
    input.dispose()
  }
}

/** Some of the items, in the order given. */
function pickItems(sides: readonly WordLists[], items: Int32Array): WordLists[] {
  return sides.map(({ words, starts }) => {
    const places = new Int32Array(items.length + 1)
    items.forEach((item, i) => (places[i + 1] = places[i]! + starts[item + 1]! - starts[item]!))
    const picked = new Int32Array(places.at(-1)!)
    items.forEach((item, i) => picked.set(words.subarray(starts[item], starts[item + 1]), places[i]))
    return { words: picked, starts: places }
  })
}

/** The words that occur, ascending, and the lists by their places among them. */
function withOwnWords(sides: readonly WordLists[]): { lists: WordLists[]; words: Int32Array } {
  const words = Int32Array.from(new Set(sides.flatMap((side) => Array.from(side.words)))).sort()
  const place = new Map(Array.from(words, (word, i) => [word, i]))
  return { words, lists: sides.map((side) => ({ ...side, words: side.words.map((word) => place.get(word)!) })) }
}

type Answering = Pick<TrainedProbe, 'classes' | 'operationsPerRow' | 'probabilities' | 'network' | 'mixed' | 'dispose'>

function asProbe(
  network: SpanNetwork,
  parts: readonly [SpanWords, SpanWords],
  layers: readonly number[],
  standardisations: readonly Standardisation[]
): Answering {
  const { width } = parts[0]
  // Read once for all blocks of answers; training reads its own.
  const vectors = new Map<string, Float32Array>()
  const vectorsOf = (part: number, layer: number): Float32Array => {
    const key = `${part} ${layer}`
    const known = vectors.get(key)
    if (known) return known
    const read = parts[part]!.vectors(layer)
    vectors.set(key, read)
    return read
  }
  const weights = network.mix && { weights: softmaxed(network.mix.scores), gamma: network.mix.gamma[0]! }
  return {
    classes: network.classes,
    network: null,
    // Some three words a side.
    operationsPerRow: parts[0].items.length * 6 * width * projectedWidth * layers.length,
    ...(weights
      ? {
          mixed: {
            factors: standardisations.map(({ scale }, layer) => (weights.gamma * weights.weights[layer]!) / scale[0]!),
            mix: weights
          }
        }
      : {}),
    probabilities: ([keys]) => {
      const read = keys!.dataSync<'float32'>()
      const part = read[1]!
      const items = Int32Array.from({ length: keys!.shape[0] }, (_, i) => read[i * spanKeyWidth]!)
      const sides = pickItems(parts[part]!.items, items).map(({ words, starts }) => {
        const blocks = layers.map((layer, l) =>
          standardisedRows(
            { values: vectorsOf(part, layer), width, rows: words },
            standardisations[l]!,
            0,
            words.length
          )
        )
        return {
          starts,
          rows:
            blocks.length === 1
              ? blocks[0]!
              : (tf.reshape(tf.stack(blocks, 2), [words.length * width, layers.length]) as Tensor2D)
        }
      })
      return tf.softmax(network.logits(sides))
    },
    dispose: () => vectors.clear()
  }
}
