import * as v from 'valibot'
import type { ProbeMethodOptions } from './probeMethods'
import type { SpanPooling } from './task'

/** Which description length (Voita & Titov 2020) is measured: none, by the online code, or by the variational code. */
export const codelengthChoice = v.union([v.boolean(), v.literal('variational')])

export type CodelengthChoice = v.InferOutput<typeof codelengthChoice>

/** Sizes of the hidden layers of the probe that the variational code trains; null where the kind has none. */
export function variationalHidden(probe: ProbeMethodOptions): readonly number[] | null {
  if (probe.kind === 'mlp') return probe.hidden
  return probe.kind === 'linear' ? [] : null
}

/** Why the codelength of such a probe is not measured, as a sentence; null where it is. */
export function codelengthRefusal({
  codelength,
  probe,
  span
}: {
  codelength: CodelengthChoice
  probe: ProbeMethodOptions
  span?: SpanPooling | undefined
}): string | null {
  if (codelength !== 'variational' || (variationalHidden(probe) && span !== 'attention')) return null
  return 'The variational code is for linear and MLP probes of vectors: choose one of them, or the online code.'
}
