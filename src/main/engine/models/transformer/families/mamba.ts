import { everyBlock, plainHead, rmsNorm, unscaledAttention, usual, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { noHeads, readSizes } from '../readSizes'
import type { MambaConfig, MixerConfig } from '../mixers/config'

/**
 * Layers of one sublayer each: a norm, a mixer, the sum.
 * @param tied whether the head's matrix is the token embeddings where the config does not say
 */
export function recurrentConfig(reader: ConfigReader, mixer: MixerConfig, tied = true): TransformerConfig {
  const size = readSizes(reader, {
    ...noHeads,
    layers: reader.count(['num_hidden_layers', 'n_layer']),
    mlpWidth: 0,
    // There is no table of positions and no window; the tokenizer may say how far training went.
    maxTokens: reader.count('max_position_embeddings', 2 ** 20)
  })
  reader.only('residual_in_fp32', [true, false])
  return {
    ...usual,
    ...size,
    activation: 'silu',
    normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-5),
    norm: rmsNorm,
    normPlacement: 'input',
    finalNorm: true,
    causal: true,
    blocks: everyBlock(size.layers, { ...unscaledAttention, mixer, feedForward: 'none' }),
    head: plainHead(reader.flag('tie_word_embeddings', tied))
  }
}

/** The fields of Mamba's own config. */
export function mambaMixer(reader: ConfigReader, norms: MambaConfig['norms']): MambaConfig {
  const width = reader.count('hidden_size')
  reader.only('hidden_act', ['silu', 'swish'])
  const rank = reader.value('time_step_rank')
  return {
    kind: 'mamba',
    inner: reader.count(['intermediate_size', 'd_inner'], Math.floor(reader.positive('expand', 2) * width)),
    state: reader.count('state_size', 16),
    rank: rank === undefined || rank === 'auto' ? Math.ceil(width / 16) : reader.count('time_step_rank'),
    kernel: reader.count('conv_kernel', 4),
    convolutionBias: reader.flag('use_conv_bias', true),
    bias: reader.flag('use_bias', false),
    norms,
    normEpsilon: reader.epsilon('mixer_rms_eps', 1e-6)
  }
}

export const mamba: ModelFamily = {
  type: 'mamba',
  title: 'Mamba',
  source: 'Gu & Dao 2024, https://openreview.net/forum?id=tEYskw1VY2',
  config: (reader) => recurrentConfig(reader, mambaMixer(reader, 'none')),
  weights: {
    tokenEmbedding: ['embeddings', 'embedding'],
    attentionNorm: 'layers.{i}.norm',
    mixer: 'layers.{i}.mixer',
    finalNorm: 'norm_f'
  },
  head: { unembedding: 'lm_head' },
  prefixes: ['backbone.', ''],
  ignored: [/^lm_head\./],
  hiddenStatesOf: 'blocks',
  note:
    'Layer 0 is the embeddings. hidden_states of transformers begin with the first block and end with the last ' +
    'before and after the final norm.'
}
