import { join } from 'node:path'
import type { NeuronOptions } from '@shared/ablationRequests'
import type { HookName } from '@shared/hookNames'
import type { JobHandle } from '@shared/jobs'
import type { NeuronCurves, NeuronResult } from '@shared/neurons'
import { defaultMethod } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import { columnsOf } from '../ablations/compile'
import { edits } from '../ablations/edits'
import { effectsOf } from '../ablations/effects'
import { headLoss } from '../ablations/headLoss'
import { evaluateKept, hashOf, type KeyedMeasure } from '../ablations/keptEvaluation'
import { probeAccuracy } from '../ablations/measures/probeAccuracy'
import { classNeurons, rankNeurons } from '../ablations/neurons/ranking'
import {
  curvesOf,
  neuronsOf,
  planRemovals,
  probeWithout,
  type ProbedWords,
  type RemovalPlan
} from '../ablations/neurons/removal'
import { wordValues, type WordValues } from '../ablations/neurons/wordValues'
import { variantOf } from '../ablations/variants'
import type { DatasetStore } from '../datasets/datasetStore'
import { sentenceStarts } from '../datasets/sentenceStarts'
import type { LoadedModel } from '../models/model'
import { needTransformer } from '../models/transformer/transformerModel'
import { cacheDir } from '../paths'
import { denseLayer } from '../probes/methods/linearProbe'
import { fitSparse, sparseDefaults, type SparseProbe } from '../probes/solvers/sparse'
import { measureFeatures } from '../probes/solvers/standardise'
import { findTask } from '../tasks/tasks'
import type { AblationInputs } from './ablationInputs'
import type { ModelService } from './modelService'
import { partOfJob } from '../jobs/partOfJob'

/** Words to remove neurons of, and the cluster of each of their sentences, which intervals resample. */
type ClusteredWords = ProbedWords & { clusterOf: Int32Array }

/** Neurons listed of each class. */
const listed = 10

/** Neurons ranked by a probe and removed: from the probe's input, and from the model. */
export class NeuronService {
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly inputs: AblationInputs,
    private readonly folder = join(cacheDir(), 'ablation-scores')
  ) {}

  rank(options: NeuronOptions, job: JobHandle): Promise<NeuronResult> {
    return this.models.use(options.modelId, (model) => this.rankOpen(model, options, job))
  }

  private async rankOpen(model: LoadedModel, options: NeuronOptions, job: JobHandle): Promise<NeuronResult> {
    const started = performance.now()
    const { datasetId, split, seed, pool, edit } = options
    const { config } = needTransformer(model)
    const { layers, width } = config
    const task = findTask(this.datasets.get(datasetId), options.task)
    if (task.unit !== 'token' || task.kind !== 'class')
      throw new UserError(
        `'${task.title}' does not label words with classes; neurons are ranked by a probe of such labels.`
      )
    const at = placeOf(options, layers)
    const last: HookName = `blocks.${layers - 1}.resid_post`
    const columns = columnsOf(at, config)
    const names = at === last ? [at] : [at, last]
    const train = await this.inputs.windows(model, {
      datasetId,
      split: options.trainSplit,
      maxWords: options.maxTrainWords,
      draw: options.draw
    })
    const test = await this.inputs.windows(model, options)
    const trained = await wordValues(model, train.windows, names, [columns, width], pool, partOfJob(job, 0, 0.1))
    const read = await wordValues(model, test.windows, [at], [columns], pool, partOfJob(job, 0.1, 0.15))

    const classes = task.classes.length
    const labels = this.goldOf(datasetId, options.trainSplit, task.items(options.trainSplit, seed).classes, trained)
    const probe = await fit(trained, at, columns, labels, classes, partOfJob(job, 0.15, 0.35))
    const standardised = {
      weight: probe.weight.map((value, i) => value * probe.scale[i % columns]!),
      classes,
      width: columns
    }
    const { order, mass } = rankNeurons(standardised)
    const plan = planRemovals(order, options.randomOrders, seed)

    const items = task.items(split, seed).classes
    const starts = sentenceStarts(this.datasets.text(datasetId, split).sentences)
    const gold = (sentence: number, word: number): number => items[starts[sentence]! + word]!
    const sentences = Int32Array.from(new Set(test.windows.map(({ sentence }) => sentence))).sort()
    const clusters = this.inputs.clusters(options, test.windows)
    const columnOf = new Map(Array.from(sentences, (sentence, i) => [sentence, i]))
    const words: ClusteredWords = {
      vectors: read.values.get(at)!,
      width: columns,
      weights: stacked(probe, classes, columns),
      classes,
      sentences: sentences.length,
      gold: Int32Array.from(read.sentences, (sentence, i) => gold(sentence, read.positions[i]!)),
      column: Int32Array.from(read.sentences, (sentence) => columnOf.get(sentence)!),
      clusterOf: clusters.of
    }
    const resources = await this.inputs.resources(
      model,
      edit === 'mean' ? [{ at, edit: { kind: 'mean' } }] : [],
      { datasetId, split },
      partOfJob(job, 0.35, 0.4)
    )
    const instead = edit === 'mean' ? resources.statistics(at).mean : null
    const inProbe = await this.inProbe(task.title, options, words, plan, instead, job)

    const measures: KeyedMeasure[] = []
    if (at !== last) {
      const above = await fit(trained, last, width, labels, classes, partOfJob(job, 0.4, 0.5))
      const kept = {
        task: task.title,
        layer: layers,
        pooling: pool,
        weights: stacked(above, classes, width),
        classes,
        width,
        gold
      }
      measures.push({
        key: hashOf(['last', options.task, this.hashOfSplit(datasetId, split), [...kept.weights]]),
        measure: { ...probeAccuracy(kept), id: 'last', title: `${task.title}, probe of layer ${layers}` }
      })
    }
    const variants = plan.removals.map((removal) =>
      variantOf(
        [{ at, neurons: neuronsOf(plan, removal), edit: { kind: edit } }],
        needTransformer(model).config,
        resources
      )
    )
    const variantKey = hashOf([
      'neurons',
      at,
      edit,
      instead ? [...instead] : null,
      plan.orders.map((one) => [...one]),
      plan.counts
    ])
    const groups = [{ measures, disguise: undefined }, ...(options.loss ? [lossOf(model, seed)] : [])].filter(
      (group) => group.measures.length
    )
    const inModel: NeuronCurves[] = []
    for (const [g, group] of groups.entries()) {
      const part = partOfJob(job, 0.5 + (0.5 * g) / groups.length, 0.5 + (0.5 * (g + 1)) / groups.length)
      const { scores } = await evaluateKept(
        model,
        { windows: test.windows, variants, variantKey, folder: this.folder, fresh: options.fresh, ...group },
        part
      )
      for (const { measure, plain, sums } of scores) {
        const { id, title, unit, better } = measure
        const { plain: value, effects } = effectsOf(sums, plain, seed, clusters.of)
        inModel.push({ id, title, unit, better, plain: value, ...curvesOf(plan, value, effects) })
      }
    }
    return {
      ...this.inputs.describe(options, { model, windows: test.windows, words: test.words }),
      task: task.title,
      site: options.site,
      layer: options.layer,
      at,
      neurons: columns,
      edit: edits[edit].title,
      trainWords: labels.rows.length,
      order: [...order],
      mass: [...mass],
      probe: {
        accuracy: inProbe.plain,
        nonZero: probe.nonZero,
        weights: probe.weight.length,
        converged: probe.converged
      },
      classes: task.classes
        .map((label, k) => ({ label, ...classNeurons(standardised, k, listed) }))
        .filter(({ top }) => top.length),
      counts: plan.counts,
      inProbe,
      inModel,
      seconds: (performance.now() - started) / 1000
    }
  }

  /** What the labels of a split are read from. */
  private hashOfSplit(datasetId: string, split: string): string {
    return this.datasets.info(datasetId).splits.find(({ name }) => name === split)?.fileHash ?? ''
  }

  private async inProbe(
    title: string,
    { layer, seed }: NeuronOptions,
    words: ClusteredWords,
    plan: RemovalPlan,
    instead: Float32Array | null,
    job: JobHandle
  ): Promise<NeuronCurves> {
    const plain = probeWithout(words, [], instead)
    const sums = new Float64Array(plan.removals.length * words.sentences)
    for (const [i, removal] of plan.removals.entries()) {
      await job.yield()
      sums.set(probeWithout(words, neuronsOf(plan, removal), instead).sum, i * words.sentences)
    }
    const { plain: value, effects } = effectsOf(sums, plain, seed, words.clusterOf)
    return {
      id: 'probe',
      title: `${title}, ranking probe of layer ${layer}`,
      unit: 'share',
      better: 'higher',
      plain: value,
      ...curvesOf(plan, value, effects)
    }
  }

  /** Rows of a text that have a class, and the class of each. */
  private goldOf(
    datasetId: string,
    split: string,
    classes: Int32Array,
    { sentences, positions }: WordValues
  ): { rows: Int32Array; classes: Int32Array } {
    const starts = sentenceStarts(this.datasets.text(datasetId, split).sentences)
    const ids = Int32Array.from(sentences, (sentence, i) => classes[starts[sentence]! + positions[i]!]!)
    const rows = Int32Array.from(ids.keys()).filter((row) => ids[row]! >= 0)
    if (!rows.length) throw new UserError(`No word of ${split} has a label of this task; train on another part.`)
    return { rows, classes: rows.map((row) => ids[row]!) }
  }
}

