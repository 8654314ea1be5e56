import { probeKinds } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import type { KeptProbe } from '../ablations/measures/probeAccuracy'
import { layerIndex } from '../compare/probeTests'
import type { DatasetStore } from '../datasets/datasetStore'
import { sentenceStarts } from '../datasets/sentenceStarts'
import { itemNames } from '../tasks/itemNames'
import type { ProbeLibrary } from './probeLibrary'

/** Lends the linear probes of kept runs to ablations. */
export class LentProbes {
  constructor(
    private readonly library: ProbeLibrary,
    private readonly datasets: DatasetStore
  ) {}

  /** A run's key by content: equal for the same probe, whenever it was trained. */
  keyOf(runId: string): string {
    return this.library.keyOf(runId)
  }

  /**
   * The probe of one layer of a kept run, with the gold labels of a split: what ablations are measured by.
   * @throws UserError where the run was on another model, its probes are not linear, or its task labels no words of
   * this data set
   */
  kept(
    runId: string,
    layer: number,
    { modelId, datasetId, split }: { modelId: string; datasetId: string; split: string }
  ): KeptProbe {
    const result = this.library.result(runId)
    if (result.model.id !== modelId)
      throw new UserError(`This probe was trained on ${result.model.name}; run one on the model that is open.`)
    if (result.task.unit !== 'token')
      throw new UserError(
        `'${result.task.title}' labels ${itemNames[result.task.unit]}; ablations are measured by probes of words.`
      )
    const { kind } = result.options.probe
    if (kind === 'mix' || this.library.network(runId).length !== 1)
      throw new UserError(
        `Ablations are measured by linear probes of one layer; this run is of the kind '${probeKinds[kind].title}'.`
      )
    const index = layerIndex(result, layer)
    const weights = this.library.tensor(runId, 'weights')
    const [, rows, classes] = weights.shape as [number, number, number]
    const { classes: names, ids } = this.datasets.labels(datasetId, split, result.task.id)
    // The data set may number its classes differently from the one the probe was trained on.
    const classOf = names.map((name) => result.classes.indexOf(name))
    const starts = sentenceStarts(this.datasets.text(datasetId, split).sentences)
    return {
      task: result.task.title,
      layer,
      pooling: result.pool,
      weights: weights.data.slice(index * rows * classes, (index + 1) * rows * classes),
      classes,
      width: rows - 1,
      gold: (sentence, word) => classOf[ids[starts[sentence]! + word]!] ?? -1
    }
  }

  /**
   * The linear probes of all layers of a kept run, to be applied again to changed hidden states.
   * @throws UserError where the run was on another model, or its probes are not linear or not of words
   */
  keptLayers(runId: string, modelId: string) {
    const result = this.library.result(runId)
    if (result.model.id !== modelId)
      throw new UserError(`This probe was trained on ${result.model.name}; run one on the model that is open.`)
    const { kind } = result.options.probe
    const network = this.library.network(runId)
    if (result.task.unit !== 'token' || kind === 'mix' || network.length !== 1)
      throw new UserError(
        `'${result.task.title}' was probed by ${probeKinds[kind].title}; ` +
          'only linear probes of words can be applied to a sentence while the model changes.'
      )
    return {
      runId,
      task: result.task,
      pooling: result.pool,
      layers: result.layers.map(({ layer }) => layer),
      classes: result.classes,
      weights: network[0]!
    }
  }
}
