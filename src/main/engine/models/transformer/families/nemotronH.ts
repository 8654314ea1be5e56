import { everyBlock, plainHead, rmsNorm, scaledAttention, usual, type BlockAttention } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { readSizes } from '../readSizes'
import type { Mamba2Config } from '../mixers/config'
import type { MixtureConfig } from '../mixture/config'
import { sigmoidMixture } from './glm4Moe'
import { groupsOf } from './mamba2'

const letters: Readonly<Record<string, string>> = { M: 'linear_attention', E: 'moe', '*': 'full_attention', '-': 'mlp' }
const older: Readonly<Record<string, string>> = { mamba: 'linear_attention', attention: 'full_attention' }

/** What each block is; older files write it as a row of letters. */
function blockTypes(reader: ConfigReader): string[] {
  const pattern = reader.text('hybrid_override_pattern', '')
  const field = reader.has('layer_types') ? 'layer_types' : 'layers_block_type'
  const types = reader.texts(field)?.map((type) => older[type] ?? type) ?? [...pattern].map((letter) => letters[letter])
  if (!types.length) throw reader.refusal(field, 'and without it the layers are not known')
  if (types.some((type) => type === undefined || !Object.values(letters).includes(type)))
    throw reader.refusal(
      reader.has(field) ? field : 'hybrid_override_pattern',
      `of which Layerscope implements ${Object.values(letters).join(', ')}`
    )
  return types as string[]
}

function mambaOf(reader: ConfigReader): Mamba2Config {
  const heads = reader.count('mamba_num_heads', 128)
  const bias = reader.flag('use_bias', false)
  reader.only('mamba_hidden_act', ['silu', 'swish'])
  return {
    kind: 'mamba2',
    heads,
    headWidth: reader.count('mamba_head_dim', 64),
    groups: groupsOf(reader, reader.has('mamba_n_groups') ? 'mamba_n_groups' : 'n_groups', heads, 8),
    state: reader.count('ssm_state_size', 128),
    kernel: reader.count(['mamba_d_conv', 'conv_kernel'], 4),
    convolutionBias: reader.flag(reader.has('mamba_conv_bias') ? 'mamba_conv_bias' : 'use_conv_bias', true),
    inBias: bias,
    outBias: bias,
    norm: 'afterGate',
    normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-5),
    // Of the two limits the reference implementation keeps to the smallest step, by another field.
    stepLimits: [reader.number(['mamba_dt_min', 'time_step_min'], 0.001), Infinity],
    multipliers: null,
    inputScale: 1,
    outputScale: 1
  }
}

/** Blocks of one sublayer each: Mamba 2, attention without positions, an MLP, or a mixture of experts. */
export const nemotronH: ModelFamily = {
  type: 'nemotron_h',
  title: 'Nemotron-H',
  source: 'NVIDIA 2025, https://arxiv.org/abs/2504.03624',
  config(reader) {
    const types = blockTypes(reader)
    const size = readSizes(reader, {
      layers: types.length,
      mlpWidth: reader.count('intermediate_size', 21_504),
      maxTokens: reader.count('max_position_embeddings', 4096),
      headWidth: reader.count('head_dim', 128),
      keyValueHeads: reader.optionalCount('num_key_value_heads')
    })
    const bias = reader.flag('mlp_bias', false)
    const config = {
      ...usual,
      ...size,
      activation: reader.activation('mlp_hidden_act', 'relu2'),
      normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-5),
      norm: rmsNorm,
      normPlacement: 'input',
      finalNorm: true,
      causal: true,
      blocks: everyBlock(size.layers, scaledAttention(size.headWidth)),
      biases: { queryKeyValue: false, attentionOut: false, mlp: bias },
      head: plainHead(reader.flag('tie_word_embeddings', false))
    } as const
    const mixer = mambaOf(reader)
    const mixture = (): MixtureConfig => ({
      ...sigmoidMixture(reader, config),
      gated: false,
      latent: reader.optionalCount('moe_latent_size'),
      shared: { width: reader.count('moe_shared_expert_intermediate_size', 7688), weighed: false }
    })
    const routed = types.includes('moe') ? mixture() : ('none' as const)
    const blockOf = (place: BlockAttention, type: string): BlockAttention => {
      if (type === 'linear_attention') return { ...place, mixer, feedForward: 'none' }
      if (type === 'full_attention') return { ...place, feedForward: 'none' }
      return type === 'mlp' ? { ...place, mixer: 'none' } : { ...place, mixer: 'none', feedForward: routed }
    }
    return { ...config, blocks: config.blocks.map((place, i) => blockOf(place, types[i]!)) }
  },
  weights: {
    tokenEmbedding: ['embeddings', 'embed_tokens'],
    queryKeyValue: {
      query: 'layers.{i}.mixer.q_proj',
      key: 'layers.{i}.mixer.k_proj',
      value: 'layers.{i}.mixer.v_proj'
    },
    attentionOut: 'layers.{i}.mixer.o_proj',
    attentionNorm: 'layers.{i}.norm',
    mixer: 'layers.{i}.mixer',
    mlpIn: 'layers.{i}.mixer.up_proj',
    mlpOut: 'layers.{i}.mixer.down_proj',
    mlpNorm: 'layers.{i}.norm',
    mixture: {
      router: 'layers.{i}.mixer.gate',
      correction: 'layers.{i}.mixer.gate.e_score_correction_bias',
      experts: { up: 'layers.{i}.mixer.experts.{e}.up_proj', down: 'layers.{i}.mixer.experts.{e}.down_proj' },
      shared: { up: 'layers.{i}.mixer.shared_experts.up_proj', down: 'layers.{i}.mixer.shared_experts.down_proj' },
      latent: { into: 'layers.{i}.mixer.fc1_latent_proj', out: 'layers.{i}.mixer.fc2_latent_proj' }
    },
    finalNorm: 'norm_f'
  },
  head: { unembedding: 'lm_head' },
  prefixes: ['backbone.', 'model.', ''],
  ignored: [/^lm_head\./, /^mtp\./]
}
