import type { Unit, UnitKind } from '@shared/ablation'
import { parseHookName, type HookName } from '@shared/hookNames'
import { partOfSite, siteWords } from '@shared/inside'
import type { Edit, EditKind, Intervention } from '@shared/intervention'
import type { ModelInfo } from '@shared/model'

/**
 * What can be switched on the board: a head, an expert of a mixture, a gate, a state or a direction of a recurrence, or
 * all that a block's attention or MLP adds, or the block itself. Blocks, heads and experts count from 0.
 */
export type PartKind = UnitKind

export interface Part {
  kind: PartKind
  block: number
  /** Only of a head, and the number of an expert. */
  head?: number
  /** Only of a gate, a state or a direction: what comes after `blocks.N.` in its name. */
  site?: string
}

/** A unit of a scan or a map as a part. */
export function partOfUnit(kind: PartKind, { block, head, site }: Unit): Part {
  return { kind, block, ...(head === null ? {} : { head }), ...(site === undefined ? {} : { site }) }
}

/** Gates, states and directions of a block, in the order of the model's values. */
export function insideParts({ values }: Pick<ModelInfo, 'values'>, block: number): Part[] {
  return values.flatMap(({ name }): Part[] => {
    const parsed = parseHookName(name)
    const kind = parsed?.block === block ? partOfSite(parsed.site) : null
    return kind ? [{ kind, block, site: parsed!.site }] : []
  })
}

/** Kinds of parts that a model has, in the order in which they are offered. */
export function kindsOf(model: Pick<ModelInfo, 'kind' | 'layers' | 'heads' | 'values'>): PartKind[] {
  const blocks = Array.from({ length: model.layers }, (_, block) => block)
  const inside = new Set(blocks.flatMap((block) => insideParts(model, block).map(({ kind }) => kind)))
  return [
    ...(model.heads > 0 ? (['head'] as const) : []),
    ...(blocks.some((block) => expertsOf(model, block)) ? (['expert'] as const) : []),
    ...(['gate', 'state', 'direction'] as const).filter((kind) => inside.has(kind)),
    ...(hasSublayers(model) ? (['attention', 'mlp'] as const) : []),
    'block'
  ]
}

/** Whether its blocks are attention and an MLP: those of a transformer, and of Transformer-XL. */
function hasSublayers({ kind, heads }: Pick<ModelInfo, 'kind' | 'heads'>): boolean {
  return kind === 'transformer' || heads > 0
}

/** Experts of a block's mixture; null where there is none. */
export function expertsOf({ values }: Pick<ModelInfo, 'values'>, block: number): number | null {
  const weights = values.find(({ name }) => name === `blocks.${block}.mlp.router_weights`)
  return weights ? Number(weights.shape.at(-1)) : null
}

/** Pixels that the board's columns need, within what the panes beside it can spare. */
export function boardWidth(model: Pick<ModelInfo, 'layers' | 'heads' | 'values'>): number {
  const columns = Array.from(
    { length: model.layers },
    (_, block) => insideParts(model, block).length + (expertsOf(model, block) ?? 0)
  )
  const most = Math.max(0, ...columns)
  const wanted = 150 + (most > 0 ? 23 : 20) * model.heads + 31 * most
  return Math.min(model.heads > 0 ? 470 : 560, Math.max(300, wanted))
}

/** A part as a key of sets. */
export function partKey({ kind, block, head, site }: Part): string {
  return [kind, block, head ?? site].filter((part) => part !== undefined).join(' ')
}

export function partOfKey(key: string): Part {
  const [kind, block, which] = key.split(' ') as [PartKind, string, string?]
  if (which === undefined) return { kind, block: Number(block) }
  const isInside = kind === 'gate' || kind === 'state' || kind === 'direction'
  return { kind, block: Number(block), ...(isInside ? { site: which } : { head: Number(which) }) }
}

/** Whether a model of so many layers and heads has the part. */
export function hasPart(
  model: Pick<ModelInfo, 'kind' | 'layers' | 'heads' | 'values'>,
  { kind, block, head = 0, site }: Part
): boolean {
  if (site !== undefined) return model.values.some(({ name }) => name === `blocks.${block}.${site}`)
  if (kind !== 'block' && !hasSublayers(model)) return false
  if (kind === 'expert') return head < (expertsOf(model, block) ?? 0)
  return block < model.layers && (kind !== 'head' || head < model.heads)
}

/** Where a block's attention, or a mixer in its place, writes to the residual stream. */
export function mixingSite({ values }: Pick<ModelInfo, 'values'>, block: number): 'attn.out' | 'mixer.out' {
  const named = (site: string): boolean => values.some(({ name }) => name === `blocks.${block}.${site}`)
  return !named('attn.pattern') && named('mixer.gate') ? 'mixer.out' : 'attn.out'
}

const wholeTitles: { readonly [K in PartKind]?: string } = {
  attention: 'all of its attention',
  mlp: 'its MLP',
  block: 'the whole layer'
}

