import * as v from 'valibot'
import type { MethodField } from '@shared/probeMethods/method'

/** An option of a method, with the field of the request that it sets. */
export type NamedField = MethodField & { name: string }
type Fields = Readonly<Record<string, MethodField>>

/** The options that the window offers. */
export function offeredFields(fields: Fields): NamedField[] {
  return Object.entries(fields)
    .filter(([, { inWindow }]) => inWindow)
    .map(([name, field]) => ({ ...field, name }))
}

/** The offered options of a method as texts. */
export function fieldTexts(fields: Fields, method: object): Record<string, string> {
  const values = { ...method } as Record<string, unknown>
  return Object.fromEntries(
    offeredFields(fields).map(({ name }) => [
      name,
      Array.isArray(values[name]) ? values[name].join(', ') : String(values[name])
    ])
  )
}

/** The method that typed options describe on top of `base`, or a sentence about the first one that cannot be. */
export function methodOfTexts<Schema extends v.GenericSchema>(
  schema: Schema,
  fields: Fields,
  texts: Readonly<Record<string, string>>,
  base: object
): { method: v.InferOutput<Schema> | null; problem: string } {
  const offered = offeredFields(fields)
  const options = { ...base } as Record<string, unknown>
  for (const { name, type } of offered) options[name] = valueOf(type, (texts[name] ?? '').trim())
  const parsed = v.safeParse(schema, options)
  if (parsed.success) return { method: parsed.output, problem: '' }
  const field = offered.find(({ name }) => name === parsed.issues[0].path?.[0]?.key)
  return { method: null, problem: field ? `${field.label} has to be ${field.range}.` : 'This cannot be run.' }
}

function valueOf(type: MethodField['type'], text: string): string | number | number[] {
  if (type === 'choice') return text
  if (type === 'numbers') return text === '' ? [] : text.split(/[,;\s]+/).map(Number)
  return text === '' ? Number.NaN : Number(text.replace(',', '.'))
}
