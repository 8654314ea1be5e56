import type { ModelFamily } from '../family'
import { modernbert } from './modernbert'

/** ModernBERT made causal: a query reaches half of `local_attention` back. */
export const modernbertDecoder: ModelFamily = {
  ...modernbert,
  type: 'modernbert-decoder',
  title: 'ModernBERT decoder',
  source: 'Weller et al. 2025 (Ettin), https://arxiv.org/abs/2507.11412',
  config(reader) {
    const config = modernbert.config(reader)
    return {
      ...config,
      causal: true,
      blocks: config.blocks.map((place) => ({ ...place, window: place.window === null ? null : place.window - 1 }))
    }
  },
  weights: {
    ...modernbert.weights,
    queryKeyValue: {
      query: 'layers.{i}.attn.q_proj',
      key: 'layers.{i}.attn.k_proj',
      value: 'layers.{i}.attn.v_proj'
    }
  },
  head: {
    dense: 'lm_head.dense',
    norm: 'lm_head.norm',
    unembedding: 'decoder',
    bias: ['decoder.bias', 'lm_head.decoder.bias']
  },
  ignored: [...modernbert.ignored, /^lm_head\./]
}
