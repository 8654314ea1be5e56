import * as v from 'valibot'
import { defaultMethod, probeMethod, type ProbeKind, type ProbeMethodOptions } from '@shared/probeMethods'

/** One thing that can be set of a kind of probe. What is not offered here keeps its default. */
export interface MethodField {
  /** The field of the options. */
  name: string
  label: string
  hint: string
  /** Values to choose from; a text field where there are none. */
  choices?: readonly { value: string; title: string; hint: string }[]
  /** What has to be typed, for the sentence that refuses something else. */
  wanted: string
  many?: boolean
}

const hidden = {
  name: 'hidden',
  label: 'Hidden',
  hint: 'Sizes of one or two hidden layers, as 256 or 500, 500; empty for a linear probe trained by Adam',
  wanted: 'at most two sizes from 1 to 4,096, as 256 or 500, 500',
  many: true
}
const dropout = {
  name: 'dropout',
  label: 'Dropout',
  hint: 'Share of the hidden units left out at every training step',
  wanted: 'a share from 0 to below 1'
}
const ranks = {
  name: 'ranks',
  label: 'Rank',
  hint: 'One rank, or several as 2, 8, 32 to compare; the last one is scored in full',
  wanted: 'one or more ranks from 1 to 4,096, as 10 or 2, 8, 32',
  many: true
}

/** The few options of every kind that the window offers. */
export const methodFields: Record<ProbeKind, readonly MethodField[]> = {
  linear: [
    {
      name: 'penalty',
      label: 'Penalty',
      hint: 'What keeps the weights small',
      wanted: '',
      choices: [
        { value: 'l2', title: 'L2', hint: 'All weights small; the usual one' },
        { value: 'l1', title: 'L1', hint: 'Most weights 0: few features, at some cost of time' },
        { value: 'elastic', title: 'Elastic', hint: 'Half L1, half L2' }
      ]
    },
    {
      name: 'inverseRegularisation',
      label: 'C',
      hint: 'Inverse strength of the penalty, as scikit-learn’s C: smaller is stricter',
      wanted: 'a number between 0.000001 and 1,000,000'
    }
  ],
  mlp: [hidden, dropout],
  lowRank: [ranks],
  mix: [
    {
      ...hidden,
      hint: 'Sizes of hidden layers above the mix; empty for a linear probe',
      wanted: 'empty, or one or two sizes from 1 to 4,096'
    }
  ],
  knn: [
    { name: 'k', label: 'k', hint: 'Neighbours that vote', wanted: 'a whole number from 1 to 1,000' },
    {
      name: 'metric',
      label: 'Metric',
      hint: 'How near is measured',
      wanted: '',
      choices: [
        { value: 'euclidean', title: 'Euclidean', hint: 'Distance between standardised vectors' },
        { value: 'cosine', title: 'Cosine', hint: 'Angle between standardised vectors' }
      ]
    }
  ],
  structural: [ranks]
}

/** The fields of a kind as texts, as they are by default. */
export function fieldTexts(method: ProbeMethodOptions): Record<string, string> {
  const values: Record<string, unknown> = { ...method }
  return Object.fromEntries(
    methodFields[method.kind].map(({ name }) => [
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
  for (const { name, choices, many } of methodFields[kind]) {
    const text = (texts[name] ?? '').trim()
    if (many) options[name] = text === '' ? [] : text.split(/[,;\s]+/).map(Number)
    else options[name] = choices ? text : text === '' ? Number.NaN : Number(text.replace(',', '.'))
  }
  const parsed = v.safeParse(probeMethod, options)
  if (parsed.success) return { method: parsed.output, problem: '' }
  const field = methodFields[kind].find(({ name }) => name === parsed.issues[0].path?.[0]?.key)
  return { method: null, problem: field ? `${field.label} has to be ${field.wanted}.` : 'This probe cannot be run.' }
}
