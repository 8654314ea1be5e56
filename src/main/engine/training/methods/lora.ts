import type { Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import { configOfBlock } from '../../models/transformer/config'
import { lowRankMatrix, type AttentionSite, type Parameters, type PartChange } from '../parameters'
import type { Adaptation } from '../recipe'
import { requireAttentionAlone, wholeGroups, type NewParameter, type PlanContext, type Planner } from './planner'

type Lora = Extract<Adaptation, { kind: 'lora' }>

/** The low-rank pairs of queries and values, whose B A is added times alpha / rank (Hu et al. 2021, section 4.1). */
export function loraChange({ rank, alpha, parts }: Lora, parameters: Parameters): PartChange {
  return ({ part: { name, block } }) => {
    if (!parts.includes(name)) return null
    const of = (matrix: 'a' | 'b'): Tensor2D => parameters.get(`lora.${block}.${name}.${matrix}`) as unknown as Tensor2D
    return { a: of('a'), b: of('b'), scale: alpha / rank }
  }
}

/** What a pair adds to its matrix, [outputs head by head, inputs]; null: nothing. */
export function loraMatrix(adaptation: Lora, parameters: Parameters, site: AttentionSite): Tensor2D | null {
  const pair = loraChange(adaptation, parameters)(site)
  return pair && lowRankMatrix(pair)
}

/**
 * A of deviation 1 / rank, B of zeros at first, for queries and values of every block, and the head.
 * @throws UserError for a model whose queries or values come from a block-diagonal matrix
 */
export const planLora: Planner<'lora'> = ({ rank, alpha }, context) => {
  const { width, heads, blocks, groups } = context.config
  if (groups && Math.max(groups.query, groups.value) > 1)
    throw new UserError(
      'LoRA adds a full matrix to those of queries and values, and those of this model are block-diagonal; choose ' +
        'another method.'
    )
  requireAttentionAlone(context.config, 'LoRA adds')
  if (blocks.some(({ keysOf, keysAreValues }) => keysOf !== undefined || keysAreValues))
    throw new UserError(
      'LoRA adds to the matrices of queries and values of every block, and some blocks of this model have no values ' +
        'of their own; choose another method.'
    )
  const parts = ['query', 'value'] as const
  const widthOf = (part: (typeof parts)[number], block: number): number => {
    const { keyValueHeads, headWidth } = configOfBlock(context.config, block)
    return (part === 'query' ? heads : keyValueHeads) * headWidth
  }
  // Blocks that share their weights share the change.
  const count = blockCount(context)
  const added = Array.from({ length: Math.min(count, blocks.length) }, (_, block) =>
    parts.flatMap((part): NewParameter[] => [
      { name: `lora.${block}.${part}.a`, shape: [rank, width], deviation: 1 / rank },
      {
        name: `lora.${block}.${part}.b`,
        shape: [widthOf(part, block), rank],
        deviation: 0
      }
    ])
  )
  const trained = context.layers.map((_, layer) => (added[layer - 1] ?? []).map(({ name }) => name))
  return {
    adaptation: { kind: 'lora', rank, alpha, parts: [...parts] },
    newParameters: added.flat(),
    stages: [{ name: 'LoRA', groups: wholeGroups({ ...context, layers: trained }) }]
  }
}

/** Blocks that have weights of their own. */
function blockCount({ layers }: PlanContext): number {
  return layers.slice(1, -1).filter((names) => names.length > 0).length
}
