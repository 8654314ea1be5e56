import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import { activeKernels } from '../backends/activeKernels'
import type { NormWeights, PackedWeight } from '../backends/kernels'
import type { Checkpoint } from '../checkpoints/safetensors'
import type { TransformerConfig } from './config'
import type { ModelFamily } from './family'

/** A linear layer, transposed once at load to [in, out] and packed: transposed products are slow or wrong on some backends. */
export interface Linear {
  weight: PackedWeight
  bias: Tensor1D
}

export interface BlockWeights {
  /** [width, 3 * width]: one product for queries, keys and values. */
  qkv: Linear
  attentionOut: Linear
  attentionNorm: NormWeights
  mlpIn: Linear
  mlpOut: Linear
  mlpNorm: NormWeights
}

export interface TransformerWeights {
  tokenEmbedding: Tensor2D
  positionEmbedding: Tensor2D
  segmentEmbedding: Tensor2D
  embeddingNorm: NormWeights
  blocks: BlockWeights[]
}

/**
 * Reads a family's weights out of a checkpoint. Every shape is checked against the config before the backend sees it.
 * @returns the weights and the names of tensors that nothing asked for
 * @throws UserError naming the tensor that is missing or has another shape
 */
export function loadWeights(checkpoint: Checkpoint, family: ModelFamily, config: TransformerConfig): { weights: TransformerWeights; unused: string[] } {
  const names = new Set(checkpoint.names())
  const asked = new Set<string>()
  const prefix = family.prefixes.find((candidate) => names.has(`${candidate}${family.weights.tokenEmbedding}.weight`)) ?? family.prefixes[0]!

  // Older checkpoints, converted from TensorFlow, call a norm's weight and bias gamma and beta.
  const find = (name: string, part: 'weight' | 'bias'): string => {
    const old = part === 'weight' ? 'gamma' : 'beta'
    const full = [`${prefix}${name}.${part}`, `${prefix}${name}.${old}`].find((candidate) => names.has(candidate))
    if (!full) throw new UserError(`The checkpoint has no tensor '${prefix}${name}.${part}', which a ${family.title} model with this config.json needs.`)
    asked.add(full)
    return full
  }
  const read = (name: string, part: 'weight' | 'bias', shape: number[]): Float32Array => {
    const full = find(name, part)
    const stored = checkpoint.describe(full).shape
    if (stored.length !== shape.length || stored.some((extent, i) => extent !== shape[i])) {
      throw new UserError(`The tensor '${full}' has shape [${stored.join(', ')}] where config.json asks for [${shape.join(', ')}].`)
    }
    return checkpoint.read(full)
  }
  const vector = (name: string, part: 'weight' | 'bias', length: number): Tensor1D => tf.tensor1d(read(name, part, [length]))
  const norm = (name: string): NormWeights => ({ gamma: vector(name, 'weight', config.width), beta: vector(name, 'bias', config.width) })
  const table = (name: string, rows: number): Tensor2D => tf.tensor2d(read(name, 'weight', [rows, config.width]), [rows, config.width])
  const kernels = activeKernels()
  const linear = (parts: string[], inputs: number, outputs: number): Linear => {
    const values = transposed(parts.map((name) => read(name, 'weight', [outputs, inputs])), inputs, outputs)
    const plain = tf.tensor2d(values, [inputs, outputs * parts.length])
    const weight = kernels.pack(plain)
    plain.dispose()
    return { weight, bias: tf.tensor1d(joined(parts.map((name) => read(name, 'bias', [outputs])))) }
  }

  const { width, mlpWidth } = config
  const where = family.weights
  const weights: TransformerWeights = {
    tokenEmbedding: table(where.tokenEmbedding, config.vocabulary),
    positionEmbedding: table(where.positionEmbedding, config.maxTokens),
    segmentEmbedding: table(where.segmentEmbedding, config.segments),
    embeddingNorm: norm(where.embeddingNorm),
    blocks: Array.from({ length: config.layers }, (_, i) => {
      const at = (name: string): string => name.replace('{i}', String(i))
      return {
        qkv: linear([at(where.query), at(where.key), at(where.value)], width, width),
        attentionOut: linear([at(where.attentionOut)], width, width),
        attentionNorm: norm(at(where.attentionNorm)),
        mlpIn: linear([at(where.mlpIn)], width, mlpWidth),
        mlpOut: linear([at(where.mlpOut)], mlpWidth, width),
        mlpNorm: norm(at(where.mlpNorm))
      }
    })
  }
  const unused = checkpoint.names().filter((name) => !asked.has(name) && !family.ignored.some((pattern) => pattern.test(name)))
  return { weights, unused }
}

/** Several [out, in] matrices as one [in, parts * out]. */
function transposed(parts: Float32Array[], inputs: number, outputs: number): Float32Array {
  const columns = parts.length * outputs
  const result = new Float32Array(inputs * columns)
  parts.forEach((part, p) => {
    for (let o = 0; o < outputs; o++) {
      const column = p * outputs + o
      const row = o * inputs
      for (let i = 0; i < inputs; i++) result[i * columns + column] = part[row + i]!
    }
  })
  return result
}

function joined(parts: Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    result.set(part, offset)
    offset += part.length
  }
  return result
}
