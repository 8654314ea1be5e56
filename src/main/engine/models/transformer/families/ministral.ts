import type { ModelFamily } from '../family'
import { isSliding, readLayerTypes } from '../layerTypes'
import { mistral } from './mistral'

/** Mistral with a window in some of the layers. */
export const ministral: ModelFamily = {
  ...mistral,
  type: 'ministral',
  title: 'Ministral',
  source: 'Mistral AI 2024, https://mistral.ai/news/ministraux',
  config(reader) {
    const config = mistral.config(reader)
    const window = reader.states('sliding_window') ? reader.optionalCount('sliding_window') : 4096
    const types = readLayerTypes(reader, config.layers, () => window !== null)
    return {
      ...config,
      blocks: config.blocks.map((place, i) => ({ ...place, window: isSliding(types[i]!) ? window : null }))
    }
  }
}
