import type { EraserOptions } from '@shared/contract'
import type { Intervention, InterventionSet } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { compileInterventions } from '../ablations/compile'
import { erasersRead, fitEraser } from '../ablations/eraser'
import type { DatasetStore } from '../datasets/datasetStore'
import type { AblationInputs } from './ablationInputs'
import { changeName, type ChangedVectors } from './changedVectors'
import type { ModelService } from './modelService'
import { partOfJob } from '../jobs/partOfJob'
import { needTransformer } from '../models/transformer/transformerModel'

/** Erases what a probe finds: fits the edits that remove a task's labels from chosen layers. */
export class EraserService {
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly inputs: AblationInputs,
    private readonly vectors: ChangedVectors
  ) {}

  /**
   * From the lowest layer up, each fitted to what the model holds with those below, and whatever else is given, in
   * place (concept scrubbing: Belrose et al. 2023, section 5).
   * @returns what was fitted, without what was in place
   * @throws UserError for a layer the model does not have, and for a task whose items are pairs
   */
  fit(
    { task: id, method, rounds, layers, interventions: inPlace, ...options }: EraserOptions,
    job: JobHandle
  ): Promise<InterventionSet> {
    return this.models.use(options.modelId, async (model) => {
      const above = layers.find((layer) => layer > model.shape.layers)
      if (above !== undefined)
        throw new UserError(`There is no layer ${above}; ${model.info.name} has the layers 0 to ${model.shape.layers}.`)
      const ascending = [...new Set(layers)].sort((a, b) => a - b)
      const parts = { ...options, testSplit: options.trainSplit, maxTestWords: options.maxTrainWords }
      const corpus = { datasetId: options.datasetId, split: options.trainSplit }
      const interventions: Intervention[] = []
      let title = id
      for (const [i, layer] of ascending.entries()) {
        const part = (from: number, to: number): JobHandle =>
          partOfJob(job, (i + from) / ascending.length, (i + to) / ascending.length)
        const before = [...inPlace, ...interventions]
        const hooks = compileInterventions(
          before,
          needTransformer(model).config,
          await this.inputs.resources(model, before, corpus, part(0, 0))
        )
        const change = before.length ? { name: changeName(before, corpus), hooks } : undefined
        const { task, train, width } = await this.vectors.ofTask(parts, id, part(0, 0.7), change)
        // An edit acts on tokens: it removes from a mean of them what it removes from each, but not from a product of
        // two.
        if (task.unit === 'pair')
          throw new UserError(
            `'${task.title}' labels pairs of words; ` +
              'a label of words, of spans of words or of whole sentences can be erased.'
          )
        title = task.title
        // Every other sentence: probes that are trained again need words that the eraser has not seen.
        const rows = Int32Array.from(train.classes.keys()).filter(
          (row) => train.classes[row]! >= 0 && erasersRead(train.sentences[row]!)
        )
        const known = [...new Set(rows.map((row) => train.classes[row]!))]
        const local = new Map(known.map((one, index) => [one, index]))
        const about = {
          model: { id: model.info.id, name: model.info.name },
          data: this.datasets.info(options.datasetId).name,
          split: options.trainSplit,
          task: task.title,
          layer,
          items: rows.length,
          sentences: 'even' as const
        }
        const data = { values: train.vectors(layer), width, rows }
        interventions.push(
          await fitEraser(
            data,
            rows.map((row) => local.get(train.classes[row]!)!),
            known.length,
            { kind: method, rounds },
            about,
            part(0.7, 1)
          )
        )
        if (change) this.vectors.forget(parts, id, change)
      }
      const where = ascending.length === 1 ? `layer ${ascending[0]}` : `layers ${ascending.join(', ')}`
      const how = method === 'leace' ? 'LEACE' : `INLP, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`
      return {
        name: `${title} erased at ${where} (${how})`.slice(0, 200),
        interventions
      }
    })
  }
}
