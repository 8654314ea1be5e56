import { methodFields, probeKindNames, probeKinds, probeMethod, type ProbeMethodOptions } from '@shared/probeMethods'
import { probePresets, type PresetName } from '@shared/probePresets'
import * as v from 'valibot'
import { explained } from './help'
import { choice, chosen, group } from './option'
import { VariantOptions } from './variantOptions'

const placeholders = { number: 'NUMBER', numbers: 'LIST', choice: 'NAME' } as const

/** Options that belong to some kinds of probes, as `shared/probeMethods` describes them. */
const flags = new VariantOptions(
  'probe',
  probeMethod,
  Object.fromEntries(
    probeKindNames
      .flatMap(methodFields)
      .map(([field, { flag, type, hint }]) => [
        flag,
        { field, argument: placeholders[type], description: hint[0]!.toLowerCase() + hint.slice(1) }
      ])
  )
)

const recipeNames = Object.keys(probePresets) as PresetName[]

/** What is trained, for the options of a command. */
export const probeFlagOptions = {
  probe: choice(probeKindNames, 'KIND', 'what to train; the kinds are below'),
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
  const kind = base?.kind ?? chosen(probeKindNames, kindText, 'probe')
  return v.parse(probeMethod, { ...base, kind, ...flags.read(kind, values) })
}

/** A published recipe by its name; undefined where none is asked for. @throws UserError naming those there are */
export function recipeNamed(name: string | undefined): (typeof probePresets)[PresetName] | undefined {
  return name === undefined ? undefined : probePresets[chosen(recipeNames, name, 'recipe')]
}
