import { everyBlock, plainHead, rmsNorm, scaledAttention, usual } from '../config'
import type { ModelFamily } from '../family'
import { usualMixture } from '../mixture/config'
import { readRotary } from '../rotaryFrequencies'
import { readSizes } from '../readSizes'
import { llamaWeights } from './llama'

/** Mixtures of experts in both sublayers. */
export const jetmoe: ModelFamily = {
  type: 'jetmoe',
  title: 'JetMoE',
  source: 'Shen et al. 2024, https://arxiv.org/abs/2404.07413',
  config(reader) {
    const keyValueHeads = reader.count('num_key_value_heads', 16)
    const chosen = reader.count('num_experts_per_tok', 2)
    const headWidth = reader.count(['kv_channels', 'head_dim'], 128)
    const size = readSizes(reader, {
      heads: keyValueHeads * chosen,
      maxTokens: reader.count('max_position_embeddings', 4096),
      headWidth,
      keyValueHeads
    })
    const routing = {
      ...usualMixture,
      experts: reader.count('num_local_experts', 8),
      chosen,
      width: size.mlpWidth,
      activation: reader.activation('activation_function', 'silu'),
      outputBias: true
    }
    return {
      ...usual,
      ...size,
      activation: routing.activation,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-6),
      norm: rmsNorm,
      normPlacement: 'input',
      finalNorm: true,
      causal: true,
      blocks: everyBlock(size.layers, {
        ...scaledAttention(headWidth),
        rotary: readRotary(reader, { headWidth }),
        mixer: { kind: 'expertAttention', routing, keyValueHeads, headWidth },
        feedForward: routing
      }),
      biases: { queryKeyValue: false, attentionOut: false, mlp: false },
      head: plainHead(reader.flag('tie_word_embeddings', true))
    }
  },
  weights: {
    tokenEmbedding: 'embed_tokens',
    attentionNorm: llamaWeights.attentionNorm,
    mixer: 'layers.{i}.self_attention',
    mlpNorm: llamaWeights.mlpNorm,
    mixture: {
      router: 'layers.{i}.mlp.router.layer',
      stacked: 'outIn',
      experts: {
        gate: 'layers.{i}.mlp.input_linear',
        up: 'layers.{i}.mlp.input_linear',
        down: 'layers.{i}.mlp.output_linear'
      },
      bias: 'layers.{i}.mlp.bias'
    },
    finalNorm: llamaWeights.finalNorm
  },
  head: { unembedding: 'lm_head' },
  prefixes: ['', 'model.'],
  ignored: [/^lm_head\./, /^(score|qa_outputs)\./]
}
