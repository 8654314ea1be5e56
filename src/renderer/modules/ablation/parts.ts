import type { Edit, EditKind, Intervention } from '@shared/intervention'

/**
 * What can be switched on the board: a head, or all that a block's attention or MLP adds, or the block itself. Blocks
 * and heads count from 0.
 */
export type PartKind = 'head' | 'attention' | 'mlp' | 'block'

export interface Part {
  kind: PartKind
  block: number
  /** Only of a head. */
  head?: number
}

/** A part as a key of sets. */
export function partKey({ kind, block, head }: Part): string {
  return head === undefined ? `${kind} ${block}` : `${kind} ${block} ${head}`
}

export function partOfKey(key: string): Part {
  const [kind, block, head] = key.split(' ') as [PartKind, string, string?]
  return head === undefined ? { kind, block: Number(block) } : { kind, block: Number(block), head: Number(head) }
}

/** Whether a model of so many layers and heads has the part. */
export function hasPart({ layers, heads }: { layers: number; heads: number }, { block, head = 0 }: Part): boolean {
  return block < layers && head < heads
}

/** As the window counts: layers and heads from 1, layer i being block i - 1. */
export function partTitle({ kind, block, head }: Part): string {
  if (kind === 'head') return `Layer ${block + 1}, head ${head! + 1}`
  return `Layer ${block + 1}, ${{ attention: 'all of its attention', mlp: 'its MLP', block: 'the whole layer' }[kind]}`
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
 * One intervention for each part; heads of one block go together. A block as a whole is left out, whatever the edit.
 */
export function interventionsOf(parts: readonly Part[], edit: BoardEdit): Intervention[] {
  const heads = new Map<number, number[]>()
  for (const { kind, block, head } of parts) if (kind === 'head') heads.set(block, [...(heads.get(block) ?? []), head!])
  const ofHeads = [...heads]
    .sort(([a], [b]) => a - b)
    .map(([block, list]): Intervention => ({
      at: `blocks.${block}.attn.result`,
      heads: [...list].sort((a, b) => a - b),
      edit: editOf(edit)
    }))
  const others = parts.filter(({ kind }) => kind !== 'head').sort((a, b) => a.block - b.block)
  return [
    ...ofHeads,
    ...others.map(({ kind, block }): Intervention => {
      if (kind === 'block') return { at: `blocks.${block}.resid_post`, edit: { kind: 'skip' } }
      return { at: `blocks.${block}.${kind === 'attention' ? 'attn.out' : 'mlp.out'}`, edit: editOf(edit) }
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
    const match = /^blocks\.(\d+)\.(attn\.result|attn\.out|mlp\.out|resid_post)$/.exec(intervention.at)
    const block = Number(match?.[1])
    const kind = intervention.edit.kind
    const onBoard =
      (boardEdits as readonly string[]).includes(kind) &&
      !intervention.tokens &&
      !intervention.neurons &&
      (edit === null || edit === kind)
    if (match?.[2] === 'resid_post' && kind === 'skip') parts.push({ kind: 'block', block })
    else if (onBoard && match?.[2] === 'attn.result' && intervention.heads)
      parts.push(...intervention.heads.map((head): Part => ({ kind: 'head', block, head })))
    else if (onBoard && match?.[2] === 'attn.out') parts.push({ kind: 'attention', block })
    else if (onBoard && match?.[2] === 'mlp.out') parts.push({ kind: 'mlp', block })
    else {
      rest.push(intervention)
      continue
    }
    if (kind !== 'skip') edit = kind as BoardEdit
  }
  return { parts, edit, rest }
}
