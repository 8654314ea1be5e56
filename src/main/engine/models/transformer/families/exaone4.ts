import { rmsOfHeads } from '../config'
import type { ModelFamily } from '../family'
import { isSliding, readLayerTypes } from '../layerTypes'
import { llama, llamaConfig } from './llama'
import { olmo2 } from './olmo2'

/** Norms on outputs alone; where there are windows, no positions in the full layers. */
export const exaone4: ModelFamily = {
  ...llama,
  type: 'exaone4',
  title: 'EXAONE 4.0',
  source: 'LG AI Research 2025, https://arxiv.org/abs/2507.11407',
  config(reader) {
    const config = llamaConfig(reader)
    const window = reader.states('sliding_window') ? reader.optionalCount('sliding_window') : 4096
    const every = window === null || reader.has('layer_types') ? 1 : reader.count('sliding_window_pattern', 4)
    const types = readLayerTypes(reader, config.layers, (i) => (i + 1) % every !== 0)
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      normPlacement: 'output',
      queryKeyNorm: rmsOfHeads,
      biases: { queryKeyValue: false, attentionOut: false, mlp: false },
      blocks: config.blocks.map((place, i) => ({
        ...place,
        window: isSliding(types[i]!) ? window : null,
        rotary: window === null || isSliding(types[i]!) ? place.rotary : null
      }))
    }
  },
  weights: olmo2.weights
}
