import type { TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { isSliding, readLayerTypes } from '../layerTypes'
import { llama, llamaConfig } from './llama'

/**
 * Llama's config with windows where `use_sliding_window` asks for them, from layer `max_window_layers` on unless the
 * layers are listed.
 */
export function qwenConfig(reader: ConfigReader): TransformerConfig {
  const config = llamaConfig(reader)
  const window = reader.flag('use_sliding_window', false) ? reader.optionalCount('sliding_window') : null
  const from = reader.number('max_window_layers', 28)
  const types = readLayerTypes(reader, config.layers, (i) => window !== null && i >= from)
  return {
    ...config,
    blocks: config.blocks.map((place, i) => ({ ...place, window: isSliding(types[i]!) ? window : null }))
  }
}

export const qwen2: ModelFamily = {
  ...llama,
  type: 'qwen2',
  title: 'Qwen2',
  source: 'Yang et al. 2024, https://arxiv.org/abs/2407.10671; Qwen2.5: https://arxiv.org/abs/2412.15115',
  config: (reader) => ({ ...qwenConfig(reader), biases: { queryKeyValue: true, attentionOut: false, mlp: false } })
}
