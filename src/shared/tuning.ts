import * as v from 'valibot'
import { defaultMethod, methodFields, probeKinds, probeMethod, type ProbeMethodOptions } from './probeMethods'
import { quoted, UserError } from './userError'

const triedValue = v.union([
  v.number(),
  v.pipe(v.string(), v.maxLength(40)),
  v.pipe(v.array(v.number()), v.maxLength(2))
])
type TriedValue = v.InferOutput<typeof triedValue>

/** Values of some options of a probe, by their names in a request. */
export type ProbeSetting = Readonly<Record<string, TriedValue>>

/** Values of the linear probe's C. */
export const strengths = v.pipe(
  v.array(v.pipe(v.number(), v.minValue(1e-6), v.maxValue(1e6))),
  v.minLength(2),
  v.maxLength(12)
)

/** Values of the linear probe's C, or values of several options by their names; all combinations are tried. */
export const tuneRequest = v.union(
  [
    strengths,
    v.record(v.pipe(v.string(), v.maxLength(40)), v.pipe(v.array(triedValue), v.minLength(1), v.maxLength(12)))
  ],
  '2 to 12 values of C between 0.000001 and 1,000,000, or up to 12 values of each of several options'
)

export type TuneRequest = v.InferOutput<typeof tuneRequest>

/** Settings that are tried at most: each is a training of every layer. */
export const mostSettings = 48

/** How options of a probe were chosen, on items that the probes compared did not learn. */
export interface Tuning {
  /** Sentences and items that were scored. */
  heldOutSentences: number
  heldOutItems: number
  /** Of a cross-validation: each item was scored once; absent where one part was held out. */
  folds?: number
  /** In the order in which equal ones are preferred; accuracy by layer, over folds its mean. */
  tried: { setting: ProbeSetting; accuracy: number[] }[]
  chosen: ProbeSetting
}

/** The options of a kind that can be tuned, by their names in a request. */
export function tunableFields(kind: ProbeMethodOptions['kind']): string[] {
  return methodFields(kind).flatMap(([name, { tunable }]) => (tunable ? [name] : []))
}

/** Whether a kind has everything that is to be tuned. */
export function canTune(kind: ProbeMethodOptions['kind'], tune: TuneRequest): boolean {
  const names = Array.isArray(tune) ? ['inverseRegularisation'] : Object.keys(tune)
  return names.every((name) => tunableFields(kind).includes(name))
}

/**
 * Every combination of the values to try: those of C from the smallest up (strongest penalty first), others in the
 * order given.
 * @throws UserError for an option that the probe does not have, and for too many combinations
 */
export function settingsToTry(probe: ProbeMethodOptions, tune: TuneRequest): ProbeSetting[] {
  const { title, target } = probeKinds[probe.kind]
  const names = tunableFields(probe.kind)
  if (target === 'trees') throw new UserError(`A probe of the kind '${title}' is not tuned: leave tuning out.`)
  const values = Array.isArray(tune) ? { inverseRegularisation: tune } : tune
  for (const name of Object.keys(values))
    if (!names.includes(name))
      throw new UserError(
        name === 'inverseRegularisation'
          ? `C is an option of the linear probe, and this one is of the kind '${title}': name what to tune instead, ` +
              `${names.join(', ')}.`
          : `A probe of the kind '${title}' has no option ${quoted(name)} to tune; it has ${names.join(', ')}.`
      )
  const settings = Object.entries(values).reduce<ProbeSetting[]>(
    (sofar, [name, given]) =>
      sofar.flatMap((setting) => distinct(name, given).map((value) => ({ ...setting, [name]: value }))),
    [{}]
  )
  if (settings.length < 2 || settings.length > mostSettings)
    throw new UserError(
      settings.length < 2
        ? 'Tuning compares settings, and there is only one: give an option two or more values.'
        : `These values make ${settings.length} settings, and at most ${mostSettings} are compared: give fewer.`
    )
  return settings
}

function distinct(name: string, values: readonly TriedValue[]): TriedValue[] {
  const once = values.filter(
    (value, i) => values.findIndex((before) => JSON.stringify(before) === JSON.stringify(value)) === i
  )
  return name === 'inverseRegularisation' ? once.sort((a, b) => Number(a) - Number(b)) : once
}

/** A probe with a setting. @throws UserError for a value that the option cannot have */
export function withSetting(probe: ProbeMethodOptions, setting: ProbeSetting): ProbeMethodOptions {
  const parsed = v.safeParse(probeMethod, { ...probe, ...setting })
  if (parsed.success) return parsed.output
  const name = String(parsed.issues[0].path?.[0]?.key)
  const field = methodFields(probe.kind).find(([candidate]) => candidate === name)?.[1]
  throw new UserError(`${field?.label ?? name} cannot be ${JSON.stringify(setting[name])}; it is ${field?.range}.`)
}

/** 'C = 0.1', 'hidden 64, weight decay 0.0001', for sentences. */
export function settingText(kind: ProbeMethodOptions['kind'], setting: ProbeSetting): string {
  return Object.entries(setting)
    .map(([name, value]) => {
      const [label, text] = optionTexts(kind, name, value)
      return `${label} ${label === 'C' ? '= ' : ''}${text}`
    })
    .join(', ')
}

/** 'C from 0.01, 0.1, 1', 'hidden from 64, 256 and dropout from 0, 0.2': what was tried of each option. */
export function triedText(kind: ProbeMethodOptions['kind'], { tried: settings }: Pick<Tuning, 'tried'>): string {
  return Object.keys(settings[0]?.setting ?? {})
    .map((name) => {
      const texts = settings.map(({ setting }) => optionTexts(kind, name, setting[name]!))
      return `${texts[0]![0]} from ${[...new Set(texts.map(([, text]) => text))].join(', ')}`
    })
    .join(' and ')
}

/** 'C', 'hidden, dropout': the options that a setting sets, for sentences. */
export function tunedNames({ kind }: ProbeMethodOptions, setting: ProbeSetting): string {
  return Object.entries(setting)
    .map(([name, value]) => optionTexts(kind, name, value)[0])
    .join(', ')
}

/** The name of an option and its value, for sentences. */
function optionTexts(
  kind: ProbeMethodOptions['kind'],
  name: string,
  value: ProbeSetting[string]
): [label: string, value: string] {
  const [, field] = methodFields(kind).find(([candidate]) => candidate === name) ?? []
  const label = field?.label ?? name
  const text = typeof value === 'object' ? value.join('-') || 'none' : String(value)
  return [
    label.length > 1 ? label.toLowerCase() : label,
    field?.choices?.find((choice) => choice.value === value)?.title ?? text
  ]
}

/** The probe that was requested, where its options were tuned: with those at their defaults. */
export function untuned(probe: ProbeMethodOptions, { chosen }: Pick<Tuning, 'chosen'>): ProbeMethodOptions {
  const usual = defaultMethod(probe.kind)
  return withSetting(probe, Object.fromEntries(Object.entries(usual).filter(([name]) => Object.hasOwn(chosen, name))))
}

/** What was requested to be tried, as a request has it. */
export function requestedTuning({ tried: settings }: Pick<Tuning, 'tried'>): TuneRequest {
  const names = Object.keys(settings[0]?.setting ?? {})
  const values = Object.fromEntries(
    names.map((name) => [
      name,
      distinct(
        name,
        settings.map(({ setting }) => setting[name]!)
      )
    ])
  )
  const [only] = Object.values(values)
  return names.length === 1 && names[0] === 'inverseRegularisation' ? (only as number[]) : values
}
