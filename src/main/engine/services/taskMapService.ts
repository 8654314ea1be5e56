import { join } from 'node:path'
import type { TaskMapOptions } from '@shared/contract'
import type { JobHandle } from '@shared/jobs'
import type { TaskMap } from '@shared/taskMap'
import { UserError } from '@shared/userError'
import { edits } from '../ablations/edits'
import { headLoss } from '../ablations/headLoss'
import { evaluateKept, type KeptScores, type KeyedMeasure } from '../ablations/keptEvaluation'
import { movement } from '../ablations/measures/movement'
import { probeAccuracy } from '../ablations/measures/probeAccuracy'
import { mapColumn, mapTests, mapUnits, mapVariants } from '../ablations/taskMap'
import { unitIntervention } from '../ablations/variants'
import type { DatasetStore } from '../datasets/datasetStore'
import type { LoadedModel } from '../models/model'
import { needTransformer } from '../models/transformer/transformerModel'
import { cacheDir } from '../paths'
import type { AblationInputs } from './ablationInputs'
import type { ModelService } from './modelService'
import { partOfJob } from '../jobs/partOfJob'
import type { LentProbes } from './lentProbes'

/** Share of the work that measuring means takes, where an edit needs them. */
const measuringShare = 0.05

/** Scans of all parts of a model that are long enough to be kept on disk as they go. */
export class TaskMapService {
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly probes: LentProbes,
    private readonly inputs: AblationInputs,
    private readonly folder = join(cacheDir(), 'ablation-scores')
  ) {}

  /** Every head, attention, MLP and block by every task: the probes of all tasks are applied in the same pass. */
  map(options: TaskMapOptions, job: JobHandle): Promise<TaskMap> {
    return this.models.use(options.modelId, (model) => this.mapOpen(model, options, job))
  }

  private async mapOpen(model: LoadedModel, options: TaskMapOptions, job: JobHandle): Promise<TaskMap> {
    const started = performance.now()
    const { edit, randomDraws, seed, datasetId, split } = options
    if (edit.kind === 'skip')
      throw new UserError('Only a block can be left out; choose what takes the place of a head.')
    const taskMeasures = this.measuresOf(model, options)
    if (!taskMeasures.length && !options.loss)
      throw new UserError(
        'There is no task to measure by: choose probing runs, or the loss of the language-model head.'
      )
    const { windows, words } = await this.inputs.windows(model, options)
    const units = mapUnits(needTransformer(model).config)
    const resources = await this.inputs.resources(
      model,
      units.map((unit) => unitIntervention(unit.kind, unit, edit, needTransformer(model).config)),
      { datasetId, split },
      partOfJob(job, 0, measuringShare)
    )
    const variants = mapVariants(units, { edit, randomDraws, seed }, needTransformer(model).config, resources)
    const variantKey = JSON.stringify([
      'map',
      edit,
      randomDraws,
      seed,
      edits[edit.kind].needs === 'corpus' ? this.hashOfSplit(datasetId, split) : ''
    ])
    const groups = [
      { measures: taskMeasures, disguise: undefined },
      ...(options.loss ? [this.lossOf(model, seed)] : [])
    ].filter(({ measures }) => measures.length)
    const scores: KeptScores[] = []
    let found = 0
    for (const [g, { measures, disguise }] of groups.entries()) {
      const part = partOfJob(
        job,
        measuringShare + ((1 - measuringShare) * g) / groups.length,
        measuringShare + ((1 - measuringShare) * (g + 1)) / groups.length
      )
      const kept = await evaluateKept(
        model,
        { windows, variants, variantKey, measures, disguise, folder: this.folder, fresh: options.fresh },
        part
      )
      scores.push(...kept.scores)
      found += (kept.found * measures.length) / (taskMeasures.length + Number(options.loss))
    }
    const layout = { units, draws: randomDraws, seed, clusterOf: this.inputs.clusters(options, windows).of }
    const corrected = await mapTests(scores, layout, job)
    const columns: TaskMap['columns'] = []
    for (const [c, scored] of scores.entries()) {
      await job.yield()
      columns.push({ ...mapColumn(scored, layout), corrected: corrected[c]! })
    }
    return {
      ...this.inputs.describe(options, { model, windows, words }),
      layers: model.shape.layers,
      heads: model.shape.heads,
      edit: edits[edit.kind].title,
      units,
      columns,
      found,
      seconds: (performance.now() - started) / 1000
    }
  }

  /** Measures of the unchanged text. */
  private measuresOf(
    model: LoadedModel,
    { runs, movement: moved, modelId, datasetId, split }: TaskMapOptions
  ): KeyedMeasure[] {
    const { layers } = model.shape
    const hash = this.hashOfSplit(datasetId, split)
    const taskMeasures = runs.map(({ runId, layer }): KeyedMeasure => {
      const kept = this.probes.kept(runId, layer ?? layers, { modelId, datasetId, split })
      // By content: the same probe trained again has another id, but the same scores.
      const probe = this.probes.keyOf(runId)
      return {
        key: JSON.stringify(['probe', probe, kept.layer, hash]),
        measure: {
          ...probeAccuracy(kept),
          id: `${probe.slice(0, 16)}:${kept.layer}`,
          title: `${kept.task}, layer ${kept.layer}`
        }
      }
    })
    return moved ? [...taskMeasures, { key: 'movement', measure: movement(layers) }] : taskMeasures
  }

  private lossOf(model: LoadedModel, seed: number) {
    const { measure, disguise } = headLoss(model, seed)
    return { measures: [{ key: JSON.stringify(['loss', seed]), measure }], disguise }
  }

  private hashOfSplit(datasetId: string, split: string): string {
    return this.datasets.info(datasetId).splits.find(({ name }) => name === split)?.fileHash ?? ''
  }
}
