import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import type { Mamba2Config } from '../mixers/config'
import { mamba, recurrentConfig } from './mamba'

/**
 * Smallest and largest step: a list of two numbers, of which the second may be written as infinity in JSON's words.
 * @throws UserError for anything else
 */
export function stepLimits(reader: ConfigReader, field = 'time_step_limit'): readonly [number, number] {
  const given = reader.value(field)
  if (given === undefined) return [0, Infinity]
  const numbers = Array.isArray(given) ? given.map(numberOf) : []
  const [least, most] = numbers
  if (numbers.length !== 2 || typeof least !== 'number' || typeof most !== 'number')
    throw reader.refusal(field, 'expected two numbers, the smallest step and the largest')
  return [least, most]
}

/** A number, or infinity as transformers writes it into JSON. */
function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value
  const words = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)['__float__'] : value
  return words === 'Infinity' || words === 'inf' ? Infinity : null
}

/** The fields by which Jamba's descendants describe a Mamba 2. */
export function hybridMamba2(reader: ConfigReader, inner: number): Mamba2Config {
  const heads = reader.count('mamba_n_heads', 128)
  const given = reader.value('mamba_d_head')
  const headWidth = given === undefined || given === 'auto' ? Math.floor(inner / heads) : reader.count('mamba_d_head')
  if (heads * headWidth !== inner)
    throw reader.refusal('mamba_n_heads', `but heads of ${headWidth} channels do not make up ${inner}`)
  const bias = reader.flag('mamba_proj_bias', false)
  return {
    kind: 'mamba2',
    heads,
    headWidth,
    groups: groupsOf(reader, 'mamba_n_groups', heads, 1),
    state: reader.count('mamba_d_state', 256),
    kernel: reader.count('mamba_d_conv', 4),
    convolutionBias: reader.flag('mamba_conv_bias', true),
    inBias: bias,
    outBias: bias,
    norm: 'afterGate',
    normEpsilon: reader.epsilon('rms_norm_eps', 1e-6),
    stepLimits: stepLimits(reader),
    multipliers: null,
    inputScale: 1,
    outputScale: 1
  }
}

export function groupsOf(reader: ConfigReader, field: string, heads: number, fallback: number): number {
  const groups = reader.count(field, fallback)
  if (heads % groups !== 0) throw reader.refusal(field, `but ${heads} heads cannot be in groups of one size`)
  return groups
}

export const mamba2: ModelFamily = {
  ...mamba,
  type: 'mamba2',
  title: 'Mamba 2',
  source: 'Dao & Gu 2024, https://arxiv.org/abs/2405.21060',
  config(reader) {
    const inner = Math.floor(reader.positive('expand', 2) * reader.count('hidden_size'))
    const heads = reader.count('num_heads', 128)
    const headWidth = reader.count('head_dim', 64)
    if (heads * headWidth !== inner)
      throw reader.refusal('num_heads', `but heads of ${headWidth} channels do not make up ${inner}`)
    reader.only('hidden_act', ['silu', 'swish'])
    const bias = reader.flag('use_bias', false)
    return recurrentConfig(
      reader,
      {
        kind: 'mamba2',
        heads,
        headWidth,
        groups: groupsOf(reader, 'n_groups', heads, 8),
        state: reader.count('state_size', 128),
        kernel: reader.count('conv_kernel', 4),
        convolutionBias: reader.flag('use_conv_bias', true),
        inBias: bias,
        outBias: bias,
        norm: 'afterGate',
        normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-5),
        stepLimits: stepLimits(reader),
        multipliers: null,
        inputScale: 1,
        outputScale: 1
      },
      false
    )
  }
}
