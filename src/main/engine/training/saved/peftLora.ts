import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { writeSafetensors, type LateTensor } from '../../checkpoints/writeSafetensors'
import { adapterConfigFile } from '../../models/adapted/adapterConfig'
import type { AttentionSite } from '../parameters'
import type { Adaptation } from '../recipe'
import type { TrainableTransformer } from '../trainableTransformer'
import { baseIsUnchanged } from './trainedTensors'

type Lora = Extract<Adaptation, { kind: 'lora' }>

/** A trained LoRA and what belongs to it. */
export interface LoraToWrite {
  adaptation: Lora
  /** Matrices with the parts of attention that LoRA changes in them. */
  modules: ReadonlyMap<string, readonly AttentionSite[]>
}

/**
 * The LoRA of a model as PEFT could have it; null for a model without, where a matrix is not a module of its own in
 * transformers, or where more was trained than LoRA, so that it does not belong to its base alone.
 */
export function loraOf(model: TrainableTransformer): LoraToWrite | null {
  const { adaptation } = model
  if (adaptation?.kind !== 'lora') return null
  const modules = new Map<string, AttentionSite[]>()
  for (const site of model.attentionSites().filter(({ part }) => adaptation.parts.includes(part.name)))
    modules.set(site.parameter, [...(modules.get(site.parameter) ?? []), site])
  const isModule = [...modules.keys()].every((name) => name.endsWith('.weight'))
  return isModule && baseIsUnchanged(model) ? { adaptation, modules } : null
}

export interface LoraFolder {
  folder: string
  /** Path or name of the base, for `base_model_name_or_path`. */
  base: string
  /** `TaskType` of PEFT; null for a task that it has none for. */
  taskType: 'SEQ_CLS' | 'TOKEN_CLS' | 'CAUSAL_LM' | 'FEATURE_EXTRACTION' | null
  /** Name of a tensor in the class of transformers that the adapter is for. */
  rename: (name: string) => string
  /** Parameters of the head by their names in that class; those in the model inside begin with `prefix`. */
  head: Readonly<Record<string, LateTensor>>
  prefix: string
}

/**
 * Writes a LoRA in PEFT's layout. Where a matrix holds queries, keys and values, the pairs of its parts become one of
 * their ranks together.
 * @param to its folder exists and is empty
 */
export function writePeftLora(
  model: TrainableTransformer,
  { adaptation, modules }: LoraToWrite,
  { folder, base, taskType, rename, head, prefix }: LoraFolder
): void {
  const tensors: Record<string, LateTensor> = {}
  const names = [...modules.keys()].map((name) => name.slice(0, -'.weight'.length))
  let together = 1
  let inOut = false
  for (const [parameter, sites] of modules) {
    const module = `base_model.model.${rename(parameter).slice(0, -'.weight'.length)}`
    const { inputs, outputs } = sites[0]!
    const rank = sites.length * adaptation.rank
    together = sites.length
    inOut = sites[0]!.inOut
    tensors[`${module}.lora_A.weight`] = { shape: [rank, inputs], data: () => matrixA(model, sites) }
    tensors[`${module}.lora_B.weight`] = {
      shape: [outputs.stored, rank],
      data: () => matrixB(model, sites, adaptation.rank)
    }
  }
  const ofHead = Object.entries(head)
  for (const [name, tensor] of ofHead) tensors[`base_model.model.${name}`] = tensor
  const saved = new Set(ofHead.map(([name]) => name.slice(name.startsWith(prefix) ? prefix.length : 0).split('.')[0]!))
  const config = {
    base_model_name_or_path: base,
    bias: 'none',
    fan_in_fan_out: inOut,
    inference_mode: true,
    init_lora_weights: true,
    // Divided by the rank, as in training.
    lora_alpha: together * adaptation.alpha,
    lora_dropout: 0,
    modules_to_save: saved.size > 0 ? [...saved] : null,
    peft_type: 'LORA',
    r: together * adaptation.rank,
    target_modules: targets(names, model.checkpoint.names(), rename),
    task_type: taskType,
    use_dora: false,
    use_rslora: false
  }
  writeFileSync(join(folder, adapterConfigFile), `${JSON.stringify(config, null, 2)}\n`)
  writeSafetensors(join(folder, 'adapter_model.safetensors'), tensors, { format: 'pt' })
}

/** The last part of the modules' names, as is usual; their whole names where others end like that. */
function targets(modules: readonly string[], stored: readonly string[], rename: (name: string) => string): string[] {
  const ends = [...new Set(modules.map((name) => name.split('.').at(-1)!))]
  const alike = stored
    .filter((name) => ends.some((end) => name.endsWith(`.${end}.weight`)))
    .map((name) => name.slice(0, -'.weight'.length))
  return alike.every((name) => modules.includes(name)) ? ends : modules.map((name) => rename(name))
}

/** [rank of all parts, inputs] */
function matrixA({ parameters }: TrainableTransformer, sites: readonly AttentionSite[]): Float32Array {
  return tf.tidy(() =>
    tf.concat(sites.map(({ part }) => parameters.get(`lora.${part.block}.${part.name}.a`))).dataSync<'float32'>()
  )
}

/** [stored outputs, rank of all parts]: outputs of one part are changed by its own pair alone. */
function matrixB({ parameters }: TrainableTransformer, sites: readonly AttentionSite[], rank: number): Float32Array {
  const columns = sites.length * rank
  const values = new Float32Array(sites[0]!.outputs.stored * columns)
  for (const [index, { part, outputs }] of sites.entries()) {
    const given = parameters.get(`lora.${part.block}.${part.name}.b`).dataSync<'float32'>()
    for (let output = 0; output < outputs.count; output++) {
      const from = part.place(output) * rank
      values.set(given.subarray(from, from + rank), outputs.row(output) * columns + index * rank)
    }
  }
  return values
}
