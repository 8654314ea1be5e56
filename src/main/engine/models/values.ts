import { attentionHook, hiddenStateHook } from '@shared/hookNames'
import type { ValueInfo } from '@shared/model'

/** Hidden states of layers 0 .. layers. */
export function hiddenValues(layers: number, width: number): ValueInfo[] {
  return statesOfWidths(new Array<number>(layers + 1).fill(width))
}

/** The attention map of a block (0-based), which the layer above reads. */
export function attentionValue(block: number, heads: number): ValueInfo {
  return { name: attentionHook(block), kind: 'attention', layer: block + 1, shape: [heads, 'tokens', 'tokens'] }
}

/** Hidden states of layers that are not equally wide. */
export function statesOfWidths(widths: readonly number[]): ValueInfo[] {
  return widths.map((width, layer) => ({
    name: hiddenStateHook(layer),
    kind: 'hidden',
    layer,
    shape: ['tokens', width]
  }))
}

/** The scores of a head over the last layer. */
export function logitValues(layers: number, vocabulary: number): ValueInfo[] {
  return [{ name: 'logits', kind: 'logits', layer: layers, shape: ['tokens', vocabulary] }]
}