/** @throws UserError for a layer the model does not have neurons at */
function placeOf({ site, layer }: Pick<NeuronOptions, 'site' | 'layer'>, layers: number): HookName {
  if (layer > layers || (site === 'mlp' && layer === 0))
    throw new UserError(
      `There is no ${site === 'mlp' ? 'MLP' : 'hidden state'} of layer ${layer}; ` +
        `this model has layers ${site === 'mlp' ? 1 : 0} to ${layers}.`
    )
  if (site === 'mlp') return `blocks.${layer - 1}.mlp.post`
  return layer === 0 ? 'embed' : `blocks.${layer - 1}.resid_post`
}

/** An elastic-net probe by the NeuroX recipe, and the deviation of each feature. */
async function fit(
  { values }: WordValues,
  at: HookName,
  width: number,
  { rows, classes: ids }: { rows: Int32Array; classes: Int32Array },
  classes: number,
  job: JobHandle
): Promise<SparseProbe & { scale: Float64Array }> {
  const { inverseRegularisation, l1Ratio } = defaultMethod('linear')
  const data = { values: values.get(at)!, width, rows }
  const { scale } = await measureFeatures(data, job)
  const [probe] = await fitSparse(
    data,
    [ids],
    classes,
    { ...sparseDefaults, inverseRegularisation, l1Ratio },
    job,
    (share) => job.progress(share, 1, 'Training the probe')
  )
  return { ...probe!, scale }
}

/** [width + 1, classes], the intercepts as last row. */
function stacked(probe: SparseProbe, classes: number, width: number): Float32Array {
  const { weight, bias } = denseLayer(probe, classes, width)
  const both = new Float32Array(weight.length + classes)
  both.set(weight)
  both.set(bias, weight.length)
  return both
}

function lossOf(model: LoadedModel, seed: number) {
  const { measure, disguise } = headLoss(model, seed)
  return { measures: [{ key: JSON.stringify(['loss', seed]), measure }], disguise }
}
