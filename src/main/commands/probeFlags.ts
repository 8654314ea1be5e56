import * as v from 'valibot'
import {
  probeKinds,
  probeMethod,
  probePresets,
  type PresetName,
  type ProbeKind,
  type ProbeMethodOptions
} from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import { oneOf } from './command'

type FlagValue = string | number | number[]

interface Flag {
  /** The field of the options it sets. */
  field: string
  kinds: readonly ProbeKind[]
  /** What stands behind it in the help. */
  value: string
  explanation: string
  read(text: string): FlagValue
}

const trained: readonly ProbeKind[] = ['mlp', 'lowRank', 'mix', 'structural']
const number = (text: string): number => Number(text)
const numbers = (text: string): number[] => (text.trim() === '' ? [] : text.split(',').map(Number))

/** Options of the command line that belong to some kinds of probes. */
const flags: Record<string, Flag> = {
  c: {
    field: 'inverseRegularisation',
    kinds: ['linear'],
    value: 'NUMBER',
    explanation: 'inverse strength of the penalty, as in scikit-learn (default 1)',
    read: number
  },
  penalty: {
    field: 'penalty',
    kinds: ['linear'],
    value: 'NAME',
    explanation: 'l2 (default), l1 or elastic',
    read: String
  },
  'l1-ratio': {
    field: 'l1Ratio',
    kinds: ['linear'],
    value: 'SHARE',
    explanation: 'of elastic: the share of L1 (default 0.5)',
    read: number
  },
  hidden: {
    field: 'hidden',
    kinds: ['mlp', 'mix'],
    value: 'SIZES',
    explanation: 'sizes of one or two hidden layers, as 256 (default of mlp) or 500,500',
    read: numbers
  },
  dropout: {
    field: 'dropout',
    kinds: ['mlp', 'mix'],
    value: 'SHARE',
    explanation: 'of the hidden units, while training (default 0)',
    read: number
  },
  rank: {
    field: 'ranks',
    kinds: ['lowRank', 'structural'],
    value: 'LIST',
    explanation: 'one rank, or several to compare, of which the last is scored in full',
    read: numbers
  },
  k: { field: 'k', kinds: ['knn'], value: 'N', explanation: 'neighbours that vote (default 5)', read: number },
  metric: {
    field: 'metric',
    kinds: ['knn'],
    value: 'NAME',
    explanation: 'euclidean (default) or cosine',
    read: String
  },
  'learning-rate': {
    field: 'learningRate',
    kinds: trained,
    value: 'NUMBER',
    explanation: 'of Adam (default 0.001)',
    read: number
  },
  batch: {
    field: 'batch',
    kinds: trained,
    value: 'N',
    explanation: 'items a step (default 256), of structural sentences (default 20)',
    read: number
  },
  epochs: {
    field: 'epochs',
    kinds: trained,
    value: 'N',
    explanation: 'at most so many passes (default 40)',
    read: number
  },
  patience: {
    field: 'patience',
    kinds: trained,
    value: 'N',
    explanation: 'end after so many passes without gain (default 4)',
    read: number
  },
  annealing: {
    field: 'annealing',
    kinds: trained,
    value: 'FACTOR',
    explanation: 'of the learning rate after such a pass (default 0.5; structural 0.1)',
    read: number
  },
  'held-out': {
    field: 'heldOut',
    kinds: trained,
    value: 'SHARE',
    explanation: 'of the training sentences, to stop by (default 0.1)',
    read: number
  },
  'weight-decay': {
    field: 'weightDecay',
    kinds: trained,
    value: 'NUMBER',
    explanation: 'of Adam (default 0)',
    read: number
  }
}

/** For `readArguments`. */
export const probeFlagOptions = Object.fromEntries(
  Object.keys(flags).map((name) => [name, { type: 'string' as const }])
)

/** Every kind of probe and every option of one, as lines of a help text. */
export function probeHelp(): string {
  const kinds = Object.entries(probeKinds).map(([kind, { explanation }]) => `      ${kind.padEnd(14)}${explanation}`)
  const options = Object.entries(flags).map(
    ([name, flag]) => `  ${`--${name} ${flag.value}`.padEnd(24)}${flag.kinds.join(', ')}: ${flag.explanation}`
  )
  const recipes = Object.entries(probePresets).map(([name, { source }]) => `      ${name.padEnd(18)}${source}`)
  return [
    ...kinds,
    '  --recipe NAME     a published recipe, whose options can be changed by those below:',
    ...recipes,
    '',
    'Options of some probes',
    ...options
  ].join('\n')
}

/**
 * The probe that the options of the command line describe, on top of a recipe's where one is given.
 * @throws UserError naming an option that the kind of probe does not have, or a value it cannot have
 */
export function probeFromFlags(
  kindText: string,
  values: Readonly<Record<string, unknown>>,
  base?: ProbeMethodOptions
): ProbeMethodOptions {
  const kind = base?.kind ?? oneOf('probe', kindText, Object.keys(probeKinds) as ProbeKind[])
  const options: Record<string, FlagValue> = { ...base, kind }
  const names = new Map<string, string>()
  for (const [name, flag] of Object.entries(flags)) {
    const text = values[name]
    if (typeof text !== 'string') continue
    if (!flag.kinds.includes(kind))
      throw new UserError(`--${name} is not an option of the probe '${kind}'; it belongs to ${flag.kinds.join(', ')}.`)
    options[flag.field] = flag.read(text)
    names.set(flag.field, name)
  }
  const parsed = v.safeParse(probeMethod, options)
  if (parsed.success) return parsed.output
  const issue = parsed.issues[0]
  const name = names.get(String(issue.path?.[0]?.key)) ?? 'probe'
  throw new UserError(`--${name} is '${String(values[name])}'; \`layerscope probe --help\` says what it can be.`)
}

/** A published recipe by its name; undefined where none is asked for. @throws UserError naming those there are */
export function recipeNamed(name: string | undefined): (typeof probePresets)[PresetName] | undefined {
  return name === undefined ? undefined : probePresets[oneOf('recipe', name, Object.keys(probePresets) as PresetName[])]
}
