import type { ModelFamily } from '../family'
import { clipText, clipTextConfig } from './clipText'

/** CLIP's encoder reading in both directions. */
export const siglipText: ModelFamily = {
  ...clipText,
  type: 'siglip_text_model',
  title: 'SigLIP (text)',
  source: 'Zhai et al. 2023, https://doi.org/10.1109/ICCV51070.2023.01100',
  config(reader) {
    return {
      ...clipTextConfig(reader),
      activation: reader.activation('hidden_act', 'gelu_pytorch_tanh'),
      normEpsilon: reader.epsilon('layer_norm_eps', 1e-6),
      causal: false
    }
  }
}
