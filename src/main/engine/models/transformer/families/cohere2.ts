import type { ModelFamily } from '../family'
import { isSliding, readLayerTypes } from '../layerTypes'
import { cohereConfig } from './cohere'
import { llama } from './llama'

/** Rotary positions in the layers with a window, none in the full ones. */
export const cohere2: ModelFamily = {
  ...llama,
  type: 'cohere2',
  title: 'Command R7B',
  source: 'Cohere 2025, https://arxiv.org/abs/2504.00698',
  config(reader) {
    const config = cohereConfig(reader, 10_000)
    const every = reader.count('sliding_window_pattern', 4)
    const types = readLayerTypes(reader, config.layers, (i) => (i + 1) % every !== 0)
    const window = reader.states('sliding_window') ? reader.optionalCount('sliding_window') : 4096
    return {
      ...config,
      blocks: config.blocks.map((place, i) =>
        isSliding(types[i]!) && window !== null ? { ...place, window } : { ...place, rotary: null }
      )
    }
  }
}
