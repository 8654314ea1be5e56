import type {
  AblationScan,
  AblationSetResult,
  HeadTable,
  PruningResult,
  RepeatedTokens,
  Unit,
  UnitKind
} from '@shared/ablation'
import type {
  AblationMeasures,
  AblationScanOptions,
  AblationSetOptions,
  HeadOptions,
  PruningOptions
} from '@shared/contract'
import type { Edit } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { edits } from '../ablations/edits'
import { effectsOf } from '../ablations/effects'
import { evaluate, type Disguise, type Variant } from '../ablations/evaluate'
import { headImportance, maskedHeads } from '../ablations/headImportance'
import { scoreHeads, type HeadScores, type Tree } from '../ablations/headScores'
import { headTable } from '../ablations/headTable'
import { headAccuracy } from '../ablations/measures/headAccuracy'
import { languageModelLoss } from '../ablations/measures/languageModelLoss'
import type { Measure } from '../ablations/measures/measure'
import { movement } from '../ablations/measures/movement'
import { probeAccuracy } from '../ablations/measures/probeAccuracy'
import { maskToken, maskWindows, questionsOfToken } from '../ablations/measures/questions'
import { watchedToken } from '../ablations/measures/watchedToken'
import { depthOrders, pruningCurves, pruningOrders, type MeasureScores } from '../ablations/pruning'
import { repeatedTokens } from '../ablations/repeatedTokens'
import { anatomyOf } from '../ablations/anatomy'
import { unitIntervention, unitsOf, variantOf } from '../ablations/variants'
import type { Window } from '../activations/windows'
import type { DatasetStore } from '../datasets/datasetStore'
import { partOfJob } from '../jobs/partOfJob'
import type { LoadedModel } from '../models/model'
import { needTransformer } from '../models/transformer/transformerModel'
import { spearman } from '../probes/scores/correlation'
import type { AblationInputs } from './ablationInputs'
import type { LentProbes } from './lentProbes'
import type { ModelService } from './modelService'

/** Share of a scan that measuring the corpus takes, where an edit needs it. */
const measuringShare = 0.1

/** Of heads pruned by the estimate of Michel, Levy & Neubig 2019. */
const derivativeTitle = 'Smallest derivative first'

