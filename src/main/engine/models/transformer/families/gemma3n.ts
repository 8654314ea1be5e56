import { normalQuantile } from '@shared/normal'
import { rmsNorm, rmsOfHeads, type BlockAttention } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { isSliding, readLayerTypes } from '../layerTypes'
import { gemma2Config } from './gemma2'
import { fullRotary, gemma3, readGemma3Rotary } from './gemma3'
import { gemma4 } from './gemma4'
import { readSharedKeys } from './sharedKeys'

/** A number for each layer, or one for all. */
function byLayer(reader: ConfigReader, field: string, layers: number, fallback: number[]): number[] {
  const given = reader.numbers(field) ?? fallback
  if (given.length === 1) return new Array<number>(layers).fill(given[0]!)
  if (given.length !== layers) throw reader.refusal(field, `but the model has ${layers} layers`)
  return given
}

/** Of the first ten layers of a deep model 5 in 100 of the MLP count. */
function usualSparsity(layers: number): number[] {
  return Array.from({ length: layers }, (_, i) => (layers > 10 && i < 10 ? 0.95 : 0))
}

/**
 * Gemma 3 with several residual streams (AltUp), a low-rank path beside attention (LAuReL), MLPs of which some of the
 * gate count, embeddings for each layer, normed values, and keys and values that the last layers share.
 */
export const gemma3n: ModelFamily = {
  ...gemma3,
  type: 'gemma3n_text',
  title: 'Gemma 3n',
  className: 'gemma3n',
  source: 'https://huggingface.co/docs/transformers/model_doc/gemma3n',
  config(reader) {
    const byRule = (i: number): boolean => (i + 1) % 5 !== 0
    const layers = reader.count('num_hidden_layers', 35)
    const widths = byLayer(reader, 'intermediate_size', layers, [16_384])
    const config = gemma2Config(reader, byRule, { ...fullRotary, mlpWidth: widths[0]! })
    const types = readLayerTypes(reader, layers, byRule)
    const { far, near } = readGemma3Rotary(reader, config.headWidth)
    const window = reader.count('sliding_window', 512)
    const shared = readSharedKeys(reader, types, 15)
    const sparsity = byLayer(reader, 'activation_sparsity_pattern', layers, usualSparsity(layers))
    const count = reader.count('altup_num_inputs', 4)
    const active = reader.wholeNumber('altup_active_idx', 0)
    if (active >= count) throw reader.refusal('altup_active_idx', `but there are ${count} residual streams`)
    return {
      ...config,
      norm: rmsNorm,
      queryKeyNorm: { ...rmsOfHeads, values: true },
      scoreCap: null,
      head: config.head && { ...config.head, cap: reader.optionalPositive('final_logit_softcapping') ?? 30 },
      layerInputs: {
        width: reader.count('hidden_size_per_layer_input', 256),
        vocabulary: reader.count('vocab_size_per_layer_input', 262_144)
      },
      streams: { count, active, scaled: reader.flag('altup_correct_scale', true) },
      augmentedRank: reader.count('laurel_rank', 64),
      blocks: config.blocks.map((place, i): BlockAttention => {
        const sliding = isSliding(types[i]!)
        return {
          ...place,
          scale: 1,
          window: sliding ? window : null,
          rotary: sliding ? near : far,
          mlpWidth: widths[i]!,
          ...(shared[i] !== undefined && { keysOf: shared[i] }),
          ...(sparsity[i]! > 0 && { gateCut: normalQuantile(sparsity[i]!) })
        }
      })
    }
  },
  weights: {
    ...gemma4.weights,
    augmented: 'layers.{i}.laurel',
    streams: {
      projection: 'altup_projections.{s}',
      unembedding: 'altup_unembed_projections.{s}',
      router: 'layers.{i}.altup.modality_router',
      routerNorm: 'layers.{i}.altup.router_norm',
      prediction: 'layers.{i}.altup.prediction_coefs',
      correction: 'layers.{i}.altup.correction_coefs',
      scale: 'layers.{i}.altup.correct_output_scale'
    }
  }
}
