import type { ProbeResult } from '@shared/probe'
import type { ProbeSummary } from '@shared/probeSummary'
import { setUpOf } from '@shared/probeSetUp'
import type { TensorToWrite } from '../checkpoints/writeSafetensors'
import { bestLayer } from '../results/kinds/probe'
import type { ResultLibrary } from '../results/resultLibrary'
import type { StoredTensor } from '../results/storedTensors'
import { weightsName } from '../probes/keptNetworks'

/** What a run leaves besides its result; shapes in probeRunner.ts. */
export type ProbeTensors = Record<string, TensorToWrite>

/** The probing runs of the library, with what they left. */
export class ProbeLibrary {
  private readonly summaries = new Map<string, Omit<ProbeSummary, 'name'>>()

  constructor(private readonly library: ResultLibrary) {}

  /** Newest first. */
  list(): ProbeSummary[] {
    return this.library.list().flatMap(({ id, kind, name }) => {
      if (kind !== 'probe') return []
      const summarised = this.summaries.get(id) ?? summary(this.result(id))
      this.summaries.set(id, summarised)
      return [{ ...summarised, name }]
    })
  }

  keyOf(id: string): string {
    return this.library.keyOf(id)
  }

  result(id: string): ProbeResult {
    return this.library.read('probe', id)
  }

  /** The layers of the run's networks, the first one first; none where its probes are not networks. */
  network(id: string): StoredTensor[] {
    const kept = new Set(this.library.tensorNames(id))
    const names: string[] = []
    while (kept.has(weightsName(names.length))) names.push(weightsName(names.length))
    return this.library.tensors(id, names)
  }

  tensor(id: string, name: string): StoredTensor {
    return this.library.tensor(id, name)
  }

  /** The same, or null where the run has none of the name: runs of earlier versions kept less. */
  tensorIfKept(id: string, name: string): StoredTensor | null {
    return this.library.tensorNames(id).includes(name) ? this.library.tensor(id, name) : null
  }
}

function summary(result: ProbeResult): Omit<ProbeSummary, 'name'> {
  const best = bestLayer(result)
  return {
    id: result.id,
    createdAt: result.createdAt,
    modelId: result.model.id,
    modelName: result.model.name,
    datasetId: result.dataset.id,
    datasetName: result.dataset.name,
    task: { id: result.task.id, title: result.task.title },
    setUp: setUpOf(result),
    best: { layer: best.layer, accuracy: best.accuracy },
    seconds: result.seconds.total,
    backend: result.backend
  }
}