/** The roles of a model's parts on a corpus: scans, sets of interventions, pruning, what each head attends to. */
export class AblationService {
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly probes: LentProbes,
    private readonly inputs: AblationInputs
  ) {}

  /** Every unit of a kind switched off alone. */
  scan(options: AblationScanOptions, job: JobHandle): Promise<AblationScan> {
    return this.models.use(options.modelId, () => this.scanOpen(options, job))
  }

  private async scanOpen(options: AblationScanOptions, job: JobHandle): Promise<AblationScan> {
    const started = performance.now()
    const prepared = await this.prepare(options, job)
    const { model } = prepared
    const units = unitsOf(options.unit, anatomyOf(model))
    const { variants } = await this.unitVariants(
      options,
      model,
      units.map((unit) => [unit]),
      partOfJob(job, 0, measuringShare)
    )
    const scored = await scoreVariants(prepared, variants, partOfJob(job, measuringShare, 1))
    const clusters = this.inputs.clusters(options, prepared.windows)
    return {
      ...this.inputs.describe(options, prepared),
      kind: options.unit,
      edit: titleOf(options.unit, options.edit),
      units,
      measures: scored.map(({ measure, plain, sums }) => ({
        ...infoOf(measure),
        ...effectsOf(sums, plain, options.seed, clusters.of)
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
    const { variants } = await this.inputs.setVariants(model, options, options, partOfJob(job, 0, measuringShare))
    const scored = await scoreVariants(prepared, variants, partOfJob(job, measuringShare, 1))
    const clusters = this.inputs.clusters(options, prepared.windows)
    return {
      ...this.inputs.describe(options, prepared),
      measures: scored.map(({ measure, plain, sums }) => {
        const { plain: value, effects } = effectsOf(sums, plain, options.seed, clusters.of)
        return { ...infoOf(measure), plain: value, effect: effects[0]!, random: effects.slice(1) }
      }),
      seconds: (performance.now() - started) / 1000
    }
  }

  /**
   * Besides the loss, how often the head is right, and what it gives to a watched word. @throws UserError for a word
   * that the corpus does not have
   */
  private async withHeadMeasures(
    { model, windows, groups }: Prepared,
    { watched, seed }: AblationSetOptions
  ): Promise<MeasureGroup[]> {
    const task = model.shape.causal ? 'next' : 'masked'
    const own = groups.map((group) =>
      group.measures.some(({ id }) => id === 'loss')
        ? { ...group, measures: [...group.measures, headAccuracy(task, seed)] }
        : group
    )
    if (!watched) return own
    const token = await this.inputs.tokenOf(model, watched)
    if (!windows.some((window) => questionsOfToken(task, [window], token).rows.length))
      throw new UserError(
        `'${watched}' does not occur in these sentences, so it has no rank; take more words or watch another.`
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
    const resources = await this.inputs.resources(prepared.model, [], null, job)
    const variants = maskedHeads(heads).map((set) => variantOf(set, needTransformer(prepared.model).config, resources))
    const [scored] = await scoreVariants({ ...prepared, groups: ofLoss }, variants, job)
    return headImportance(scored!, heads)
  }

  /** What heads attend to over a corpus, and, if asked for, on repeated random tokens. */
  async heads(request: HeadOptions, job: JobHandle): Promise<HeadTable> {
    return this.models.use(request.modelId, async (model) => {
      const { windows, words } = await this.inputs.windows(model, request)
      const scores = await scoreHeads(
        model,
        windows,
        (sentence) => this.treeOf(request.datasetId, request.split, sentence),
        partOfJob(job, 0, request.repeated === undefined ? 1 : 0.5)
      )
      const stimulus =
        request.repeated === undefined
          ? null
          : await addRepeated(scores, model, request.repeated, partOfJob(job, 0.5, 1))
      const drawn = this.datasets.get(request.datasetId).drawn(request)
      return { ...headTable(scores, words), ...(drawn && { drawn }), ...(stimulus && { stimulus }) }
    })
  }

  private async prepare(options: AblationMeasures, job: JobHandle): Promise<Prepared> {
    const model = this.models.get(options.modelId)
    const { windows, words } = await this.inputs.windows(model, options)
    job.progress(0, 1, 'Preparing')
    const { causal } = model.shape
    const asTheyAre: Measure[] = []
    if (options.probe)
      asTheyAre.push(probeAccuracy(this.probes.kept(options.probe.runId, options.probe.layer, options)))
    if (options.loss && causal) asTheyAre.push(languageModelLoss('next', options.seed))
    if (options.movement || (!asTheyAre.length && !options.loss)) asTheyAre.push(movement(model.shape.layers))
    const groups: MeasureGroup[] = asTheyAre.length ? [{ measures: asTheyAre, disguise: (given) => given }] : []
    if (options.loss && !causal) {
      const mask = model.needTokenizer().maskId
      if (mask === null)
        throw new UserError(
          'The tokenizer has no mask token, so the loss of masked tokens cannot be computed; leave the loss out.'
        )
      // Masks would spoil measures of the unchanged words.
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
    const config = anatomyOf(model)
    const all = unitsOf(kind, config).map((unit) => unitIntervention(kind, unit, edit, config))
    const resources = await this.inputs.resources(model, all, { datasetId, split }, job)
    return {
      variants: sets.map((units) =>
        variantOf(
          units.map((unit) => unitIntervention(kind, unit, edit, config)),
          config,
          resources
        )
      )
    }
  }

  private treeOf(datasetId: string, split: string, index: number): Tree | null {
    const { heads, labels } = this.datasets.sentence(datasetId, split, index)
    const relations = labels['deprel']
    if (!heads || !relations) return null
    // The file counts words from 1; 0 is the root, -1 means none.
    return { heads: Int32Array.from(heads, (head) => head - 1), relations: relations.map((relation) => relation ?? '') }
  }
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

/** Scores of induction on repeated random tokens, beside those of text. @returns what they were measured on */
async function addRepeated(
  { scores, queries }: HeadScores,
  model: LoadedModel,
  seed: number,
  job: JobHandle
): Promise<RepeatedTokens> {
  const { windows, stimulus } = await repeatedTokens(model, seed)
  const found = await scoreHeads(model, windows, () => null, job)
  scores.set('repeated', found.scores.get('induction')!)
  queries.set('repeated', found.queries.get('induction')!)
  return stimulus
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
