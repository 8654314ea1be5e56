import { rmsOfHeads } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { readRotary } from '../rotaryFrequencies'
import { gemma2Config, gemma2Weights } from './gemma2'
import { isSliding, readLayerTypes } from '../layerTypes'
import { llama } from './llama'

/** Of layers in which every token is seen. */
export const fullRotary = { layerType: 'full_attention', theta: 1_000_000 }

/** Rotations of layers in which every token is seen (`far`), and of those with a sliding window (`near`). */
export function readGemma3Rotary(
  reader: ConfigReader,
  headWidth: number
): Record<'far' | 'near', ReturnType<typeof readRotary>> {
  return {
    far: readRotary(reader, { headWidth, ...fullRotary }),
    near: readRotary(reader, {
      headWidth,
      layerType: 'sliding_attention',
      thetaFields: ['rope_local_base_freq'],
      theta: 10_000,
      unscaled: true
    })
  }
}

/** Checkpoints of text alone; those that read pictures too have another model_type. */
export const gemma3: ModelFamily = {
  ...llama,
  type: 'gemma3_text',
  title: 'Gemma 3',
  source: 'Gemma Team 2025, https://arxiv.org/abs/2503.19786',
  config(reader) {
    const every = reader.count(['sliding_window_pattern', '_sliding_window_pattern'], 6)
    const byRule = (i: number): boolean => (i + 1) % every !== 0
    const config = gemma2Config(reader, byRule, fullRotary)
    const types = readLayerTypes(reader, config.layers, byRule)
    const { far, near } = readGemma3Rotary(reader, config.headWidth)
    return {
      ...config,
      queryKeyNorm: rmsOfHeads,
      // The reference implementation does not cap scores in this family, whatever the config says.
      scoreCap: null,
      blocks: config.blocks.map((place, i) => ({ ...place, rotary: isSliding(types[i]!) ? near : far }))
    }
  },
  weights: { ...gemma2Weights, queryNorm: 'layers.{i}.self_attn.q_norm', keyNorm: 'layers.{i}.self_attn.k_norm' }
}
