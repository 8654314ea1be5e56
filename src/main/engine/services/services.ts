import type { SetLibrary } from '../ablations/setLibrary'
import type { DatasetStore } from '../datasets/datasetStore'
import type { ResultLibrary } from '../results/resultLibrary'
import type { AdaptedService } from './adaptedService'
import type { AblationEffectService } from './ablationEffectService'
import type { AblationService } from './ablationService'
import type { ActivationService } from './activationService'
import type { AlignmentService } from './alignmentService'
import type { AttentionService } from './attentionService'
import type { AttributionService } from './attributionService'
import type { CompareService } from './compareService'
import type { ContextService } from './contextService'
import type { CurveService } from './curveService'
import type { DeviceService } from './deviceService'
import type { EraserService } from './eraserService'
import type { ExpertService } from './expertService'
import type { FinetuneService } from './finetuneService'
import type { GeometryService } from './geometryService'
import type { HubService } from './hubService'
import type { LentProbes } from './lentProbes'
import type { JobService } from '../jobs/jobService'
import type { MinimalPairService } from './minimalPairService'
import type { ModelService } from './modelService'
import type { NeuronService } from './neuronService'
import type { PretrainService } from './pretrainService'
import type { ProbePredictor } from './probePredictor'
import type { ProbeResults } from './probeResults'
import type { ProbeService } from './probeService'
import type { ProjectionService } from './projectionService'
import type { RegressionService } from './regressionService'
import type { RunFolderService } from './runFolderService'
import type { SentenceAblationService } from './sentenceAblationService'
import type { SentenceService } from './sentenceService'
import type { TunedLensService } from './tunedLensService'
import type { TaskMapService } from './taskMapService'

/** Services available to runs: everything the engine offers but the running itself. */
export interface RunServices {
  jobs: JobService
  /** Everything that was computed and is kept. */
  results: ResultLibrary
  device: DeviceService
  models: ModelService
  hub: HubService
  datasets: DatasetStore
  sentences: SentenceService
  attentions: AttentionService
  activations: ActivationService
  probes: ProbeService
  probeResults: ProbeResults
  lentProbes: LentProbes
  probePredictor: ProbePredictor
  curves: CurveService
  regressions: RegressionService
  /** Runs on many machines. */
  runFolders: RunFolderService
  minimalPairs: MinimalPairService
  projections: ProjectionService
  geometries: GeometryService
  contexts: ContextService
  compare: CompareService
  adapted: AdaptedService
  alignments: AlignmentService
  ablations: AblationService
  sentenceAblations: SentenceAblationService
  attributions: AttributionService
  tunedLenses: TunedLensService
  ablationEffects: AblationEffectService
  erasers: EraserService
  sets: SetLibrary
  taskMaps: TaskMapService
  neurons: NeuronService
  experts: ExpertService
  finetunes: FinetuneService
  pretraining: PretrainService
}
