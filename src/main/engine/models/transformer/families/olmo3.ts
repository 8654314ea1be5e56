import type { ModelFamily } from '../family'
import { isSliding, readLayerTypes } from '../layerTypes'
import { readRotary } from '../rotaryFrequencies'
import { olmo2, olmo2Config } from './olmo2'

/** OLMo 2 with windows; the scaling of rotary positions is that of the full layers alone. */
export const olmo3: ModelFamily = {
  ...olmo2,
  type: 'olmo3',
  title: 'OLMo 3',
  source: 'OLMo Team 2025, https://arxiv.org/abs/2512.13961',
  config(reader) {
    const full = { layerType: 'full_attention', theta: 500_000 }
    const config = olmo2Config(reader, full)
    const window = reader.states('sliding_window') ? reader.optionalCount('sliding_window') : 4096
    const types = readLayerTypes(reader, config.layers, (i) => (i + 1) % 4 !== 0)
    const { headWidth } = config
    const far = readRotary(reader, { headWidth, ...full })
    const near = readRotary(reader, { headWidth, ...full, layerType: 'sliding_attention', unscaled: true })
    return {
      ...config,
      blocks: config.blocks.map((place, i) => ({
        ...place,
        window: isSliding(types[i]!) ? window : null,
        rotary: isSliding(types[i]!) ? near : far
      }))
    }
  }
}
