import type {
  AblationCorpusInfo,
  AblationSetResult,
  AblationScan,
  HeadTable,
  LogitLens,
  PatchGrid,
  PruningResult,
  SentenceEffect,
  Unit,
  UnitKind
} from '@shared/ablation'
import type {
  AblationCorpus,
  AblationMeasures,
  AblationSetOptions,
  AblationScanOptions,
  PruningOptions
} from '@shared/contract'
import type { HookName } from '@shared/hookNames'
import type { Edit, Intervention } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import type { SentenceRef } from '@shared/sentence'
import { UserError } from '@shared/userError'
import { compileInterventions } from '../ablations/compile'
import { edits } from '../ablations/edits'
import type { EditResources, HookStatistics } from '../ablations/edits/edit'
import { effectsOf } from '../ablations/effects'
import { requireFitted } from '../ablations/eraser'
import { evaluate, type Disguise, type Variant } from '../ablations/evaluate'
import { headImportance, maskedHeads } from '../ablations/headImportance'
import { scoreHeads, type Tree } from '../ablations/headScores'
import { logitLens } from '../ablations/logitLens'
import { headAccuracy } from '../ablations/measures/headAccuracy'
import { languageModelLoss } from '../ablations/measures/languageModelLoss'
import type { Measure } from '../ablations/measures/measure'
import { movement } from '../ablations/measures/movement'
import { probeAccuracy } from '../ablations/measures/probeAccuracy'
import { maskToken, maskWindows, questionsOfToken } from '../ablations/measures/questions'
import { watchedToken } from '../ablations/measures/watchedToken'
import { patchGrid } from '../ablations/patchGrid'
import { depthOrders, pruningCurves, pruningOrders, type MeasureScores } from '../ablations/pruning'
import { randomLike } from '../ablations/randomLike'
import { prepareResources } from '../ablations/resources'
import { sentenceEffect } from '../ablations/sentenceEffect'
import { unitIntervention, unitsOf, variantOf } from '../ablations/variants'
import { joinWindows } from '../activations/extract'
import { windowsOf, type Window } from '../activations/windows'
import type { DatasetStore } from '../datasets/datasetStore'
import type { LoadedModel } from '../models/loadModel'
import type { ReadSentence } from '../tokenizers/encodedSentence'
import type { SentenceEncoder } from '../tokenizers/sentenceEncoder'
import { spearman } from '../probes/scores/correlation'
import type { ModelService } from './modelService'
import type { ProbeService } from './probeService'
import { partOfJob } from '../jobs/partOfJob'
import { headTable } from './headTable'

/** Words that means and donors are taken from. */
const statisticsWords = 4000

/** Share of a scan that measuring the corpus takes, where an edit needs it. */
const measuringShare = 0.1

/** Of heads pruned by the estimate of Michel, Levy & Neubig 2019. */
const derivativeTitle = 'Smallest derivative first'

/** Probing runs whose weights stay in memory. */
const readersKept = 8

