import { plainHead } from '../config'
import type { ModelFamily } from '../family'
import { isSliding, readLayerTypes } from '../layerTypes'
import { llama, llamaConfig } from './llama'

/** Llama without positions in every fourth layer. */
export const smollm3: ModelFamily = {
  ...llama,
  type: 'smollm3',
  title: 'SmolLM3',
  source:
    'Bakouch et al. 2025, https://huggingface.co/blog/smollm3; layers without positions: Yang et al. 2025, ' +
    'https://arxiv.org/abs/2501.18795',
  config(reader) {
    const config = llamaConfig(reader, { theta: 2_000_000 })
    const every = reader.count('no_rope_layer_interval', 4)
    const turned =
      reader.integers('no_rope_layers') ??
      Array.from({ length: config.layers }, (_, i) => ((i + 1) % every !== 0 ? 1 : 0))
    if (turned.length !== config.layers)
      throw reader.refusal('no_rope_layers', `but the model has ${config.layers} layers`)
    const window = reader.optionalCount('sliding_window')
    const windowed = reader.flag('use_sliding_window', false) && window !== null
    const types = readLayerTypes(reader, config.layers, (i) => windowed && turned[i] === 0)
    return {
      ...config,
      blocks: config.blocks.map((place, i) => ({
        ...place,
        window: isSliding(types[i]!) ? window : null,
        rotary: turned[i] === 0 ? null : place.rotary
      })),
      head: plainHead(reader.flag('tie_word_embeddings', true))
    }
  }
}
