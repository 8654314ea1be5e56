import type { ConditionalScore } from '@shared/probe'
import { probeKinds, type ProbeKind } from '@shared/probeMethods'
import { seededRandom, shuffle } from '@shared/random'
import type { TensorToWrite } from '../checkpoints/writeSafetensors'
import type { FitRequest, ProbeMethod } from './methods/method'
import { classify } from './scores/classify'
import { TypeShares } from './scores/typeShares'

/** Training items at most: of more, whole sentences are sampled, so that two layers at once fit in memory. */
export const mostConditionalItems = 40_000

/** The least probability that counts: a label that training lacks would cost infinitely many bits. */
const leastProbability = 1e-6

/** The labelled items of a part. */
export interface ConditionalItems {
  /** Their places among all items of the part. */
  rows: Int32Array
  /** Classes below that of the request; -1 for one that training lacks. */
  labels: Int32Array
  types: readonly string[]
  sentences: Int32Array
}

/** What is trained: the method and settings of the run. */
export interface ConditionalRequest extends Omit<FitRequest<ProbeKind>, 'data' | 'labels' | 'onProgress'> {
  method: ProbeMethod
  /** Of a layer's vectors. */
  width: number
}

/** [items of training, width] and [items of test, width]. */
interface Columns {
  width: number
  train: Float32Array
  test: Float32Array
}

interface Answered {
  right: Uint8Array
  accuracy: number
  /** Mean of -log2 p(label): the predictive entropy of the probes' family, in bits. */
  bits: number
}

/**
 * Whether a method can be conditioned: one that reads a single layer and gives probabilities, which the votes of
 * neighbours are not.
 * @param given what is trained instead of the kind's usual method: attention over spans reads words itself
 */
export function canCondition(method: Pick<ProbeMethod, 'kind' | 'reads'>, given?: ProbeMethod): boolean {
  return given === undefined && method.reads === 'layer' && probeKinds[method.kind].answersLater
}

/**
 * Conditional probing (Hewitt, Ethayarajh, Liang & Manning 2021, EMNLP): how much better a probe predicts the labels
 * from a layer and a baseline together than from the baseline alone. In bits this is the conditional V-information
 * I_V(layer -> label | baseline) = H_V(label | baseline) - H_V(label | baseline, layer). Both probes are of one kind,
 * with the same settings and items. The baseline of a layer is the word type (`TypeShares`) and the embedding output,
 * that of the embedding output is the word type. In the paper the probe of the baseline alone reads zeros in place of
 * the layer; with standardised features that is the same probe, because their weights change nothing.
 */
export class ConditionalProbes {
  private readonly types: Columns
  /** Places among the training items that are trained on. */
  private readonly sample: Int32Array
  private typeAlone: Answered | null = null
  private withEmbedding: Answered | null = null
  private embedding: Columns | null = null

  /**
   * @param train classes of its items are those of the request
   * @param tested number of all test items, labelled or not
   */
  constructor(
    private readonly request: ConditionalRequest,
    private readonly train: ConditionalItems,
    private readonly test: ConditionalItems,
    private readonly tested: number
  ) {
    const { classes, seed } = request
    this.sample = sampleSentences(train.sentences, seed)
    const shares = new TypeShares(train, classes)
    this.types = {
      width: classes,
      train: gather(shares.training(), classes, this.sample),
      test: shares.of(test.types)
    }
  }

  /**
   * The baselines: probes of the word type, and of the word type and the embedding output.
   * @param embedding vectors of layer 0, of all training and all test items
   */
  async prepare(embedding: { train: Float32Array; test: Float32Array }): Promise<void> {
    this.typeAlone = await this.answersOf([this.types])
    this.embedding = this.columns(embedding)
    this.withEmbedding = await this.answersOf([this.types, this.embedding])
  }

