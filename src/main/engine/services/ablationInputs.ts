import type { AblationCorpusInfo } from '@shared/ablation'
import type { AblationCorpus } from '@shared/contract'
import { drawnSplit, type PartLimit } from '@shared/drawing'
import type { HookName } from '@shared/hookNames'
import type { Intervention } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import type { SentenceRef } from '@shared/sentence'
import { UserError } from '@shared/userError'
import { anatomyOf } from '../ablations/anatomy'
import { edits } from '../ablations/edits'
import type { EditResources, HookStatistics } from '../ablations/edits/edit'
import { requireFitted } from '../ablations/eraser'
import type { Variant } from '../ablations/evaluate'
import { spreadOf, type Spread } from '../ablations/randomEraser'
import { isRemoval, randomLike } from '../ablations/randomLike'
import { prepareResources } from '../ablations/resources'
import { variantOf } from '../ablations/variants'
import { windowsOf, type Window } from '../activations/windows'
import { clustersOf, type Clusters } from '../datasets/clusters'
import type { DatasetStore } from '../datasets/datasetStore'
import { tellsSentences, type LoadedModel } from '../models/model'
import type { ReadSentence } from '../tokenizers/encodedSentence'
import type { SentenceEncoder } from '../tokenizers/sentenceEncoder'

/** Where means and values of other tokens are taken from; null where no data set is open. */
export type StatisticsCorpus = { datasetId: string; split: string } | null

/** A set of interventions, and the number of random sets of its size. */
export interface RandomLikes {
  interventions: readonly Intervention[]
  randomSets: number
  seed: number
}

/** Words that means and donors are taken from. */
const statisticsWords = 4000

/** Inputs of every ablation: sentences and corpora as the model reads them, and what interventions need. */
export class AblationInputs {
  /** By model, data set and split. */
  private readonly statistics = new Map<string, Map<HookName, HookStatistics>>()

  constructor(
    private readonly datasets: DatasetStore,
    private readonly encoder: SentenceEncoder
  ) {}

  /**
   * Whole sentences up to about that many words, drawn or from the first on, as the model reads them. A window's
   * sentence is its place in the split.
   */
  async windows(
    model: LoadedModel,
    part: PartLimit & { datasetId: string }
  ): Promise<{ windows: Window[]; words: number }> {
    const tokenizer = model.needTokenizer()
    const dataset = this.datasets.get(part.datasetId)
    const { split, maxWords } = drawnSplit(part)
    const chosen: (readonly string[])[] = []
    let words = 0
    for (const sentence of dataset.text(split).sentences) {
      if (maxWords !== null && chosen.length && words + sentence.length > maxWords) break
      chosen.push(sentence)
      words += sentence.length
    }
    await tokenizer.prepare(chosen.flat())
    return {
      windows: chosen.flatMap((sentence, i) =>
        sentence.length ? windowsOf(tokenizer, dataset.sentenceInSplit(split, i), sentence) : []
      ),
      words
    }
  }

  /**
   * What interventions need besides the values they change. @throws UserError for one that was fitted to another model
   */
  async resources(
    model: LoadedModel,
    interventions: readonly Intervention[],
    corpus: StatisticsCorpus,
    job: JobHandle
  ): Promise<EditResources> {
    requireFitted(interventions, model.info)
    const key = corpus ? `${model.info.id}|${corpus.datasetId}|${corpus.split}` : model.info.id
    const known = this.statistics.get(key) ?? new Map<HookName, HookStatistics>()
    this.statistics.set(key, known)
    const needsCorpus = interventions.some(({ edit }) => edit.kind !== 'skip' && edits[edit.kind].needs === 'corpus')
    const windows =
      needsCorpus && corpus ? (await this.windows(model, { ...corpus, maxWords: statisticsWords })).windows : null
    return prepareResources(
      model,
      interventions,
      { corpus: windows, known, encode: (text) => this.encode(model, { kind: 'text', text }) },
      job
    )
  }

  /** A sentence as the model reads it. */
  encode(model: LoadedModel, sentence: SentenceRef): Promise<ReadSentence> {
    return this.encoder.encode(model.needTokenizer(), sentence, tellsSentences(model.shape))
  }

  /** The token of a watched word. @throws UserError where the word is not one token */
  async tokenOf(model: LoadedModel, word: string): Promise<number> {
    const tokenizer = model.needTokenizer()
    await tokenizer.prepare([word])
    const pieces = tokenizer.piecesOf(word)
    if (pieces.length === 1) return pieces[0]!
    const texts = Array.from(pieces, (id) => tokenizer.tokenText(id)).join(' ')
    throw new UserError(
      `'${word}' is ${pieces.length} tokens to this model (${texts}); watch a word that is a single token.`
    )
  }

  /** How the values spread, over the corpus and the unchanged model, that erasers remove directions of. */
  private async spreads(
    model: LoadedModel,
    interventions: readonly Intervention[],
    corpus: StatisticsCorpus,
    job: JobHandle
  ): Promise<Map<HookName, Spread>> {
    const places = [...new Set(interventions.filter(isRemoval).map(({ at }) => at))]
    const measured = places.map((at): Intervention => ({ at, edit: { kind: 'mean' } }))
    const { statistics } = await this.resources(model, measured, corpus, job)
    return new Map(places.map((at) => [at, spreadOf(statistics(at))]))
  }

  /** A set and sets of its size drawn at random, in this order, as variants of the model. */
  async setVariants(
    model: LoadedModel,
    options: RandomLikes,
    corpus: StatisticsCorpus,
    job: JobHandle
  ): Promise<{ variants: Variant[]; sets: (readonly Intervention[])[] }> {
    const random = seededRandom(options.seed)
    const spreads =
      options.randomSets > 0 && corpus ? await this.spreads(model, options.interventions, corpus, job) : undefined
    const config = anatomyOf(model)
    const sets = [options.interventions]
    for (let i = 0; i < options.randomSets; i++)
      sets.push(await randomLike(options.interventions, config, random, job, spreads))
    const resources = await this.resources(model, sets.flat(), corpus, job)
    return { variants: sets.map((set) => variantOf(set, config, resources)), sets }
  }

  /** What intervals resample, of the sentences of the windows in ascending order. */
  clusters({ datasetId, split }: AblationCorpus, windows: readonly Window[]): Clusters {
    const sentences = Int32Array.from(new Set(windows.map(({ sentence }) => sentence))).sort()
    return clustersOf(this.datasets.get(datasetId), split, sentences)
  }

  /** What was measured on. */
  describe(
    options: AblationCorpus,
    { model, windows, words }: { model: LoadedModel; windows: readonly Window[]; words: number }
  ): AblationCorpusInfo {
    const dataset = this.datasets.get(options.datasetId)
    const drawn = dataset.drawn(options)
    const { by, of } = this.clusters(options, windows)
    return {
      modelName: model.info.name,
      datasetName: dataset.info.name,
      split: options.split,
      sentences: new Set(windows.map(({ sentence }) => sentence)).size,
      words,
      ...(drawn && { drawn }),
      clusters: { by, count: new Set(of).size }
    }
  }
}
