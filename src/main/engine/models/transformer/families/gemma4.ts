import { rmsNorm, rmsOfHeads } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { isSliding, readLayerTypes } from '../layerTypes'
import { readRotary, type Rotary } from '../rotaryFrequencies'
import { gemma2Config, gemma2Weights } from './gemma2'
import { gemma3 } from './gemma3'

/** The width of a full layer's heads: by `per_layer_config`, or by the field of the first files. */
function fullHeadWidth(reader: ConfigReader, layer: number, headWidth: number, keyValueHeads: number): number {
  const each = reader.object('per_layer_config')
  if (!each) return reader.count('global_head_dim', 512)
  const own = each.object(String(layer))
  own?.only('num_key_value_heads', [keyValueHeads])
  return own?.optionalCount('head_dim') ?? headWidth
}

/**
 * Gemma 3 with normed values, wider heads in full layers, embeddings for each layer and a stored factor on every
 * layer's output. The largest models' keys that are values too, shared keys and values, and mixture are refused.
 */
export const gemma4: ModelFamily = {
  ...gemma3,
  type: 'gemma4_text',
  title: 'Gemma 4',
  source: 'https://huggingface.co/docs/transformers/model_doc/gemma4',
  config(reader) {
    reader.only('attention_k_eq_v', [false])
    reader.only('enable_moe_block', [false])
    reader.only('num_kv_shared_layers', [0])
    const byRule = (i: number): boolean => (i + 1) % 6 !== 0
    const near = { layerType: 'sliding_attention', theta: 10_000 }
    const config = gemma2Config(reader, byRule, near)
    const types = readLayerTypes(reader, config.layers, byRule)
    const far = new Map<number, Rotary>()
    const farOf = (headWidth: number): Rotary => {
      const rotary =
        far.get(headWidth) ??
        readRotary(reader, {
          headWidth,
          layerType: 'full_attention',
          theta: 1_000_000,
          types: ['default', 'proportional']
        })
      far.set(headWidth, rotary)
      return rotary
    }
    const without = reader.states('hidden_size_per_layer_input') && !reader.value('hidden_size_per_layer_input')
    return {
      ...config,
      norm: rmsNorm,
      queryKeyNorm: { ...rmsOfHeads, values: true },
      scoreCap: null,
      layerFactors: true,
      layerInputs: without
        ? null
        : {
            width: reader.count('hidden_size_per_layer_input', 256),
            vocabulary: reader.count('vocab_size_per_layer_input', 262_144)
          },
      blocks: config.blocks.map((place, i) => {
        if (isSliding(types[i]!)) return { ...place, scale: 1 }
        const headWidth = fullHeadWidth(reader, i, config.headWidth, config.keyValueHeads)
        return { ...place, scale: 1, headWidth, rotary: farOf(headWidth) }
      })
    }
  },
  weights: {
    ...gemma2Weights,
    queryNorm: 'layers.{i}.self_attn.q_norm',
    keyNorm: 'layers.{i}.self_attn.k_norm',
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
