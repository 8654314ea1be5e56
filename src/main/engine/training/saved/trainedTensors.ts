import * as tf from '@tensorflow/tfjs-core'
import type { StorageType } from '../../checkpoints/checkpoint'
import type { LateTensor } from '../../checkpoints/writeSafetensors'
import { findEmbedding } from '../../models/transformer/weights'
import { loraMatrix } from '../methods/lora'
import type { AttentionSite } from '../parameters'
import type { TrainableTransformer } from '../trainableTransformer'

/** Tensors that models compute again when they are opened, and that newer versions of transformers do not have. */
const buffers = /(^|\.)position_ids$|\.inv_freq$|\.(attn|attention)\.(masked_)?bias$|\.embed_positions$/
const floating: readonly StorageType[] = ['F32', 'F16', 'BF16', 'F64']

/**
 * The tensors of a model as training left it, by the names and in the layout of the checkpoint that it began with; LoRA
 * is added to the matrices. Tensors that the forward pass does not read (a pooler, a decoder) are as they were, but
 * copies of a trained tensor are copies still; a model that began with drawn values is saved without them. Norms that
 * older checkpoints call gamma and beta have their newer names. New parameters are left out.
 */
export function trainedTensors(model: TrainableTransformer): Record<string, LateTensor> {
  const { parameters, checkpoint, family } = model
  const changes = mergedSites(model)
  const { tokenEmbedding } = findEmbedding(parameters, family)
  const original = copiedName(model)
  const tensors: Record<string, LateTensor> = {}
  // Adapters that it was opened with are saved as adapters.
  for (const name of checkpoint.names().filter((stored) => !stored.startsWith('adapters.'))) {
    const { shape, dtype } = checkpoint.describe(name)
    const source = parameters.has(name) ? name : original(name, `${tokenEmbedding}.weight`)
    const written = spelledToday(name)
    if (source !== null)
      tensors[written] = { shape, data: () => trainedValues(model, source, changes.get(source) ?? []) }
    else if (floating.includes(dtype) && !buffers.test(name) && !model.isDrawn)
      tensors[written] = { shape, data: () => checkpoint.read(name) }
  }
  return tensors
}

/** The name of a tensor as newer checkpoints spell it: norms were once called gamma and beta. */
export function spelledToday(name: string): string {
  return name.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias')
}

/** Whether all that the checkpoint holds is as it was: what was trained was added to it. */
export function baseIsUnchanged({ parameters, checkpoint }: TrainableTransformer): boolean {
  return parameters.names
    .filter((name) => checkpoint.has(name))
    .every((name) => {
      const values = parameters.get(name).dataSync<'float32'>()
      return checkpoint.read(name).every((value, i) => value === values[i])
    })
}

/** A parameter as a tensor to write. */
export function parameterTensor({ parameters }: TrainableTransformer, name: string): LateTensor {
  const variable = parameters.get(name)
  return { shape: variable.shape, data: () => variable.dataSync<'float32'>() }
}

/** Of a tensor that is not read: the name of the parameter that it repeats; null where it repeats none. */
function copiedName({ parameters, checkpoint, family }: TrainableTransformer) {
  const biases = family.head?.bias ?? []
  const bias = biases.find((name) => parameters.has(name)) ?? null
  return (name: string, embedding: string): string | null => {
    if (biases.includes(name)) return bias
    if (!parameters.has(embedding)) return null
    const { shape } = checkpoint.describe(embedding)
    if (checkpoint.describe(name).shape.join() !== shape.join()) return null
    // A matrix that is not read is the embeddings to this model, whatever the checkpoint holds.
    if (name === `${family.head?.unembedding}.weight`) return embedding
    const [values, embedded] = [checkpoint.read(name), checkpoint.read(embedding)]
    return values.every((value, i) => value === embedded[i]) ? embedding : null
  }
}

/** Sites of matrices that LoRA changes, by the parameter that holds them. */
function mergedSites(model: TrainableTransformer): Map<string, AttentionSite[]> {
  const byParameter = new Map<string, AttentionSite[]>()
  if (model.adaptation?.kind !== 'lora') return byParameter
  for (const site of model.attentionSites())
    byParameter.set(site.parameter, [...(byParameter.get(site.parameter) ?? []), site])
  return byParameter
}

function trainedValues(model: TrainableTransformer, name: string, sites: readonly AttentionSite[]): Float32Array {
  const values = model.parameters.get(name).dataSync<'float32'>()
  const { adaptation } = model
  if (!sites.length || adaptation?.kind !== 'lora') return values
  const merged = values.slice()
  for (const site of sites) {
    const change = tf.tidy(() => loraMatrix(adaptation, model.parameters, site)?.dataSync<'float32'>())
    if (change) addAt(merged, change, site)
  }
  return merged
}

/** Adds a change [outputs head by head, inputs] to the outputs of a stored matrix. */
function addAt(stored: Float32Array, change: Float32Array, { part, outputs, inputs, inOut }: AttentionSite): void {
  for (let output = 0; output < outputs.count; output++) {
    const row = outputs.row(output)
    const from = part.place(output) * inputs
    for (let input = 0; input < inputs; input++) {
      const at = inOut ? input * outputs.stored + row : row * inputs + input
      stored[at]! += change[from + input]!
    }
  }
}
