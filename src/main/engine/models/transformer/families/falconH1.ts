import { plainHead } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { llama, llamaConfig, llamaWeights } from './llama'
import { hybridMamba2 } from './mamba2'

/** So many numbers of a list; 1 each where it is missing. */
function multipliers(reader: ConfigReader, field: string, count: number): number[] {
  const given = reader.value(field)
  if (given === undefined) return new Array<number>(count).fill(1)
  if (!Array.isArray(given) || given.length !== count || !given.every((entry) => typeof entry === 'number'))
    throw reader.refusal(field, `expected ${count} numbers`)
  return given
}

/** Mamba 2 and attention side by side, with a multiplier on every part. */
export const falconH1: ModelFamily = {
  ...llama,
  type: 'falcon_h1',
  title: 'Falcon-H1',
  source: 'Zuo et al. 2025, https://arxiv.org/abs/2507.22448',
  config(reader) {
    const config = llamaConfig(reader)
    const inner =
      reader.has('mamba_d_ssm') || !reader.states('mamba_d_ssm')
        ? reader.count('mamba_d_ssm', 1024)
        : Math.floor(reader.positive('mamba_expand', 2) * config.width)
    const [gate, into, b, c, step] = multipliers(reader, 'ssm_multipliers', 5) as [
      number,
      number,
      number,
      number,
      number
    ]
    const [ofGate, ofOutput] = multipliers(reader, 'mlp_multipliers', 2) as [number, number]
    const normed = reader.flag('mamba_rms_norm', false)
    const before = reader.flag('mamba_norm_before_gate', true)
    const plain = hybridMamba2(reader, inner)
    const beside = {
      ...plain,
      outBias: reader.flag('projectors_bias', false),
      norm: !normed ? 'none' : before ? 'beforeGate' : 'afterGate',
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      multipliers: [gate, into, b, c, step],
      inputScale: reader.number('ssm_in_multiplier', 1),
      outputScale: reader.number('ssm_out_multiplier', 1)
    } as const
    const key = reader.positive('key_multiplier', 1)
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      embeddingScale: reader.number('embedding_multiplier', 1),
      mlpScales: { gate: ofGate, output: ofOutput },
      blocks: config.blocks.map((place) => ({
        ...place,
        // On the keys, which is the same as on the scores.
        scale: place.scale * key,
        beside,
        attentionScales: {
          input: reader.number('attention_in_multiplier', 1),
          output: reader.number('attention_out_multiplier', 1)
        }
      })),
      head: {
        ...plainHead(reader.flag('tie_word_embeddings', false)),
        scale: reader.number('lm_head_multiplier', 1)
      }
    }
  },
  weights: {
    ...llamaWeights,
    mixer: 'layers.{i}.mamba',
    mlpIn: 'layers.{i}.feed_forward.up_proj',
    mlpGate: 'layers.{i}.feed_forward.gate_proj',
    mlpOut: 'layers.{i}.feed_forward.down_proj',
    mlpNorm: 'layers.{i}.pre_ff_layernorm',
    finalNorm: 'final_layernorm'
  }
}
