import { formatCounted } from './counts'
import type { ModelInfo } from './model'

/** Layers, heads where there are some, and width: `6 layers × 12 heads, 384 wide`. */
export function modelShape({ layers, heads, width }: Pick<ModelInfo, 'layers' | 'heads' | 'width'>): string {
  const across = heads > 0 ? ` × ${heads} heads` : ''
  return layers === 0 ? `layer 0 only, ${width} wide` : `${formatCounted(layers, 'layer')}${across}, ${width} wide`
}

/** How its weights are held in memory. */
export function inMemoryAs({ memory }: Pick<ModelInfo, 'memory'>): string {
  const numbers = memory.kept ? `as stored (${memory.kept})` : 'as 32-bit numbers'
  return memory.streamed ? `${numbers}, a block at a time` : numbers
}

/** How many tokens it knows, and how long an input may be; a model that reads characters knows every word. */
export function modelVocabulary({ vocabulary, maxTokens }: Pick<ModelInfo, 'vocabulary' | 'maxTokens'>): string {
  const endless = maxTokens === Number.MAX_SAFE_INTEGER
  if (endless && vocabulary === 0) return 'any word, by its characters'
  const words = formatCounted(vocabulary, endless ? 'word' : 'token')
  return `${words}, inputs ${endless ? 'of any length' : `up to ${maxTokens.toLocaleString('en')} tokens`}`
}
