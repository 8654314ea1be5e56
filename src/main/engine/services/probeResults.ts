import type { SuspectLabel } from '@shared/dataCheck'
import type { ProbeErrorRow } from '@shared/probe'
import type { ProbeSummary } from '@shared/probeSummary'
import { learnsTrees } from '@shared/probeMethods'
import { tensorData, type TensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import { layerIndex, sameSettings, type TestedRun } from '../compare/probeTests'
import { clustersOf } from '../datasets/clusters'
import type { DatasetStore } from '../datasets/datasetStore'
import { suspectLabels } from '../probes/scores/suspectLabels'
import { findErrors, placeOf, testedSplit } from '../tasks/probeErrors'
import { findTask } from '../tasks/tasks'
import type { TaskTexts } from '../tasks/taskTexts'
import type { ProbeLibrary } from './probeLibrary'

/** Reads kept probing runs: their confusions, their errors, and what their probes predicted of the test items. */
export class ProbeResults {
  constructor(
    private readonly library: ProbeLibrary,
    private readonly datasets: DatasetStore,
    private readonly texts: TaskTexts
  ) {}

  list(): ProbeSummary[] {
    return this.library.list()
  }

  /** [classes, classes], rows gold, columns predicted. */
  confusion(runId: string, layer: number): TensorData<Int32Array> {
    const result = this.library.result(runId)
    const { data } = this.library.tensor(runId, 'confusion')
    const cells = result.classes.length ** 2
    const at = layerIndex(result, layer) * cells
    return tensorData([result.classes.length, result.classes.length], Int32Array.from(data.subarray(at, at + cells)))
  }

  /** Test items whose label is doubtful because several layers confidently predict another. */
  suspects(runId: string): SuspectLabel[] {
    const result = this.library.result(runId)
    if (learnsTrees(result.options.probe)) return []
    return suspectLabels(
      result,
      (name) => this.library.tensor(runId, name).data,
      placeOf(result, this.datasets, this.texts)
    )
  }

  errors(request: {
    runId: string
    layer: number
    gold: string | null
    predicted: string | null
    offset: number
    limit: number
  }): { total: number; rows: ProbeErrorRow[] } {
    const result = this.library.result(request.runId)
    return findErrors(
      result,
      layerIndex(result, request.layer),
      (name) => this.library.tensor(request.runId, name).data,
      this.datasets,
      this.texts,
      request
    )
  }

  /**
   * What every layer's probe of a kept run answered on the test items, and the sentence of each.
   * @throws UserError for a structural probe, which predicts no labels
   */
  tested(runId: string): TestedRun {
    const result = this.library.result(runId)
    if (learnsTrees(result.options.probe))
      throw new UserError(
        'A structural probe predicts trees, not labels: its layers are compared by their intervals, not by ' +
          'paired tests.'
      )
    const gold = this.library.tensor(runId, 'gold').data
    const [joint, baseline] = ['conditionalRight', 'baselineRight'].map((name) =>
      this.library.tensorIfKept(runId, name)
    )
    const { id } = result.dataset
    const testSplit = testedSplit(result)
    const { sentence } = this.datasets.words(id, testSplit)
    const sentences = findTask(this.datasets.get(id), result.task.id)
      .items(testSplit, result.options.seed)
      .first.map((word) => sentence[word]!)
    return {
      result,
      gold,
      clusters: clustersOf(this.datasets.get(id), testSplit, sentences.slice(0, gold.length)),
      predictions: this.library.tensor(runId, 'predictions').data,
      memoriser: this.library.tensorIfKept(runId, 'memoriser')?.data ?? null,
      conditional: joint && baseline ? { joint: joint.data, baseline: baseline.data } : null
    }
  }

  /** The newest kept run of the untrained twin of a run's model with the same settings; null where there is none. */
  twinOf(runId: string): string | null {
    const result = this.library.result(runId)
    const { dataset, task } = result
    const candidates = this.library
      .list()
      .filter((run) => run.modelId === result.model.twin && run.datasetId === dataset.id && run.task.id === task.id)
    return candidates.find((run) => sameSettings(this.library.result(run.id), result))?.id ?? null
  }
}
