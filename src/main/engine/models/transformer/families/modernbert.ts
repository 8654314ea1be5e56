import { scaledAttention, usual } from '../config'
import type { ModelFamily } from '../family'
import { readRotary } from '../rotaryFrequencies'
import { taskHeads } from './bert'
import { isSliding, readLayerTypes } from '../layerTypes'
import { readSizes } from '../readSizes'

export const modernbert: ModelFamily = {
  type: 'modernbert',
  title: 'ModernBERT',
  source: 'Warner et al. 2025, https://aclanthology.org/2025.acl-long.127/',
  config(reader) {
    const size = readSizes(reader)
    const every = reader.count('global_attn_every_n_layers', 3)
    const types = readLayerTypes(reader, size.layers, (i) => i % every !== 0)
    // The config counts both directions; a query reaches half of it on either side, and itself.
    const reach = Math.floor(reader.count('local_attention', 128) / 2)
    reader.only('sliding_window', [reach])
    const window = reach + 1
    const { headWidth } = size
    const far = readRotary(reader, {
      headWidth,
      layerType: 'full_attention',
      thetaFields: ['global_rope_theta'],
      theta: 160_000
    })
    const near = readRotary(reader, {
      headWidth,
      layerType: 'sliding_attention',
      thetaFields: ['local_rope_theta'],
      theta: 10_000
    })
    const attentionBias = reader.flag('attention_bias', false)
    return {
      ...usual,
      ...size,
      activation: reader.activation('hidden_activation', 'gelu'),
      normEpsilon: reader.epsilon('norm_eps', 1e-5),
      norm: { ...usual.norm, bias: reader.flag('norm_bias', false) },
      embeddingNorm: true,
      normPlacement: 'input',
      firstAttentionNorm: false,
      finalNorm: true,
      causal: false,
      blocks: types.map((type) => ({
        ...scaledAttention(headWidth),
        window: isSliding(type) ? window : null,
        rotary: isSliding(type) ? near : far
      })),
      gated: true,
      biases: { queryKeyValue: attentionBias, attentionOut: attentionBias, mlp: reader.flag('mlp_bias', false) },
      head: {
        transform: {
          activation: reader.activation('classifier_activation', 'gelu'),
          width: size.width,
          bias: reader.flag('classifier_bias', false)
        },
        bias: reader.flag('decoder_bias', true),
        tied: reader.flag('tie_word_embeddings', true),
        scale: 1,
        cap: null
      }
    }
  },
  weights: {
    tokenEmbedding: 'embeddings.tok_embeddings',
    embeddingNorm: 'embeddings.norm',
    queryKeyValue: { fused: 'layers.{i}.attn.Wqkv', order: 'stacked' },
    attentionOut: 'layers.{i}.attn.Wo',
    attentionNorm: 'layers.{i}.attn_norm',
    mlpIn: 'layers.{i}.mlp.Wi',
    mlpGate: 'layers.{i}.mlp.Wi',
    mlpOut: 'layers.{i}.mlp.Wo',
    mlpNorm: 'layers.{i}.mlp_norm',
    finalNorm: 'final_norm'
  },
  head: { dense: 'head.dense', norm: 'head.norm', unembedding: 'decoder', bias: ['decoder.bias'] },
  prefixes: ['', 'model.'],
  untrained: (reader) => {
    // Deviates beyond the cutoff are drawn again; what is added to the residual stream is scaled as in GPT-2.
    const deviation = reader.number('initializer_range', 0.02)
    const cutoff = reader.number('initializer_cutoff_factor', 2)
    const scaled = deviation / Math.sqrt(2 * reader.count('num_hidden_layers'))
    return [
      { tensors: /(Wo|dense|decoder)\.weight$/, draw: { deviation: scaled, cutoff } },
      { tensors: /(Wqkv|Wi|tok_embeddings)\.weight$/, draw: { deviation, cutoff } }
    ]
  },
  ignored: [...taskHeads, /^head\./, /^decoder\./]
}