/** As the window counts: layers and heads from 1, layer i being block i - 1. */
export function partTitle({ kind, block, head, site }: Part): string {
  if (site !== undefined) {
    const { title, direction } = siteWords(site)
    return [`Layer ${block + 1}`, title, direction].filter(Boolean).join(', ')
  }
  if (kind === 'head' || kind === 'expert') return `Layer ${block + 1}, ${kind} ${head! + 1}`
  return `Layer ${block + 1}, ${wholeTitles[kind]}`
}

/** Edits that the board offers; others come with imported sets. */
export const boardEdits = ['zero', 'mean', 'resample', 'noise'] as const satisfies readonly EditKind[]
export type BoardEdit = (typeof boardEdits)[number]

export function editOf(kind: BoardEdit): Edit {
  if (kind === 'resample') return { kind, seed: 1 }
  if (kind === 'noise') return { kind, size: 1, seed: 1 }
  return { kind }
}

/**
 * One intervention for each part; heads of one block go together, and experts. A block as a whole is left out,
 * whatever the edit.
 * @param mixing where a block's attention, or what is in its place, writes to the residual stream
 */
export function interventionsOf(
  parts: readonly Part[],
  edit: BoardEdit,
  mixing: (block: number) => 'attn.out' | 'mixer.out' = () => 'attn.out'
): Intervention[] {
  const numbered = (kind: 'head' | 'expert'): [block: number, list: number[]][] => {
    const byBlock = new Map<number, number[]>()
    for (const part of parts)
      if (part.kind === kind) byBlock.set(part.block, [...(byBlock.get(part.block) ?? []), part.head!])
    return [...byBlock].sort(([x], [y]) => x - y).map(([block, list]) => [block, list.sort((x, y) => x - y)])
  }
  const ofHeads = numbered('head').map(([block, heads]): Intervention => ({
    at: `blocks.${block}.attn.result`,
    heads,
    edit: editOf(edit)
  }))
  const ofExperts = numbered('expert').map(([block, neurons]): Intervention => ({
    at: `blocks.${block}.mlp.router_weights`,
    neurons,
    edit: editOf(edit)
  }))
  const others = parts.filter(({ kind }) => kind !== 'head' && kind !== 'expert').sort((x, y) => x.block - y.block)
  return [
    ...ofHeads,
    ...ofExperts,
    ...others.map(({ kind, block, site }): Intervention => {
      if (site !== undefined) return { at: `blocks.${block}.${site}` as HookName, edit: editOf(edit) }
      if (kind === 'block') return { at: `blocks.${block}.resid_post`, edit: { kind: 'skip' } }
      return { at: `blocks.${block}.${kind === 'attention' ? mixing(block) : 'mlp.out'}`, edit: editOf(edit) }
    })
  ]
}

/** The parts of the board that interventions speak of, and those the board cannot show. */
export function partsOf(interventions: readonly Intervention[]): {
  parts: Part[]
  edit: BoardEdit | null
  rest: Intervention[]
} {
  const parts: Part[] = []
  const rest: Intervention[] = []
  let edit: BoardEdit | null = null
  for (const intervention of interventions) {
    const inside = parseHookName(intervention.at)
    const insideKind = inside ? partOfSite(inside.site) : null
    const match = /^blocks\.(\d+)\.(attn\.result|attn\.out|mixer\.out|mlp\.out|mlp\.router_weights|resid_post)$/.exec(
      intervention.at
    )
    const block = Number(match?.[1])
    const kind = intervention.edit.kind
    const onBoard =
      (boardEdits as readonly string[]).includes(kind) &&
      !intervention.tokens &&
      (!intervention.neurons || match?.[2] === 'mlp.router_weights') &&
      (edit === null || edit === kind)
    if (onBoard && insideKind) parts.push({ kind: insideKind, block: inside!.block!, site: inside!.site })
    else if (match?.[2] === 'resid_post' && kind === 'skip') parts.push({ kind: 'block', block })
    else if (onBoard && match?.[2] === 'attn.result' && intervention.heads)
      parts.push(...intervention.heads.map((head): Part => ({ kind: 'head', block, head })))
    else if (onBoard && match?.[2] === 'mlp.router_weights' && intervention.neurons)
      parts.push(...intervention.neurons.map((head): Part => ({ kind: 'expert', block, head })))
    else if (onBoard && (match?.[2] === 'attn.out' || match?.[2] === 'mixer.out'))
      parts.push({ kind: 'attention', block })
    else if (onBoard && match?.[2] === 'mlp.out') parts.push({ kind: 'mlp', block })
    else {
      rest.push(intervention)
      continue
    }
    if (kind !== 'skip') edit = kind as BoardEdit
  }
  return { parts, edit, rest }
}

/** What the board says while every part of a model with so many heads a layer is on. */
export function nothingOff(heads: number): string {
  return (
    'Nothing is switched off. Click ' +
    (heads > 0
      ? 'a head, a dashed box for the whole attention or MLP output of a layer, or the layer itself.'
      : 'a gate, a state or a direction (its name is shown where the pointer rests), or a layer as a whole.')
  )
}
