import { askedProbe, type ProbeResult } from '@shared/probe'
import type { ProbeSettings } from './setupOptions'

/** The settings a kept run was made with. */
export function settingsOf(result: ProbeResult): ProbeSettings {
  const { maxTrainWords, maxTestWords, codelength, restarts, seeds, seed } = result.options
  return {
    trainSplit: result.dataset.trainSplit,
    testSplit: result.dataset.testSplit,
    pool: result.pool,
    maxTrainWords,
    maxTestWords,
    ...askedProbe(result.options),
    codelength,
    restarts,
    ...(seeds === undefined ? {} : { seeds }),
    seed,
    control: result.layers.some((layer) => layer.control !== undefined)
  }
}
