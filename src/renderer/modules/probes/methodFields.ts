import { defaultMethod, probeKinds, probeMethod, type ProbeKind, type ProbeMethodOptions } from '@shared/probeMethods'
import { fieldTexts as textsOf, methodOfTexts, offeredFields as offeredOf, type NamedField } from '@/setup/typedFields'

/** The few options of a kind that the window offers, by the field of the request that they set. */
export function offeredFields(kind: ProbeKind): NamedField[] {
  return offeredOf(probeKinds[kind].fields)
}

/** The fields of a kind as texts, as they are by default. */
export function fieldTexts(method: ProbeMethodOptions): Record<string, string> {
  return textsOf(probeKinds[method.kind].fields, method)
}

/** Some fields of a kind as texts, as they are by default. */
export function usualTexts(kind: ProbeKind, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(fieldTexts(defaultMethod(kind))).filter(([name]) => names.includes(name)))
}

/** The probe that typed fields describe on top of `base`, or a sentence about the first one that cannot be. */
export function methodFrom(
  kind: ProbeKind,
  texts: Readonly<Record<string, string>>,
  base: ProbeMethodOptions = defaultMethod(kind)
): { method: ProbeMethodOptions | null; problem: string } {
  return methodOfTexts(probeMethod, probeKinds[kind].fields, texts, base)
}
