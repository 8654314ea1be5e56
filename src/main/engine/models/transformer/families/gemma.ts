import { plainHead, rmsNorm, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { llama, llamaConfig, type LlamaOptions } from './llama'

/** Llama's config with scaled embeddings, norms stored as differences from 1 and the head tied. */
export function gemmaConfig(
  reader: ConfigReader,
  activationField: string,
  options: LlamaOptions = {}
): TransformerConfig {
  // Where it is 'vision', text is attended to causally.
  reader.only('use_bidirectional_attention', [false, 'vision'])
  if (!reader.has('head_dim')) throw reader.refusal('head_dim', 'and Layerscope does not guess it')
  const config = llamaConfig(reader, options)
  return {
    ...config,
    activation: reader.activation(activationField, 'gelu_pytorch_tanh'),
    norm: { ...rmsNorm, offset: 1 },
    embeddingScale: Math.sqrt(config.width),
    biases: { ...config.biases, mlp: false },
    head: plainHead(reader.flag('tie_word_embeddings', true))
  }
}

export const gemma: ModelFamily = {
  ...llama,
  type: 'gemma',
  title: 'Gemma',
  source: 'Gemma Team 2024, https://arxiv.org/abs/2403.08295',
  config(reader) {
    const config = gemmaConfig(reader, 'hidden_act')
    // The first checkpoints said gelu and meant its tanh approximation.
    return { ...config, activation: reader.value('hidden_act') === 'gelu' ? 'geluTanh' : config.activation }
  }
}
