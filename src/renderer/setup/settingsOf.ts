import { askedProbe, type ProbeResult } from '@shared/probe'
import type { ProbeSettings } from './setupOptions'

/** The settings a kept run was made with. */
export function settingsOf(result: ProbeResult): ProbeSettings {
  const { maxTrainWords, maxTestWords, draw, span, codelength, restarts, seeds, seed, folds } = result.options
  return {
    trainSplit: result.dataset.trainSplit,
    testSplit: result.dataset.testSplit,
    pool: result.pool,
    maxTrainWords,
    maxTestWords,
    ...(draw === undefined ? {} : { draw }),
    ...(span === undefined ? {} : { span }),
    ...askedProbe(result.options),
    ...(folds && { folds: folds.folds.length }),
    ...(folds?.inner && { innerFolds: folds.inner }),
    codelength,
    restarts,
    ...(seeds === undefined ? {} : { seeds }),
    seed,
    // Where types do not recur a control task was asked for, perhaps, and left out.
    control: result.types?.recur === false || result.layers.some((layer) => layer.control !== undefined),
    ...(result.layers.some((layer) => layer.conditional) ? { conditional: true } : {})
  }
}
