import { plainHead, usual, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { llama, llamaConfig, llamaWeights } from './llama'

/** Attention and MLP side by side behind one norm, scaled logits. */
export function cohereConfig(reader: ConfigReader, theta: number): TransformerConfig {
  const config = llamaConfig(reader, { theta, interleaved: true })
  return {
    ...config,
    normEpsilon: reader.epsilon('layer_norm_eps', 1e-5),
    norm: { ...usual.norm, bias: false },
    parallel: 'sharedNorm',
    biases: { ...config.biases, mlp: false },
    head: {
      ...plainHead(reader.flag('tie_word_embeddings', true)),
      scale: reader.number('logit_scale', 0.0625)
    }
  }
}

export const cohere: ModelFamily = {
  ...llama,
  type: 'cohere',
  title: 'Command R',
  source: 'Aryabumi et al. 2024 (Aya 23), https://arxiv.org/abs/2405.15032',
  config(reader) {
    return {
      ...cohereConfig(reader, 500_000),
      queryKeyNorm: reader.flag('use_qk_norm', false)
        ? { over: 'head', kind: 'layer', weights: 'byHead', bias: false, turned: false }
        : null
    }
  },
  weights: { ...llamaWeights, queryNorm: 'layers.{i}.self_attn.q_norm', keyNorm: 'layers.{i}.self_attn.k_norm' }
}
