import { layerName } from '@shared/finetune'

/** Layers to choose from, the embeddings first. */
export function layerOptions(layers: number): { value: string; title: string }[] {
  return Array.from({ length: layers + 1 }, (_, layer) => ({
    value: String(layer),
    title: layerName(layer, layers)
  }))
}
