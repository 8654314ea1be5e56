import type { Unit, UnitKind } from '@shared/ablation'
import { parseHookName } from '@shared/hookNames'
import type { Edit, Intervention } from '@shared/intervention'
import { seededRandom, type Random } from '@shared/random'
import type { TransformerConfig } from '../models/transformer/config'
import { compileInterventions } from './compile'
import type { EditResources } from './edits/edit'
import type { Variant } from './evaluate'

/** Every unit of a kind, from the first block up. */
export function unitsOf(kind: UnitKind, { layers, heads }: TransformerConfig): Unit[] {
  return Array.from({ length: layers }, (_, block) =>
    kind === 'head' ? Array.from({ length: heads }, (_, head) => ({ block, head })) : [{ block, head: null }]
  ).flat()
}

/**
 * The intervention that changes a unit. A whole block is skipped; other units are changed where they write to the
 * residual stream.
 */
export function unitIntervention(kind: UnitKind, { block, head }: Unit, edit: Edit): Intervention {
  if (kind === 'head') return { at: `blocks.${block}.attn.result`, heads: [head!], edit }
  if (kind === 'attention') return { at: `blocks.${block}.attn.out`, edit }
  if (kind === 'mlp') return { at: `blocks.${block}.mlp.out`, edit }
  return { at: `blocks.${block}.resid_post`, edit: { kind: 'skip' } }
}

/** Interventions as a variant that runs from the lowest block they touch. */
export function variantOf(
  interventions: readonly Intervention[],
  config: TransformerConfig,
  resources: EditResources
): Variant {
  const places = interventions.map(({ at }) => parseHookName(at)!)
  const hooks = compileInterventions(interventions, config, resources)
  // The embeddings are below every block: changing them changes the first block's input.
  if (places.some(({ block }) => block === null)) return { hooks, block: null, afterAttention: false }
  const lowest = Math.min(config.layers - 1, ...places.map(({ block }) => block!))
  const beforeMixing = new Set(['resid_pre', 'attn.q', 'attn.k', 'attn.v', 'attn.pattern'])
  const afterAttention = !places.some(({ block, site }) => block === lowest && beforeMixing.has(site))
  return { hooks, block: lowest, afterAttention }
}

/** As many units drawn at random, to compare a chosen set with. */
export function randomUnits(all: readonly Unit[], count: number, random: Random): Unit[] {
  const rest = [...all]
  return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(random.integer(rest.length), 1)[0]!)
}

/** Units in random order, by seed. */
export function shuffledUnits(all: readonly Unit[], seed: number): Unit[] {
  return randomUnits(all, all.length, seededRandom(seed))
}
