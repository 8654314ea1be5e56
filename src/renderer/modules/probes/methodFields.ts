import * as v from 'valibot'
import { defaultMethod, methodFields, probeMethod, type ProbeKind, type ProbeMethodOptions } from '@shared/probeMethods'
import type { MethodField } from '@shared/probeMethods/method'

/** The few options of a kind that the window offers, by the field of the request that they set. */
export function offeredFields(kind: ProbeKind): (MethodField & { name: string })[] {
  return methodFields(kind)
    .filter(([, { inWindow }]) => inWindow)
    .map(([name, field]) => ({ ...field, name }))
}

/** The fields of a kind as texts, as they are by default. */
export function fieldTexts(method: ProbeMethodOptions): Record<string, string> {
  const values: Record<string, unknown> = { ...method }
  return Object.fromEntries(
    offeredFields(method.kind).map(({ name }) => [
      name,
      Array.isArray(values[name]) ? values[name].join(', ') : String(values[name])
    ])
  )
}

/** The probe that typed fields describe on top of `base`, or a sentence about the first one that cannot be. */
export function methodFrom(
  kind: ProbeKind,
  texts: Readonly<Record<string, string>>,
  base: ProbeMethodOptions = defaultMethod(kind)
): { method: ProbeMethodOptions | null; problem: string } {
  const options: Record<string, unknown> = { ...base }
  for (const { name, type } of offeredFields(kind)) options[name] = valueOf(type, (texts[name] ?? '').trim())
  const parsed = v.safeParse(probeMethod, options)
  if (parsed.success) return { method: parsed.output, problem: '' }
  const field = offeredFields(kind).find(({ name }) => name === parsed.issues[0].path?.[0]?.key)
  return { method: null, problem: field ? `${field.label} has to be ${field.range}.` : 'This probe cannot be run.' }
}

function valueOf(type: MethodField['type'], text: string): string | number | number[] {
  if (type === 'choice') return text
  if (type === 'numbers') return text === '' ? [] : text.split(/[,;\s]+/).map(Number)
  return text === '' ? Number.NaN : Number(text.replace(',', '.'))
}
