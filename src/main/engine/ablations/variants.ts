import { partTitles, type Unit, type UnitKind } from '@shared/ablation'
import { parseHookName, type HookName, type HookSite } from '@shared/hookNames'
import { partOfSite } from '@shared/inside'
import type { Edit, Intervention } from '@shared/intervention'
import { seededRandom, type Random } from '@shared/random'
import { UserError } from '@shared/userError'
import { blockSites } from '../models/transformer/blockSites'
import { canStartAt, sharesKeys, type BlockAttention, type TransformerConfig } from '../models/transformer/config'
import { isRecurrent, recurrentSites, type Anatomy, type RecurrentAnatomy } from './anatomy'
import { compileInterventions } from './compile'
import type { EditResources } from './edits/edit'
import type { Variant } from './evaluate'

/**
 * Every unit of a kind, from the first block up; blocks that have none are left out.
 * @throws UserError for a model without any
 */
export function unitsOf(kind: UnitKind, anatomy: Anatomy): Unit[] {
  const units = isRecurrent(anatomy)
    ? Array.from({ length: anatomy.layers }, (_, block) => unitsOfLayer(kind, block, anatomy)).flat()
    : unitsOfBlocks(kind, anatomy)
  if (units.length) return units
  throw new UserError(`This model has no ${partTitles[kind].many}; choose another kind of part.`)
}

/** Units of a layer (0-based) of a recurrent network; Transformer-XL's has heads and an MLP. */
function unitsOfLayer(kind: UnitKind, block: number, anatomy: RecurrentAnatomy): Unit[] {
  const sites = recurrentSites(anatomy, block)
  if (kind === 'head' && sites.includes('attn.result'))
    return Array.from({ length: anatomy.heads }, (_, head) => ({ block, head }))
  const whole = kind === 'block' || (kind === 'mlp' && sites.includes('mlp.out'))
  if (whole || (kind === 'attention' && sites.includes('attn.out'))) return [{ block, head: null }]
  return insideUnits(kind, block, sites)
}

/** Gates, states or directions of a block. */
function insideUnits(kind: UnitKind, block: number, sites: readonly HookSite[]): Unit[] {
  return sites.filter((site) => partOfSite(site) === kind).map((site) => ({ block, head: null, site }))
}

function unitsOfBlocks(kind: UnitKind, config: TransformerConfig): Unit[] {
  return config.blocks.flatMap((place, block): Unit[] => {
    const sites = blockSites(config, block)
    if (kind === 'gate' || kind === 'state' || kind === 'direction') return insideUnits(kind, block, sites)
    const numbered = (count: number): Unit[] => Array.from({ length: count }, (_, head) => ({ block, head }))
    if (kind === 'head') return sites.includes('attn.result') ? numbered(config.heads) : []
    if (kind === 'expert') return numbered(expertsOf(place))
    const whole = kind === 'block' || (kind === 'mlp' ? sites.includes('mlp.out') : mixingSite(config, block) !== null)
    return whole ? [{ block, head: null }] : []
  })
}

/** Experts of a block's mixture; 0 where there is none. */
function expertsOf({ feedForward }: BlockAttention): number {
  return feedForward && feedForward !== 'none' && feedForward.kind === 'mixture' ? feedForward.experts : 0
}

/** What a block's attention, or what is in its place, adds to the residual stream; null where there is neither. */
function mixingSite(config: TransformerConfig, block: number): 'attn.out' | 'mixer.out' | null {
  const sites = blockSites(config, block)
  return (['attn.out', 'mixer.out'] as const).find((site) => sites.includes(site)) ?? null
}

/**
 * The intervention that changes a unit. A whole block is skipped; other units are changed where they write to the
 * residual stream, an expert where the router weighs it.
 */
export function unitIntervention(
  kind: UnitKind,
  { block, head, site }: Unit,
  edit: Edit,
  anatomy: Anatomy
): Intervention {
  if (site !== undefined) return { at: `blocks.${block}.${site}` as HookName, edit }
  if (kind === 'head') return { at: `blocks.${block}.attn.result`, heads: [head!], edit }
  if (kind === 'expert') return { at: `blocks.${block}.mlp.router_weights`, neurons: [head!], edit }
  if (kind === 'attention') {
    const mixing = isRecurrent(anatomy) ? null : mixingSite(anatomy, block)
    return { at: `blocks.${block}.${mixing ?? 'attn.out'}`, edit }
  }
  if (kind === 'mlp') return { at: `blocks.${block}.mlp.out`, edit }
  return { at: `blocks.${block}.resid_post`, edit: { kind: 'skip' } }
}

/** Interventions as a variant that runs from the lowest block they touch. */
export function variantOf(interventions: readonly Intervention[], config: Anatomy, resources: EditResources): Variant {
  const places = interventions.map(({ at }) => parseHookName(at)!)
  const hooks = compileInterventions(interventions, config, resources)
  // The embeddings are below every block: changing them changes the first block's input. A recurrent network is run
  // as a whole, because some (Flair) cannot be entered at a layer.
  if (isRecurrent(config) || places.some(({ block }) => block === null))
    return { hooks, block: null, afterAttention: false }
  const lowest = Math.min(config.layers - 1, ...places.map(({ block }) => block!))
  const beforeMixing = new Set(['resid_pre', 'attn.q', 'attn.k', 'attn.v', 'attn.pattern'])
  const attends = blockSites(config, lowest).includes('attn.result')
  const afterAttention = attends && !places.some(({ block, site }) => block === lowest && beforeMixing.has(site))
  if (!canStartAt(config, lowest)) return { hooks, block: null, afterAttention: false }
  return { hooks, block: lowest, afterAttention: afterAttention && !sharesKeys(config, lowest) }
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
