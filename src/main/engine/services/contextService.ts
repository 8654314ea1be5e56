import * as tf from '@tensorflow/tfjs-core'
import type { ActivationRequest } from '@shared/activations'
import type { CallParsed } from '@shared/contract'
import type { ContextSearch, LabelTie, NeuronInSentence, NeuronLook, NeuronTies, PromotedToken } from '@shared/contexts'
import { RecentCache } from '@shared/recentCache'
import { tensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import { leastRows, nearestTo, type NearRow } from '../activations/nearestRows'
import { classCorrelations, columnStatistics, histogramOf } from '../activations/unitStatistics'
import { poolWords } from '../activations/pooling'
import type { Activations } from '../activations/wordVectors'
import type { DatasetStore } from '../datasets/datasetStore'
import { countedValues, nextWord, wordInContext } from '../datasets/wordContexts'
import { TransformerModel } from '../models/transformer/transformerModel'
import type { ActivationService } from './activationService'
import type { ModelService } from './modelService'
import type { SentenceService } from './sentenceService'

/** Neurons listed of each label, and labels of each neuron. */
const listedTies = 10
const bins = 40
const promoted = 12
/** Searches whose pages can still be turned. */
const keptSearches = 16

interface Layer {
  /** [words, width] */
  values: Float32Array
  width: number
  /** Rows with a vector. */
  rows: number[]
}

/** Looks through the word vectors of a corpus: words like another one in their contexts, and single neurons. */
export class ContextService {
  private readonly searches = new RecentCache<NearRow[]>(keptSearches)

  constructor(
    private readonly activations: ActivationService,
    private readonly datasets: DatasetStore,
    private readonly sentences: SentenceService,
    private readonly models: ModelService
  ) {}

  /** The words nearest to a word, or to the mean of some, in a layer's own space. */
  async search(request: CallParsed<'contexts.search'>): Promise<ContextSearch> {
    const { offset, limit, ...whole } = request
    const { datasetId, split } = request
    const found = await this.nearest(whole)
    const rows = found.map(({ row }) => row)
    const words = this.datasets.words(datasetId, split)
    const layers = this.datasets
      .info(datasetId)
      .labelLayers.filter(({ unit, kind }) => unit === 'token' && kind === 'class')
    return {
      total: found.length,
      hits: found.slice(offset, offset + limit).map(({ row, distance }) => wordInContext(words, row, distance)),
      counts: [
        countedValues('Word', rows, (row) => words.forms[row]!.toLowerCase()),
        countedValues('Next word', rows, (row) => nextWord(words, row)),
        ...layers.map(({ id, title }) => {
          const { classes, ids } = this.datasets.labels(datasetId, split, id)
          return countedValues(title, rows, (row) => classes[ids[row]!] ?? null)
        })
      ]
    }
  }

  private async nearest(request: Omit<CallParsed<'contexts.search'>, 'offset' | 'limit'>): Promise<NearRow[]> {
    const key = JSON.stringify(request)
    const known = this.searches.get(key)
    if (known) return known
    const { datasetId, split, filter, count, metric, query } = request
    const { values, width, rows } = await this.layer(request)
    const { vector, self } = await this.queryOf(request, values, width)
    const present = new Set(rows)
    const passes = filter ? this.filterOf(datasetId, split, filter) : () => true
    const { forms } = this.datasets.words(datasetId, split)
    const own = new Set([...self].map((row) => forms[row]!.toLowerCase()))
    const accept = (row: number): boolean =>
      present.has(row) && !self.has(row) && passes(row) && !(request.otherForms && own.has(forms[row]!.toLowerCase()))
    if (query.kind === 'rows' && self.size === 0) throw new UserError('The selection has no words in this part.')
    const found = nearestTo(vector, values, count, metric, accept)
    this.searches.put(key, found)
    return found
  }

  /** The vector that is searched for, and the words of the part that it is the vector of. */
  private async queryOf(
    { query, layer, datasetId, split, modelId, pool }: Omit<CallParsed<'contexts.search'>, 'offset' | 'limit'>,
    values: Float32Array,
    width: number
  ): Promise<{ vector: Float64Array | Float32Array; self: Set<number> }> {
    const rows = query.kind === 'rows' ? query.rows.filter((row) => (row + 1) * width <= values.length) : []
    if (query.kind === 'rows') {
      const mean = new Float64Array(width)
      for (const row of rows) for (let i = 0; i < width; i++) mean[i]! += values[row * width + i]! / rows.length
      return { vector: mean, self: new Set(rows) }
    }
    const { sentence, position } = query
    if (sentence.kind === 'dataset' && sentence.datasetId === datasetId && sentence.split === split) {
      const words = this.datasets.words(datasetId, split)
      const row = words.sentence.findIndex((at, i) => at === sentence.index && words.position[i] === position)
      if (row >= 0 && (row + 1) * width <= values.length)
        return { vector: values.subarray(row * width, (row + 1) * width), self: new Set([row]) }
    }
    // A typed sentence, or one of another part: the model reads it.
    const { encoded, layers } = await this.sentences.hiddenStates(modelId, sentence)
    if (position >= encoded.wordsTaken) throw new UserError('The model does not read this word; choose one before it.')
    const pooled = new Float32Array(encoded.wordsTaken * width)
    poolWords(layers[layer]!, 0, width, { ...encoded, sentence: 0, from: 0, to: encoded.wordsTaken }, pool, pooled, 0)
    return { vector: pooled.subarray(position * width, (position + 1) * width), self: new Set() }
  }

  private filterOf(datasetId: string, split: string, filter: { layer: string; value: string }) {
    const { classes, ids } = this.datasets.labels(datasetId, split, filter.layer)
    const wanted = classes.indexOf(filter.value)
    return (row: number): boolean => ids[row] === wanted
  }

  /** The neurons of a layer most tied to each class of a task of words. */
  async ties({ task, ...request }: CallParsed<'neurons.ties'>): Promise<NeuronTies> {
    const { values, width, rows } = await this.layer(request)
    const { classes, ids } = this.classesOf(request, task)
    const correlations = classCorrelations(
      values,
      width,
      rows,
      rows.map((row) => ids[row]!),
      classes.length
    )
    const counts = new Array<number>(classes.length).fill(0)
    for (const row of rows) if (ids[row]! >= 0) counts[ids[row]!]!++
    return {
      layer: request.layer,
      neurons: width,
      words: rows.length,
      classes: classes
        .map((label, id) => ({
          label,
          words: counts[id]!,
          ties: strongest(
            Array.from({ length: width }, (_, neuron) => ({
              label,
              neuron,
              correlation: correlations[id * width + neuron]!
            }))
          )
        }))
        .filter(({ words }) => words > 0)
    }
  }

  /** One neuron: the words with its highest and lowest values, its histogram, labels, and what it promotes. */
  async look({ task, neuron, count, ...request }: CallParsed<'neurons.look'>): Promise<NeuronLook> {
    const layer = await this.layer(request)
    const { values, width, rows } = layer
    checkNeuron(neuron, width)
    const { mean, deviation } = columnStatistics(values, width, rows)
    const words = this.datasets.words(request.datasetId, request.split)
    const valueAt = (row: number): number => values[row * width + neuron]!
    const extreme = (sign: 1 | -1) =>
      leastRows(rows.length, count, (i) => sign * valueAt(rows[i]!)).map(({ row: i }) =>
        wordInContext(words, rows[i]!, valueAt(rows[i]!))
      )
    let ties: LabelTie[] = []
    if (task !== null) {
      const { classes, ids } = this.classesOf(request, task)
      const column = Float32Array.from(rows, valueAt)
      const places = rows.map((_, i) => i)
      const correlations = classCorrelations(
        column,
        1,
        places,
        rows.map((row) => ids[row]!),
        classes.length
      )
      ties = strongest(classes.map((label, id) => ({ label, neuron, correlation: correlations[id]! })))
    }
    const promotion = await this.promotion(request.modelId, request.layer, neuron, mean, deviation[neuron]!)
    return {
      layer: request.layer,
      neuron,
      mean: mean[neuron]!,
      deviation: deviation[neuron]!,
      histogram: histogramOf(rows.map(valueAt), bins),
      highest: extreme(-1),
      lowest: extreme(1),
      ties,
      promotes: promotion?.promotes ?? null,
      suppresses: promotion?.suppresses ?? null
    }
  }

  /** A neuron's values at every layer over the tokens of a sentence. */
  async inSentence({ modelId, sentence, neuron }: CallParsed<'neurons.sentence'>): Promise<NeuronInSentence> {
    const { encoded, layers } = await this.sentences.hiddenStates(modelId, sentence)
    const tokens = encoded.ids.length
    const width = layers[0]!.length / tokens
    checkNeuron(neuron, width)
    const values = new Float32Array(layers.length * tokens)
    layers.forEach((hidden, layer) => {
      for (let token = 0; token < tokens; token++) values[layer * tokens + token] = hidden[token * width + neuron]!
    })
    const texts = await this.models.use(modelId, async (model) => {
      const tokenizer = model.needTokenizer()
      return Array.from(encoded.ids, (id) => tokenizer.tokenText(id))
    })
    return { tokens: texts, values: tensorData([layers.length, tokens], values) }
  }

  /**
   * How one standard deviation more of a neuron changes the logits that the logit lens reads off the mean hidden state
   * of the words; null without a head.
   */
  private promotion(
    modelId: string,
    layer: number,
    neuron: number,
    mean: Float64Array,
    deviation: number
  ): Promise<{ promotes: PromotedToken[]; suppresses: PromotedToken[] } | null> {
    return this.models.use(modelId, async (model) => {
      if (!(model instanceof TransformerModel) || !model.hasHead) return null
      const { length: width } = mean
      const both = Float32Array.from(
        { length: 2 * width },
        (_, i) => mean[i % width]! + (i === width + neuron ? deviation : 0)
      )
      const logits = tf.tidy(() => model.readOut(tf.tensor2d(both, [2, width]), layer))
      const values = logits.dataSync<'float32'>()
      const [, vocabulary] = logits.shape
      logits.dispose()
      const tokenizer = model.needTokenizer()
      const changed = (sign: 1 | -1): PromotedToken[] =>
        leastRows(vocabulary, promoted, (id) => sign * (values[vocabulary + id]! - values[id]!)).map(
          ({ row, distance }) => ({
            token: tokenizer.tokenText(row),
            change: sign * distance
          })
        )
      return { promotes: changed(-1), suppresses: changed(1) }
    })
  }

  private classesOf(
    { datasetId, split }: Pick<ActivationRequest, 'datasetId' | 'split'>,
    task: string
  ): { classes: string[]; ids: Int32Array } {
    const layer = this.datasets.info(datasetId).labelLayers.find(({ id }) => id === task)
    if (layer?.unit !== 'token' || layer.kind !== 'class')
      throw new UserError(`'${layer?.title ?? task}' does not label words with classes; choose labels of words.`)
    return this.datasets.labels(datasetId, split, task)
  }

  private async layer(request: ActivationRequest & { layer: number }): Promise<Layer> {
    const vectors: Activations | null = await this.activations.find(request)
    if (!vectors)
      throw new UserError(
        'The word vectors of this part are not computed yet; open the projection or run a probe first.'
      )
    if (request.layer > vectors.layers)
      throw new UserError(`Layer ${request.layer} does not exist; the model's layers are 0 to ${vectors.layers}.`)
    const missing = new Set(vectors.missing)
    return {
      values: vectors.layer(request.layer).subarray(0, vectors.words * vectors.width),
      width: vectors.width,
      rows: Array.from({ length: vectors.words }, (_, i) => i).filter((row) => !missing.has(row))
    }
  }
}

function strongest(ties: readonly LabelTie[]): LabelTie[] {
  return ties
    .filter(({ correlation }) => correlation !== 0)
    .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
    .slice(0, listedTies)
}

function checkNeuron(neuron: number, width: number): void {
  if (neuron >= width)
    throw new UserError(`Neuron ${neuron} does not exist; a hidden state has the neurons 0 to ${width - 1}.`)
}
