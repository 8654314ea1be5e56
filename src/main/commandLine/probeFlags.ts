import { methodFields, probeKindNames, probeKinds, probeMethod, type ProbeMethodOptions } from '@shared/probeMethods'
import { probePresets, type PresetName } from '@shared/probePresets'
import * as v from 'valibot'
import { explained } from './help'
import { choice, chosen, group } from './option'
import { VariantOptions } from './variantOptions'

const placeholders = { number: 'NUMBER', numbers: 'LIST', choice: 'NAME' } as const

/** Options of particular kinds of probes, as `shared/probeMethods` declares them. */
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

/** The command-line options that choose the probe. */
export const probeFlagOptions = {
  probe: choice(probeKindNames, 'KIND', 'what to train; the kinds are below'),
  recipe: choice(recipeNames, 'NAME', 'a published recipe, whose options can be changed; the recipes are below'),
  ...group('Options of some probes', flags.options())
}

/** Names of these options by request field. */
export const probeFieldNames = { probe: 'probe', ...flags.names('probe') }

/** Every kind of probe and every recipe, as lines of a help text. */
export function probeHelp(): string {
  const kinds = Object.entries(probeKinds).map(([kind, { explanation }]) => [kind, explanation] as const)
  const recipes = Object.entries(probePresets).map(([name, { source }]) => [name, source] as const)
  return `${explained('Kinds of probes', kinds)}\n\n${explained('Recipes', recipes)}`
}

/**
 * The probe described by the command line's options, on top of a recipe if one is named.
 * @throws UserError naming an option that the kind of probe does not have, or an invalid value
 */
export function probeFromFlags(
  kindText: string,
  values: Readonly<Record<string, unknown>>,
  base?: ProbeMethodOptions
): ProbeMethodOptions {
  const kind = base?.kind ?? chosen(probeKindNames, kindText, 'probe')
  return v.parse(probeMethod, { ...base, kind, ...flags.read(kind, values) })
}

/** A published recipe by name; undefined if none is requested. @throws UserError naming the known ones */
export function recipeNamed(name: string | undefined): (typeof probePresets)[PresetName] | undefined {
  return name === undefined ? undefined : probePresets[chosen(recipeNames, name, 'recipe')]
}
