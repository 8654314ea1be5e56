import type { ProbeResult } from '@shared/probe'
import { defaultMethod, type ProbeMethodOptions } from '@shared/probeMethods'
import type { ProbeSettings } from './setupOptions'

/** The settings a kept run was made with. */
export function settingsOf(result: ProbeResult): ProbeSettings {
  const { maxTrainWords, maxTestWords, probe, codelength, restarts, seeds, seed, tuning } = result.options
  return {
    trainSplit: result.dataset.trainSplit, testSplit: result.dataset.testSplit, pool: result.pool, maxTrainWords, maxTestWords, probe: tuning ? asAsked(probe) : probe, codelength, restarts, ...(seeds === undefined ? {} : { seeds }), ...(tuning ? { tune: tuning.tried.map(({ value }) => value) } : {}), seed,
    control: result.layers.some((layer) => layer.control !== undefined)
  }
}

/** A tuned probe without the value it was given, which is no setting. */
function asAsked(probe: ProbeMethodOptions): ProbeMethodOptions {
  return probe.kind === 'linear' ? { ...probe, inverseRegularisation: defaultMethod('linear').inverseRegularisation } : probe
}
