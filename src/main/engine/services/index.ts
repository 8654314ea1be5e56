import { dirname, join } from 'node:path'
import type { JobStatus } from '@shared/jobs'
import { returnMemory } from '../backends/nativeProcessor'
import { SetLibrary } from '../ablations/setLibrary'
import { DatasetStore } from '../datasets/datasetStore'
import { ResultLibrary } from '../results/resultLibrary'
import { KnownRuns } from '../runs/knownRuns'
import { cacheDir } from '../paths'
import { SentenceEncoder } from '../tokenizers/sentenceEncoder'
import { AblationEffectService } from './ablationEffectService'
import { AblationInputs } from './ablationInputs'
import { AblationService } from './ablationService'
import { ActivationService } from './activationService'
import { AdaptedService } from './adaptedService'
import { AlignmentService } from './alignmentService'
import { AttentionService } from './attentionService'
import { AttributionService } from './attributionService'
import { ChangedVectors } from './changedVectors'
import { CostService } from './costService'
import { CompareService } from './compareService'
import { ContextService } from './contextService'
import { CurveService } from './curveService'
import { DeviceService } from './deviceService'
import { EraserService } from './eraserService'
import { ExpertService } from './expertService'
import { FinetuneService } from './finetuneService'
import { GeometryService } from './geometryService'
import { resolveData } from '../hub/resolveData'
import { HubService } from './hubService'
import { JobFolder } from '../jobs/jobFolder'
import { MeasuredPaces } from '../jobs/measuredPaces'
import { LentProbes } from './lentProbes'
import { JobService } from '../jobs/jobService'
import { MinimalPairService } from './minimalPairService'
import { ModelService } from './modelService'
import { NeuronService } from './neuronService'
import { PretrainService } from './pretrainService'
import { ProbeLibrary } from './probeLibrary'
import { ProbeParts } from './probeParts'
import { ProbePredictor } from './probePredictor'
import { ProbeResults } from './probeResults'
import { ProbeService } from './probeService'
import { ProjectionService } from './projectionService'
import { RegressionService } from './regressionService'
import { RunFolderService } from './runFolderService'
import { SentenceAblationService } from './sentenceAblationService'
import { RunService } from './runService'
import { SentenceService } from './sentenceService'
import type { RunServices } from './services'
import { TunedLensService } from './tunedLensService'
import { TaskMapService } from './taskMapService'
import { TaskTexts } from '../tasks/taskTexts'

export interface Services extends RunServices {
  /** Runs requests of every kind of result, and keeps the results. */
  runs: RunService
  /** What requests take before they are run. */
  costs: CostService
}

/**
 * Everything the engine offers, wired by plain constructor calls: for the engine process, the command line and tests
 * alike.
 * @param report hears of every job
 * @param resultsFolder where finished results are kept; sets of interventions are stored beside it
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
  results.prepare()
  const models = new ModelService()
  const datasets = new DatasetStore(undefined, resolveData)
  const encoder = new SentenceEncoder(({ datasetId, split, index }) => datasets.sentence(datasetId, split, index))
  const sentences = new SentenceService(models, encoder)
  const texts = new TaskTexts(datasets)
  const paces = new MeasuredPaces()
  const activations = new ActivationService(
    models,
    (datasetId, split) => texts.find(datasetId, split) ?? datasets.text(datasetId, split),
    paces
  )
  const library = new ProbeLibrary(results)
  const probes = new ProbeService(
    models,
    datasets,
    activations,
    new ProbeParts(datasets, activations, texts),
    library,
    paces
  )
  const probeResults = new ProbeResults(library, datasets, texts)
  const lentProbes = new LentProbes(library, datasets)
  const inputs = new AblationInputs(datasets, encoder)
  const changed = new ChangedVectors(datasets, activations, texts)
  const tunedLenses = new TunedLensService(models, results, inputs)
  const trainingFolders = { states: join(cacheDir(), 'training'), models: join(dirname(resultsFolder), 'models') }
  const services: RunServices = {
    jobs,
    results,
    device: new DeviceService(),
    models,
    hub: new HubService(downloadThread),
    datasets,
    sentences,
    attentions: new AttentionService(models, inputs),
    activations,
    probes,
    probeResults,
    lentProbes,
    probePredictor: new ProbePredictor(library, sentences),
    curves: new CurveService(models, datasets, probes, join(cacheDir(), 'curves')),
    regressions: new RegressionService(models, datasets, activations, texts, results),
    runFolders: new RunFolderService(new KnownRuns(join(dirname(resultsFolder), 'runs')), resultsFolder),
    minimalPairs: new MinimalPairService(models, results),
    projections: new ProjectionService(activations, datasets, sentences, results),
    contexts: new ContextService(activations, datasets, sentences, models),
    geometries: new GeometryService(models, datasets, activations),
    compare: new CompareService(models, datasets, activations, probeResults),
    adapted: new AdaptedService(models, datasets, inputs),
    alignments: new AlignmentService(models, datasets, activations),
    ablations: new AblationService(models, datasets, lentProbes, inputs),
    sentenceAblations: new SentenceAblationService(models, datasets, lentProbes, inputs, tunedLenses),
    tunedLenses,
    attributions: new AttributionService(models, lentProbes, inputs),
    ablationEffects: new AblationEffectService(models, datasets, inputs, changed),
    erasers: new EraserService(models, datasets, inputs, changed),
    sets: new SetLibrary(join(dirname(resultsFolder), 'interventions')),
    taskMaps: new TaskMapService(models, datasets, lentProbes, inputs),
    neurons: new NeuronService(models, datasets, inputs),
    experts: new ExpertService(models, datasets, inputs),
    finetunes: new FinetuneService(models, datasets, texts, paces, trainingFolders),
    pretraining: new PretrainService(models, datasets, paces, trainingFolders)
  }
  const runs = new RunService(services)
  return { ...services, runs, costs: new CostService(services, runs, paces) }
}