/** What parts of a model are for: interventions on a sentence, scans of a corpus, what each head attends to. */
export class AblationService {
  private readonly readers = new Map<string, ReturnType<ProbeService['keptLayers']>>()
  /** By model, data set and split. */
  private readonly statistics = new Map<string, Map<HookName, HookStatistics>>()

  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly probes: ProbeService,
    private readonly encoder: SentenceEncoder
  ) {}

  /** What interventions do to one sentence. `corpus` is where means and other tokens come from. */
  async sentence(
    modelId: string,
    sentence: SentenceRef,
    interventions: readonly Intervention[],
    corpus: { datasetId: string; split: string } | null,
    runIds: readonly string[],
    job: JobHandle
  ): Promise<SentenceEffect> {
    return this.models.use(modelId, async (model) => {
      const encoded = await this.encode(model, sentence)
      const resources = await this.resources(model, interventions, corpus, job)
      const probes = runIds.map((runId) => {
        const { task, ...read } = this.layerProbes(runId, modelId)
        return {
          read: { ...read, task: task.title },
          gold:
            sentence.kind === 'text'
              ? null
              : (this.datasets.sentence(sentence.datasetId, sentence.split, sentence.index).labels[task.id] ?? null)
        }
      })
      return sentenceEffect(model, encoded, compileInterventions(interventions, model.config, resources), probes)
    })
  }

  /** The probes of a kept run; read from disk once, because the board asks for them with every switch. */
  private layerProbes(runId: string, modelId: string): ReturnType<ProbeService['keptLayers']> {
    const known = this.readers.get(runId) ?? this.probes.keptLayers(runId, modelId)
    this.readers.delete(runId)
    this.readers.set(runId, known)
    if (this.readers.size > readersKept) this.readers.delete(this.readers.keys().next().value!)
    return known
  }

  async lens(
    modelId: string,
    sentence: SentenceRef,
    watched: readonly string[],
    interventions: readonly Intervention[],
    corpus: { datasetId: string; split: string } | null,
    job: JobHandle
  ): Promise<LogitLens> {
    return this.models.use(modelId, async (model) => {
      const input = joinWindows([await this.encode(model, sentence)])
      const ids = await Promise.all(watched.map((word) => this.tokenOf(model, word)))
      const resources = await this.resources(model, interventions, corpus, job)
      return logitLens(
        model,
        input,
        ids,
        interventions.length ? compileInterventions(interventions, model.config, resources) : undefined
      )
    })
  }

  async patch(
    request: {
      modelId: string
      text: string
      source: string
      kind: PatchGrid['kind']
      place: number | null
      first: string
      second: string
    },
    job: JobHandle
  ): Promise<PatchGrid> {
    return this.models.use(request.modelId, async (model) => {
      const [sentence, source] = await Promise.all(
        [request.text, request.source].map((text) => this.encode(model, { kind: 'text', text }))
      )
      // A masked model is asked at its mask, another for what comes next.
      const masked = sentence!.ids.indexOf(model.needTokenizer().maskId ?? -1)
      const place = request.place ?? (masked >= 0 ? masked : sentence!.ids.length - 1)
      if (place >= sentence!.ids.length)
        throw new UserError(`The sentence has ${sentence!.ids.length} tokens; there is no token ${place}.`)
      const watched = {
        place,
        first: await this.tokenOf(model, request.first),
        second: await this.tokenOf(model, request.second)
      }
      return patchGrid(model, sentence!, source!, request.kind, watched, job)
    })
  }

  /** Every unit of a kind switched off alone. */
  scan(options: AblationScanOptions, job: JobHandle): Promise<AblationScan> {
    return this.models.use(options.modelId, () => this.scanOpen(options, job))
  }

  private async scanOpen(options: AblationScanOptions, job: JobHandle): Promise<AblationScan> {
    const started = performance.now()
    const prepared = await this.prepare(options, job)
    const { model } = prepared
    const units = unitsOf(options.unit, model.config)
    const { variants } = await this.unitVariants(
      options,
      model,
      units.map((unit) => [unit]),
      partOfJob(job, 0, measuringShare)
    )
    const scored = await scoreVariants(prepared, variants, partOfJob(job, measuringShare, 1))
    return {
      ...this.describe(options, prepared),
      kind: options.unit,
      edit: titleOf(options.unit, options.edit),
      units,
      measures: scored.map(({ measure, plain, sums }) => ({
        ...infoOf(measure),
        ...effectsOf(sums, plain, options.seed)
      })),
      seconds: (performance.now() - started) / 1000
    }
  }

  /** A set of interventions on a corpus, beside sets of the same size drawn at random. */
  set(options: AblationSetOptions, job: JobHandle): Promise<AblationSetResult> {
    return this.models.use(options.modelId, () => this.setOpen(options, job))
  }

  private async setOpen(options: AblationSetOptions, job: JobHandle): Promise<AblationSetResult> {
    const started = performance.now()
    const prepared = await this.prepare(options, job)
    const { model } = prepared
    if (options.loss) prepared.groups = await this.withHeadMeasures(prepared, options)
    const { variants } = await this.setVariants(model, options, options, partOfJob(job, 0, measuringShare))
    const scored = await scoreVariants(prepared, variants, partOfJob(job, measuringShare, 1))
    return {
      ...this.describe(options, prepared),
      measures: scored.map(({ measure, plain, sums }) => {
        const { plain: value, effects } = effectsOf(sums, plain, options.seed)
        return { ...infoOf(measure), plain: value, effect: effects[0]!, random: effects.slice(1) }
      }),
      seconds: (performance.now() - started) / 1000
    }
  }

  /** A set and sets of its size drawn at random, in this order, as variants of the model. */
  async setVariants(
    model: LoadedModel,
    options: RandomLikes,
    corpus: { datasetId: string; split: string } | null,
    job: JobHandle
  ): Promise<{ variants: Variant[]; sets: (readonly Intervention[])[] }> {
    const random = seededRandom(options.seed)
    const sets = [
      options.interventions,
      ...Array.from({ length: options.randomSets }, () => randomLike(options.interventions, model.config, random))
    ]
    const resources = await this.resources(model, sets.flat(), corpus, job)
    return { variants: sets.map((set) => variantOf(set, model.config, resources)), sets }
  }

  /**
   * Besides the loss, how often the head is right, and what it gives to a watched word. @throws UserError for a word
   * that the corpus does not have
   */
  private async withHeadMeasures(
    { model, windows, groups }: Prepared,
    { watched, seed }: AblationSetOptions
  ): Promise<MeasureGroup[]> {
    const task = model.config.causal ? 'next' : 'masked'
    const own = groups.map((group) =>
      group.measures.some(({ id }) => id === 'loss')
        ? { ...group, measures: [...group.measures, headAccuracy(task, seed)] }
        : group
    )
    if (!watched) return own
    const token = await this.tokenOf(model, watched)
    if (!windows.some((window) => questionsOfToken(task, [window], token).rows.length))
      throw new UserError(
        `'${watched}' does not stand in these sentences, so its rank cannot be told; take more words or watch another.`
      )
    const mask = model.needTokenizer().maskId
    return [
      ...own,
      {
        measures: watchedToken(task, token, watched),
        disguise: (given) => (task === 'masked' ? maskToken(given, token, mask!) : given)
      }
    ]
  }

  /** More and more units switched off, the least important first, beside random orders. */
  prune(options: PruningOptions, job: JobHandle): Promise<PruningResult> {
    return this.models.use(options.modelId, () => this.pruneOpen(options, job))
  }

  private async pruneOpen(options: PruningOptions, job: JobHandle): Promise<PruningResult> {
    const byDerivative = options.unit === 'head' && options.loss
    const swept = byDerivative ? 0.25 : 0.5
    const scan = await this.scanOpen(options, partOfJob(job, 0, swept))
    const first = scan.measures[0]!
    const prepared = await this.prepare(options, job)
    const ranked = scan.units
      .map((unit, i) => ({ unit, harm: (first.better === 'higher' ? -1 : 1) * first.effects[i]!.difference }))
      .sort((a, b) => a.harm - b.harm)
    const order = ranked.map(({ unit }) => unit)
    const importance = byDerivative ? await this.lossDerivatives(prepared, order, partOfJob(job, swept, 0.6)) : null
    const further = importance
      ? [{ title: derivativeTitle, units: ascending(order, importance) }]
      : options.unit === 'head'
        ? []
        : depthOrders(order)
    const { counts, orders } = pruningOrders(order, further, options)
    const { variants } = await this.unitVariants(
      options,
      prepared.model,
      orders.flatMap((units) => counts.slice(1).map((count) => units.slice(0, count))),
      job
    )
    const [scored] = await scoreVariants(
      { ...prepared, groups: prepared.groups.slice(0, 1) },
      variants,
      partOfJob(job, importance ? 0.6 : swept, 1)
    )
    return {
      kind: options.unit,
      measure: infoOf(scored!.measure),
      plain: first.plain,
      order,
      ...(importance
        ? {
            derivative: {
              importance: [...importance],
              agreement: spearman(
                importance,
                ranked.map(({ harm }) => harm)
              )
            }
          }
        : {}),
      ...pruningCurves(scored!, counts, further, options.randomOrders)
    }
  }

  private async lossDerivatives(
    { groups, ...prepared }: Prepared,
    heads: readonly Unit[],
    job: JobHandle
  ): Promise<Float64Array> {
    const ofLoss = groups
      .map(({ measures, disguise }) => ({ disguise, measures: measures.filter(({ id }) => id === 'loss') }))
      .filter(({ measures }) => measures.length > 0)
    const resources = await this.resources(prepared.model, [], null, job)
    const variants = maskedHeads(heads).map((set) => variantOf(set, prepared.model.config, resources))
    const [scored] = await scoreVariants({ ...prepared, groups: ofLoss }, variants, job)
    return headImportance(scored!, heads)
  }

  async heads(request: AblationCorpus, job: JobHandle): Promise<HeadTable> {
    return this.models.use(request.modelId, async (model) => {
      const { windows, words } = await this.windows(model, request)
      const scores = await scoreHeads(
        model,
        windows,
        (sentence) => this.treeOf(request.datasetId, request.split, sentence),
        job
      )
      return headTable(scores, words)
    })
  }

  /** What was measured on. */
  describe(
    options: AblationCorpus,
    { model, windows, words }: Pick<Prepared, 'model' | 'windows' | 'words'>
  ): AblationCorpusInfo {
    const sentences = new Set(windows.map(({ sentence }) => sentence)).size
    return {
      modelName: model.info.name,
      datasetName: this.datasets.info(options.datasetId).name,
      split: options.split,
      sentences,
      words
    }
  }

  private async prepare(options: AblationMeasures, job: JobHandle): Promise<Prepared> {
    const model = this.models.get(options.modelId)
    const { windows, words } = await this.windows(model, options)
    job.progress(0, 1, 'Preparing')
    const { causal } = model.config
    const asTheyAre: Measure[] = []
    if (options.probe)
      asTheyAre.push(probeAccuracy(this.probes.kept(options.probe.runId, options.probe.layer, options)))
    if (options.loss && causal) asTheyAre.push(languageModelLoss('next', options.seed))
    if (options.movement || (!asTheyAre.length && !options.loss)) asTheyAre.push(movement(model.config.layers))
    const groups: MeasureGroup[] = asTheyAre.length ? [{ measures: asTheyAre, disguise: (given) => given }] : []
    if (options.loss && !causal) {
      const mask = model.needTokenizer().maskId
      if (mask === null)
        throw new UserError(
          'The tokenizer has no mask token, so the loss of masked tokens cannot be computed; leave the loss out.'
        )
      // What is asked of words as they stand would be spoilt by the masks.
      groups.push({
        measures: [languageModelLoss('masked', options.seed)],
        disguise: (given) => maskWindows(given, options.seed, mask)
      })
    }
    return { model, windows, words, groups }
  }

  private async unitVariants(
    { unit: kind, edit, datasetId, split }: AblationScanOptions,
    model: LoadedModel,
    sets: readonly (readonly Unit[])[],
    job: JobHandle
  ): Promise<{ variants: Variant[] }> {
    const all = unitsOf(kind, model.config).map((unit) => unitIntervention(kind, unit, edit))
    const resources = await this.resources(model, all, { datasetId, split }, job)
    return {
      variants: sets.map((units) =>
        variantOf(
          units.map((unit) => unitIntervention(kind, unit, edit)),
          model.config,
          resources
        )
      )
    }
  }

  /** Whole sentences from the first on, up to about so many words, as the model reads them. */
  async windows(
    model: LoadedModel,
    { datasetId, split, maxWords }: { datasetId: string; split: string; maxWords: number | null }
  ): Promise<{ windows: Window[]; words: number }> {
    const tokenizer = model.needTokenizer()
    const chosen: (readonly string[])[] = []
    let words = 0
    for (const sentence of this.datasets.text(datasetId, split).sentences) {
      if (maxWords !== null && chosen.length && words + sentence.length > maxWords) break
      chosen.push(sentence)
      words += sentence.length
    }
    await tokenizer.prepare(chosen.flat())
    return {
      windows: chosen.flatMap((sentence, i) => (sentence.length ? windowsOf(tokenizer, i, sentence) : [])),
      words
    }
  }

  /**
   * What interventions need besides the values they change. @throws UserError for one that was fitted to another model
   */
  async resources(
    model: LoadedModel,
    interventions: readonly Intervention[],
    corpus: { datasetId: string; split: string } | null,
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
      windows,
      known,
      (text) => this.encode(model, { kind: 'text', text }),
      job
    )
  }

  /** A sentence as the model reads it. */
  encode(model: LoadedModel, sentence: SentenceRef): Promise<ReadSentence> {
    return this.encoder.encode(model.needTokenizer(), sentence)
  }

  /** The token of a watched word. @throws UserError where the word is not one token */
  private async tokenOf(model: LoadedModel, word: string): Promise<number> {
    const tokenizer = model.needTokenizer()
    await tokenizer.prepare([word])
    const pieces = tokenizer.piecesOf(word)
    if (pieces.length === 1) return pieces[0]!
    throw new UserError(
      `'${word}' is ${pieces.length} tokens to this model (${Array.from(pieces, (id) => tokenizer.tokenText(id)).join(' ')}); watch a word that is one.`
    )
  }

  private treeOf(datasetId: string, split: string, index: number): Tree | null {
    const { heads, labels } = this.datasets.sentence(datasetId, split, index)
    const relations = labels['deprel']
    if (!heads || !relations) return null
    // The file counts words from 1, 0 is the root and -1 none.
    return { heads: Int32Array.from(heads, (head) => head - 1), relations: relations.map((relation) => relation ?? '') }
  }
}