  /**
   * What a layer adds to its baseline.
   * @param vectors of the layer, of all training and all test items
   * @returns the score, and whether the probe was right, by labelled test item
   */
  async add(
    layer: number,
    vectors: { train: Float32Array; test: Float32Array },
    report: (share: number) => void
  ): Promise<{ score: ConditionalScore; right: Uint8Array }> {
    const { typeAlone, withEmbedding, embedding } = this
    if (!typeAlone || !withEmbedding || !embedding) throw new Error('The baselines have not been trained.')
    const baseline = layer === 0 ? typeAlone : withEmbedding
    const joint =
      layer === 0 ? withEmbedding : await this.answersOf([this.types, embedding, this.columns(vectors)], report)
    return {
      score: {
        accuracy: joint.accuracy,
        baseline: baseline.accuracy,
        bits: joint.bits,
        baselineBits: baseline.bits,
        items: this.sample.length
      },
      right: joint.right
    }
  }

  /** [2, test items]: 1 where the probe of the type, and that of the type and the embedding output, was right. */
  baselineRight(): TensorToWrite {
    const data = new Int32Array(2 * this.tested)
    for (const [index, answered] of [this.typeAlone, this.withEmbedding].entries())
      answered?.right.forEach((right, item) => (data[index * this.tested + this.test.rows[item]!] = right))
    return { shape: [2, this.tested], data }
  }

  private columns({ train, test }: { train: Float32Array; test: Float32Array }): Columns {
    const { width } = this.request
    return {
      width,
      train: gather(
        train,
        width,
        this.sample.map((place) => this.train.rows[place]!)
      ),
      test: gather(test, width, this.test.rows)
    }
  }

  private async answersOf(
    parts: readonly Columns[],
    onProgress: (share: number) => void = () => undefined
  ): Promise<Answered> {
    const { method, classes, job, ...request } = this.request
    const width = parts.reduce((sum, part) => sum + part.width, 0)
    const labels = this.sample.map((place) => this.train.labels[place]!)
    const [probe] = await method.fit({
      ...request,
      classes,
      job,
      data: {
        layers: [joined(parts, 'train', width)],
        width,
        rows: Int32Array.from(this.sample.keys()),
        sentences: this.sample.map((place) => this.train.sentences[place]!)
      },
      labels: [labels],
      onProgress
    })
    const [answers] = await classify([joined(parts, 'test', width)], width, [probe!], job, null, true)
    probe!.dispose()
    const gold = this.test.labels
    const right = Uint8Array.from(gold, (label, item) => Number(answers!.predicted[item] === label))
    let bits = 0
    gold.forEach((label, item) => {
      const probability = label < 0 ? 0 : answers!.all![item * classes + label]!
      bits -= Math.log2(Math.max(probability, leastProbability))
    })
    return {
      right,
      accuracy: right.reduce((sum, value) => sum + value, 0) / gold.length,
      bits: bits / gold.length
    }
  }
}

function joined(parts: readonly Columns[], part: 'train' | 'test', width: number): Float32Array {
  const rows = parts[0]![part].length / parts[0]!.width
  const values = new Float32Array(rows * width)
  let at = 0
  for (const columns of parts) {
    for (let row = 0; row < rows; row++)
      values.set(columns[part].subarray(row * columns.width, (row + 1) * columns.width), row * width + at)
    at += columns.width
  }
  return values
}

function gather(values: Float32Array, width: number, rows: Int32Array): Float32Array {
  const chosen = new Float32Array(rows.length * width)
  rows.forEach((row, at) => chosen.set(values.subarray(row * width, (row + 1) * width), at * width))
  return chosen
}

/** Places of the items of whole sentences, drawn until another sentence would be too much; ascending. */
function sampleSentences(sentences: Int32Array, seed: number): Int32Array {
  if (sentences.length <= mostConditionalItems) return Int32Array.from(sentences.keys())
  const sizes = new Map<number, number>()
  for (const sentence of sentences) sizes.set(sentence, (sizes.get(sentence) ?? 0) + 1)
  const order = [...sizes.keys()]
  shuffle(order, seededRandom(seed))
  const chosen = new Set<number>()
  let items = 0
  for (const sentence of order) {
    if (chosen.size > 0 && items + sizes.get(sentence)! > mostConditionalItems) break
    chosen.add(sentence)
    items += sizes.get(sentence)!
  }
  return Int32Array.from(sentences.keys()).filter((place) => chosen.has(sentences[place]!))
}
