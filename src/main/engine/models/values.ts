import { attentionHook, hiddenStateHook } from '@shared/hookNames'
import type { ValueInfo } from '@shared/model'

/** Hidden states of layers 0 .. layers. */
export function hiddenValues(layers: number, width: number): ValueInfo[] {
  return Array.from({ length: layers + 1 }, (_, layer) => ({
    name: hiddenStateHook(layer),
    kind: 'hidden',
    layer,
    shape: ['tokens', width]
  }))
}

/** The attention maps that layers 1 .. layers read. */
export function attentionValues(layers: number, heads: number): ValueInfo[] {
  return Array.from({ length: layers }, (_, block) => ({
    name: attentionHook(block),
    kind: 'attention',
    layer: block + 1,
    shape: [heads, 'tokens', 'tokens']
  }))
}

/** The scores of a head over the last layer. */
export function logitValues(layers: number, vocabulary: number): ValueInfo[] {
  return [{ name: 'logits', kind: 'logits', layer: layers, shape: ['tokens', vocabulary] }]
}