/** A set of interventions, and how many others of its size are drawn. */
export interface RandomLikes {
  interventions: readonly Intervention[]
  randomSets: number
  seed: number
}

/** Measures that read the same input. */
interface MeasureGroup {
  measures: Measure[]
  disguise: Disguise
}

interface Prepared {
  model: LoadedModel
  windows: Window[]
  words: number
  groups: MeasureGroup[]
}

/** Scores of every variant by each measure, in the order of the measures. */
async function scoreVariants(
  { model, windows, groups }: Prepared,
  variants: readonly Variant[],
  job: JobHandle
): Promise<MeasureScores[]> {
  const scored: MeasureScores[] = []
  for (const [g, { measures, disguise }] of groups.entries()) {
    const part = partOfJob(job, g / groups.length, (g + 1) / groups.length)
    const { plain, variants: sums } = await evaluate(model, windows, variants, measures, part, disguise)
    measures.forEach((measure, m) => scored.push({ measure, plain: plain[m]!, sums: sums[m]! }))
  }
  return scored
}

/** Units by a value each, the smallest first. */
function ascending(units: readonly Unit[], values: Float64Array): Unit[] {
  return [...units.keys()].sort((a, b) => values[a]! - values[b]!).map((index) => units[index]!)
}

function infoOf({ id, title, unit, better }: Measure) {
  return { id, title, unit, better }
}

function titleOf(unit: UnitKind, edit: Edit): string {
  return unit === 'block' || edit.kind === 'skip' ? 'Left out' : edits[edit.kind].title
}
