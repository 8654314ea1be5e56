import { rmsNorm, rmsOfHeads, type BlockAttention } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { isSliding, readLayerTypes, type LayerType } from '../layerTypes'
import { readRotary, type Rotary } from '../rotaryFrequencies'
import { gemma2Config, gemma2Weights } from './gemma2'
import { gemma3 } from './gemma3'
import { readSharedKeys } from './sharedKeys'

/** The sizes of a layer's heads: by `per_layer_config`, or by the fields of the first files. */
function headsOf(
  reader: ConfigReader,
  layer: number,
  type: LayerType,
  given: { headWidth: number; keyValueHeads: number }
): { headWidth: number; keyValueHeads: number } {
  const { headWidth, keyValueHeads } = given
  const each = reader.object('per_layer_config')
  if (each) {
    const own = each.object(String(layer))
    return {
      headWidth: own?.optionalCount('head_dim') ?? headWidth,
      keyValueHeads: own?.optionalCount('num_key_value_heads') ?? keyValueHeads
    }
  }
  if (isSliding(type)) return { headWidth, keyValueHeads }
  const wide = reader.flag('attention_k_eq_v', false) ? reader.optionalCount('num_global_key_value_heads') : null
  return { headWidth: reader.count('global_head_dim', 512), keyValueHeads: wide ?? keyValueHeads }
}

/** Embeddings for each layer; null for a model without. */
function layerInputsIn(reader: ConfigReader): { width: number; vocabulary: number } | null {
  if (reader.states('hidden_size_per_layer_input') && !reader.value('hidden_size_per_layer_input')) return null
  return {
    width: reader.count('hidden_size_per_layer_input', 256),
    vocabulary: reader.count('vocab_size_per_layer_input', 262_144)
  }
}

/**
 * Gemma 3 with normed values, wider heads in full layers, embeddings for each layer, a stored factor on every layer's
 * output, and keys that are values or are shared by the last layers. Its mixture of experts is refused.
 */
export const gemma4: ModelFamily = {
  ...gemma3,
  type: 'gemma4_text',
  title: 'Gemma 4',
  className: 'gemma4',
  source: 'https://huggingface.co/docs/transformers/model_doc/gemma4',
  config(reader) {
    reader.only('enable_moe_block', [false])
    const byRule = (i: number): boolean => (i + 1) % 6 !== 0
    const near = { layerType: 'sliding_attention', theta: 10_000 }
    const config = gemma2Config(reader, byRule, near)
    const types = readLayerTypes(reader, config.layers, byRule)
    // The last is a full one, whatever the config says.
    types[config.layers - 1] = 'full_attention'
    const window = reader.count('sliding_window', 512)
    const shared = readSharedKeys(reader, types, 0)
    const keysAreValues = reader.flag('attention_k_eq_v', false)
    const wideMlp = reader.flag('use_double_wide_mlp', false)
    const turned = new Map<string, Rotary>()
    const rotaryOf = (type: LayerType, headWidth: number): Rotary => {
      const known = turned.get(`${type} ${headWidth}`)
      if (known) return known
      const rotary = isSliding(type)
        ? readRotary(reader, { headWidth, ...near })
        : readRotary(reader, {
            headWidth,
            layerType: 'full_attention',
            theta: 1_000_000,
            types: ['default', 'proportional']
          })
      turned.set(`${type} ${headWidth}`, rotary)
      return rotary
    }
    return {
      ...config,
      norm: rmsNorm,
      queryKeyNorm: { ...rmsOfHeads, values: true },
      scoreCap: null,
      layerFactors: true,
      layerInputs: layerInputsIn(reader),
      blocks: config.blocks.map((place, i): BlockAttention => {
        const type = types[i]!
        const heads = headsOf(reader, i, type, config)
        return {
          ...place,
          ...heads,
          scale: 1,
          window: isSliding(type) ? window : null,
          rotary: rotaryOf(type, heads.headWidth),
          ...(shared[i] !== undefined && { keysOf: shared[i] }),
          ...(keysAreValues && !isSliding(type) && shared[i] === undefined && { keysAreValues }),
          ...(wideMlp && shared[i] !== undefined && { mlpWidth: 2 * config.mlpWidth })
        }
      })
    }
  },
  weights: {
    ...gemma2Weights,
    queryNorm: 'layers.{i}.self_attn.q_norm',
    keyNorm: 'layers.{i}.self_attn.k_norm',
    valueNorm: 'layers.{i}.self_attn.v_norm',
    layerFactor: 'layers.{i}.layer_scalar',
    layerInputs: {
      table: 'embed_tokens_per_layer',
      projection: 'per_layer_model_projection',
      projectionNorm: 'per_layer_projection_norm',
      gate: 'layers.{i}.per_layer_input_gate',
      out: 'layers.{i}.per_layer_projection',
      norm: 'layers.{i}.post_per_layer_input_norm'
    }
  }
}
