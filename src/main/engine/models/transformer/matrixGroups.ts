import type { TransformerConfig } from './config'
import type { ModelFamily } from './family'

/**
 * The number of groups of a stored tensor: how many times its numbers the block-diagonal matrix has that it becomes; 1
 * for every other tensor.
 */
export function matrixGroups(name: string, { weights }: ModelFamily, { groups }: TransformerConfig): number {
  const { queryKeyValue, attentionOut, mlpIn, mlpOut } = weights
  if (!groups || !queryKeyValue || 'fused' in queryKeyValue) return 1
  const block = (stem: string | undefined): string => stem?.replace('{i}', '0') ?? ''
  const inFirstBlock = name.replace(/\.\d+\./, '.0.')
  const names = { ...queryKeyValue, attentionOut, mlpIn, mlpOut }
  const part = (Object.keys(groups) as (keyof typeof groups)[]).find((key) =>
    inFirstBlock.endsWith(`${block(names[key])}.weight`)
  )
  return part ? groups[part] : 1
}
