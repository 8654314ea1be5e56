import type { ConfigReader } from './configReader'

export type LayerType = 'full_attention' | 'sliding_attention'

export function isSliding(type: LayerType): boolean {
  return type === 'sliding_attention'
}

/** `layer_types` where the config has it, otherwise by the rule of the family's older files. */
export function readLayerTypes(
  reader: ConfigReader,
  layers: number,
  slidingByRule: (layer: number) => boolean
): LayerType[] {
  const given = reader.texts('layer_types')
  if (!given)
    return Array.from({ length: layers }, (_, i) => (slidingByRule(i) ? 'sliding_attention' : 'full_attention'))
  if (given.length !== layers) throw reader.refusal('layer_types', `but the model has ${layers} layers`)
  const types = given.filter((type): type is LayerType => type === 'full_attention' || type === 'sliding_attention')
  if (types.length !== layers)
    throw reader.refusal('layer_types', 'of which Layerscope implements full_attention and sliding_attention')
  return types
}
