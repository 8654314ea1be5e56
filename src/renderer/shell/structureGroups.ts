import type { TensorFacts } from '@shared/structure'

/** Tensors of one block, or of what is outside of blocks. */
export interface TensorGroup {
  /** 'block 3'; the name before the first dot for what is outside. */
  title: string
  block: number | null
  tensors: TensorFacts[]
  parameters: number
}

const embeddings = 'embeddings'

/**
 * Tensors by block, in the order of the model: what is outside of blocks first, as far as it comes before the first.
 * @param query only tensors whose name has each of its words, or a group of such a title; all where it is empty
 */
export function tensorGroups(tensors: readonly TensorFacts[], query: string): TensorGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const groups = new Map<string, TensorGroup>()
  for (const tensor of tensors) {
    const title = tensor.block === null ? outsideTitle(tensor.name) : `block ${tensor.block}`
    const text = `${title} ${tensor.name}`.toLowerCase()
    if (!words.every((word) => text.includes(word))) continue
    const group = groups.get(title) ?? { title, block: tensor.block, tensors: [], parameters: 0 }
    group.tensors.push(tensor)
    group.parameters += tensor.parameters
    groups.set(title, group)
  }
  const all = [...groups.values()]
  const isEmbedding = ({ title }: TensorGroup): boolean => title === embeddings
  return [
    ...all.filter((group) => group.block === null && isEmbedding(group)),
    ...all.filter(({ block }) => block !== null).sort((a, b) => a.block! - b.block!),
    ...all.filter((group) => group.block === null && !isEmbedding(group))
  ]
}

/** Embeddings together; of others what comes first in the name: 'pooler.dense.weight' is of 'pooler.dense'. */
function outsideTitle(name: string): string {
  if (/embed|wte|wpe/i.test(name)) return embeddings
  const parts = name.split(/[./]/)
  return parts.length === 1 ? 'other' : parts.slice(0, Math.min(2, parts.length - 1)).join('.')
}

/** What all names of a group begin with, up to a dot: it is written once. */
export function commonPrefix(tensors: readonly TensorFacts[]): string {
  const [first, ...others] = tensors.map(({ name }) => name.split('.'))
  if (!first || others.length === 0) return ''
  const differs = first.findIndex((part, i) => i === first.length - 1 || others.some((name) => name[i] !== part))
  return first
    .slice(0, differs)
    .map((part) => `${part}.`)
    .join('')
}
