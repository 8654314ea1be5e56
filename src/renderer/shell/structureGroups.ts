import type { TensorFacts } from '@shared/structure'

/** Tensors of one block, or of what is outside of blocks. */
export interface TensorGroup {
  /** 'block 3'; the name before the first dot for what is outside. */
  title: string
  block: number | null
  tensors: TensorFacts[]
  parameters: number
}

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
  const isEmbedding = ({ title }: TensorGroup): boolean => /embed|wte|wpe|shared/i.test(title)
  return [
    ...all.filter((group) => group.block === null && isEmbedding(group)),
    ...all.filter(({ block }) => block !== null).sort((a, b) => a.block! - b.block!),
    ...all.filter((group) => group.block === null && !isEmbedding(group))
  ]
}

/** What comes before the last part of a name: 'embeddings.word_embeddings.weight' is of the embeddings. */
function outsideTitle(name: string): string {
  const parts = name.split(/[./]/)
  return parts.length === 1 ? 'other' : parts.slice(0, Math.min(2, parts.length - 1)).join('.')
}
