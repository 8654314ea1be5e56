import type { BackendName } from '@shared/backend'
import { variationalHidden, type CodelengthChoice } from '@shared/codelength'
import { learnsTrees, type ProbeMethodOptions } from '@shared/probeMethods'
import { canTune, settingsToTry, type TuneRequest } from '@shared/tuning'
import { canCondition, mostConditionalItems } from './conditional'
import type { TrainingSize } from './methods/cost'
import type { MethodFacts } from './methods/method'
import { methodFacts } from './methods/methods'
import { variationalSeconds } from './scores/variationalCode'
import { heldOutShare, usualInnerFolds } from './tuning'

interface SolveSize extends Omit<TrainingSize, 'flops'> {
  layers: number
  conditional: boolean
  codelength: CodelengthChoice
  restarts: number
  /** What is chosen from before. */
  tune?: TuneRequest | undefined
  /** Of a cross-validation, and the inner ones that options are chosen on. */
  folds?: number | undefined
  innerFolds?: number | undefined
  probe: ProbeMethodOptions
  backend: BackendName
}

/**
 * Multiplications and additions a second that the solver reaches, measured on UD EWT dev (docs/probing.md): on two
 * cores; more cores only make a prediction too long.
 */
const flopsPerSecond: Record<BackendName, number> = {
  'tensorflow-gpu': 1e12,
  webgpu: 2e11,
  tensorflow: 1.5e11,
  wasm: 6e9,
  cpu: 3e8
}

/**
 * Of a run, what choosing its options takes before it: a probe a setting and fold, without the control task.
 * @param folds those that a setting is scored in; undefined where a tenth of the items is held out
 */
export function tuningShare({
  settings,
  folds,
  control
}: {
  settings: number
  folds: number | undefined
  control: boolean
}): number {
  const before = settings * (folds === undefined ? 1 - heldOutShare : folds - 1)
  return before / (before + (control ? 2 : 1))
}

/** Time and memory of training and testing the probes, from the sizes alone. */
export function estimateSolve(size: SolveSize): { seconds: number; memoryBytes: number } {
  const { trainWords, testWords, width, layers, classes, control, seeds, probe, backend } = size
  const method: MethodFacts = methodFacts[probe.kind]
  const flops = flopsPerSecond[backend]
  const columns = classes * (control ? 1 + (method.drawn ? 1 : seeds) : 1)
  const readsAll = method.reads === 'upTo'
  const ranks = 'ranks' in probe ? probe.ranks.length : 1
  // An online codelength trains on 1/2, 1/4, ... of the items once more.
  const repeats = learnsTrees(probe)
    ? seeds
    : size.restarts + (size.codelength === true ? 1 : 0) + (method.drawn ? seeds - 1 : 0)
  const hidden = size.codelength === 'variational' ? variationalHidden(probe) : null
  const variational = hidden ? variationalSeconds({ ...size, flops }, hidden) : 0
  const training = method.seconds({ ...size, flops }, probe) * ranks * repeats + variational
  // A conditional probe reads two layers; it has no control task.
  const conditional = size.conditional && canCondition(method)
  const joint = conditional ? method.seconds({ ...size, width: 2 * width, control: false, flops }, probe) : 0
  const testing = (2 * testWords * width * columns) / flops
  // One layer's training and test words, the training words standardised once more, and three arrays of logits.
  const plain = width * (2 * trainWords + testWords) * (readsAll ? layers : 1) + 3 * trainWords * columns
  // Beside the layer's words: both layers and the shares of types, of the sampled training words apart, joined and
  // standardised, of the test words apart; and the logits.
  const sampled = Math.min(trainWords, mostConditionalItems)
  const beside = (2 * width + classes) * (3 * sampled + testWords) + 3 * sampled * classes
  const settings = size.tune && canTune(probe.kind, size.tune) ? settingsToTry(probe, size.tune).length : 0
  const tuning = tuningShare({ settings, folds: size.folds && (size.innerFolds ?? usualInnerFolds), control })
  // k folds train on (k - 1) / k of the items each, and the probes that are kept on all of them.
  const runs = size.folds ?? 1
  return {
    seconds: (runs * layers * (readsAll ? (layers + 1) / 2 : 1) * (training + joint + testing)) / (1 - tuning),
    memoryBytes: 4 * Math.max(plain, conditional ? width * (trainWords + testWords) + beside : 0)
  }
}
