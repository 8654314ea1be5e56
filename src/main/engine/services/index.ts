import { dirname, join } from 'node:path'
import type { JobStatus } from '@shared/jobs'
import { returnMemory } from '../backends/nativeProcessor'
import { SetLibrary } from '../ablations/setLibrary'
import { DatasetStore } from '../datasets/datasetStore'
import { ResultLibrary } from '../results/resultLibrary'
import { cacheDir } from '../paths'
import { SentenceEncoder } from '../tokenizers/sentenceEncoder'
import { AblationEffectService } from './ablationEffectService'
import { AblationService } from './ablationService'
import { ActivationService } from './activationService'
import { ChangedVectors } from './changedVectors'
import { CompareService } from './compareService'
import { CurveService } from './curveService'
import { DeviceService } from './deviceService'
import { EraserService } from './eraserService'
import { HubService } from './hubService'
import { JobFolder } from '../jobs/jobFolder'
import { JobService } from '../jobs/jobService'
import { MinimalPairService } from './minimalPairService'
import { ModelService } from './modelService'
import { NeuronService } from './neuronService'
import { ProbeService } from './probeService'
import { ProjectionService } from './projectionService'
import { RegressionService } from './regressionService'
import { SentenceService } from './sentenceService'
import { TaskMapService } from './taskMapService'
import { TaskTexts } from './taskTexts'

export interface Services {
  jobs: JobService
  /** Everything that was computed and is kept. */
  results: ResultLibrary
  device: DeviceService
  models: ModelService
  hub: HubService
  datasets: DatasetStore
  sentences: SentenceService
  activations: ActivationService
  probes: ProbeService
  curves: CurveService
  regressions: RegressionService
  minimalPairs: MinimalPairService
  projections: ProjectionService
  compare: CompareService
  ablations: AblationService
  ablationEffects: AblationEffectService
  erasers: EraserService
  sets: SetLibrary
  taskMaps: TaskMapService
  neurons: NeuronService
}

/**
 * Everything the engine offers, wired by plain constructor calls: for the engine process, the command line and tests
 * alike.
 * @param report hears of every job
 * @param resultsFolder where finished results are kept; sets of interventions lie beside it
 * @param downloadThread built entry of the thread that downloads models; without it they are downloaded in this one
 * @param jobsFolder where the queue is kept; without it the queue ends with the process
 */
export function createServices(
  report: (status: JobStatus) => void,
  resultsFolder: string,
  downloadThread?: string,
  jobsFolder?: string
): Services {
  const jobs = new JobService(report, returnMemory, jobsFolder === undefined ? null : new JobFolder(jobsFolder))
  const results = new ResultLibrary(resultsFolder)
  const models = new ModelService()
  const datasets = new DatasetStore()
  const encoder = new SentenceEncoder(({ datasetId, split, index }) => datasets.sentence(datasetId, split, index))
  const sentences = new SentenceService(models, encoder)
  const texts = new TaskTexts(datasets)
  const activations = new ActivationService(
    models,
    (datasetId, split) => texts.find(datasetId, split) ?? datasets.text(datasetId, split)
  )
  const probes = new ProbeService(models, datasets, activations, sentences, texts, results)
  const ablations = new AblationService(models, datasets, probes, encoder)
  const changed = new ChangedVectors(datasets, activations, texts)
  return {
    jobs,
    results,
    device: new DeviceService(),
    models,
    hub: new HubService(downloadThread),
    datasets,
    sentences,
    activations,
    probes,
    curves: new CurveService(models, datasets, probes, results, join(cacheDir(), 'curves')),
    regressions: new RegressionService(models, datasets, activations, texts, results),
    minimalPairs: new MinimalPairService(models, results),
    projections: new ProjectionService(activations, (datasetId, split) => datasets.words(datasetId, split)),
    compare: new CompareService(models, datasets, activations, probes),
    ablations,
    ablationEffects: new AblationEffectService(models, datasets, ablations, changed),
    erasers: new EraserService(models, datasets, ablations, changed),
    sets: new SetLibrary(join(dirname(resultsFolder), 'interventions')),
    taskMaps: new TaskMapService(models, datasets, probes, ablations),
    neurons: new NeuronService(models, datasets, ablations)
  }
}
