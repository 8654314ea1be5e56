import {
  probeKinds,
  probeMethod,
  probePresets,
  type PresetName,
  type ProbeKind,
  type ProbeMethodOptions
} from '@shared/probeMethods'
import * as v from 'valibot'
import { explained } from './help'
import { choice, chosen, group } from './option'
import { VariantOptions } from './variantOptions'

/** Options that belong to some kinds of probes: which, their ranges and defaults are in `shared/probeMethods.ts`. */
const flags = new VariantOptions('probe', probeMethod, {
  c: {
    field: 'inverseRegularisation',
    argument: 'NUMBER',
    description: 'inverse strength of the penalty, as in scikit-learn'
  },
  penalty: { field: 'penalty', argument: 'NAME', description: 'how large weights are held back' },
  'l1-ratio': { field: 'l1Ratio', argument: 'SHARE', description: 'of elastic: the share of L1' },
  hidden: { field: 'hidden', argument: 'SIZES', description: 'sizes of hidden layers, as 256 or 500,500' },
  dropout: { field: 'dropout', argument: 'SHARE', description: 'of the hidden units, while training' },
  rank: {
    field: 'ranks',
    argument: 'LIST',
    description: 'one rank, or several to compare, of which the last is scored in full'
  },
  k: { field: 'k', argument: 'N', description: 'neighbours that vote' },
  metric: { field: 'metric', argument: 'NAME', description: 'distance of neighbours' },
  'learning-rate': { field: 'learningRate', argument: 'NUMBER', description: 'of Adam' },
  batch: { field: 'batch', argument: 'N', description: 'items in a step, of structural sentences' },
  epochs: { field: 'epochs', argument: 'N', description: 'passes over the training items at most' },
  patience: { field: 'patience', argument: 'N', description: 'passes without gain before training ends' },
  annealing: { field: 'annealing', argument: 'FACTOR', description: 'of the learning rate after a pass without gain' },
  'held-out': { field: 'heldOut', argument: 'SHARE', description: 'of the training sentences, to stop by' },
  'weight-decay': { field: 'weightDecay', argument: 'NUMBER', description: 'of Adam' }
})

const kindNames = Object.keys(probeKinds) as ProbeKind[]
const recipeNames = Object.keys(probePresets) as PresetName[]

/** What is trained, for the options of a command. */
export const probeFlagOptions = {
  probe: choice(kindNames, 'KIND', 'what to train; the kinds are below'),
  recipe: choice(recipeNames, 'NAME', 'a published recipe, whose options can be changed; the recipes are below'),
  ...group('Options of some probes', flags.options())
}

/** Names of these options by the field of a request. */
export const probeFieldNames = { probe: 'probe', ...flags.names('probe') }

/** Every kind of probe and every recipe, as lines of a help text. */
export function probeHelp(): string {
  const kinds = Object.entries(probeKinds).map(([kind, { explanation }]) => [kind, explanation] as const)
  const recipes = Object.entries(probePresets).map(([name, { source }]) => [name, source] as const)
  return `${explained('Kinds of probes', kinds)}\n\n${explained('Recipes', recipes)}`
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
  const kind = base?.kind ?? chosen(kindNames, kindText, 'probe')
  return v.parse(probeMethod, { ...base, kind, ...flags.read(kind, values) })
}

/** A published recipe by its name; undefined where none is asked for. @throws UserError naming those there are */
export function recipeNamed(name: string | undefined): (typeof probePresets)[PresetName] | undefined {
  return name === undefined ? undefined : probePresets[chosen(recipeNames, name, 'recipe')]
}
