import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Activation } from '../../backends/kernels'
import { writeSafetensors, type LateTensor } from '../../checkpoints/writeSafetensors'
import { adapterConfigFile } from '../../models/adapted/adapterConfig'
import type { AdapterInput } from '../../models/transformer/adapterInput'
import { adapterName, type AdapterPlace } from '../../models/transformer/adapters'
import type { TrainableTransformer } from '../trainableTransformer'
import { classesOf } from './classes'
import { parameterTensor } from './trainedTensors'

/** Names of the modules behind which the library puts adapters: of a layer, after the attention and after the MLP. */
type Sites = Readonly<Record<AdapterPlace, string>>

const ofT5: Sites = { attention: 'encoder.block.{i}.layer.0', mlp: 'encoder.block.{i}.layer.1' }
const ofBert: Sites = { attention: 'encoder.layer.{i}.attention.output', mlp: 'encoder.layer.{i}.output' }
function ofBlock(block: string): Sites {
  return { attention: `${block}.attention_adapters`, mlp: `${block}.output_adapters` }
}

/** By family, as AdapterHub's library names them (adapters 1.3). ALBERT's layers share one adapter there. */
const sites: Readonly<Record<string, Sites>> = {
  bart: ofBlock('encoder.layers.{i}'),
  bert: ofBert,
  'deberta-v2': ofBert,
  distilbert: ofBlock('transformer.layer.{i}'),
  electra: ofBert,
  gpt2: ofBlock('h.{i}'),
  gptj: ofBlock('h.{i}'),
  llama: ofBlock('layers.{i}'),
  mistral: ofBlock('layers.{i}'),
  mt5: ofT5,
  roberta: ofBert,
  t5: ofT5,
  'xlm-roberta': ofBert
}
const otherSites = ofBlock('layers.{i}')

/** Whether AdapterHub's library has a family; others are written with the names that most have. */
export function inAdapterHub(family: string): boolean {
  return Object.hasOwn(sites, family)
}

const adapterTitle = 'layerscope'
const activationNames: Readonly<Partial<Record<Activation, string>>> = { geluTanh: 'gelu_new' }

/** A model's adapters: those that it was opened with, or that training added. */
export interface ModelAdapters {
  activation: Activation
  reads: AdapterInput
  /** Parameters of theirs. */
  names: readonly string[]
}

/** The adapters among a model's parameters; null for a model without. */
export function adaptersOf({ parameters, adaptation, config }: TrainableTransformer): ModelAdapters | null {
  const adapters = adaptation?.kind === 'adapters' ? adaptation : config.adapters
  const names = parameters.names.filter((name) => name.startsWith('adapters.'))
  return !adapters || names.length === 0 ? null : { activation: adapters.activation, reads: adapters.reads, names }
}

/**
 * Writes adapters into a folder in the layout of AdapterHub's library `adapters`: as a bottleneck behind the linear
 * layers that end attention and MLP (its `double_seq_bn`, Houlsby et al. 2019), or one that reads the sum with the
 * residual (its `seq_bn`, Pfeiffer et al. 2021). `load_adapter(folder, use_safetensors=True)` reads it.
 * @param folder exists and is empty
 */
export function writeAdapterHub(
  model: TrainableTransformer,
  { activation, reads, names }: ModelAdapters,
  folder: string,
  base: string
): void {
  const { family, config } = model
  const ofFamily = inAdapterHub(family.type) ? sites[family.type]! : otherSites
  const places = (['attention', 'mlp'] as const).filter((place) => names.some((name) => name.includes(`.${place}.`)))
  const tensors: Record<string, LateTensor> = {}
  let size = 1
  for (let layer = 0; layer < config.layers; layer++)
    for (const place of places)
      for (const part of ['down', 'up'] as const) {
        const module = `${ofFamily[place].replace('{i}', String(layer))}.adapters.${adapterTitle}.adapter_${part}`
        for (const ending of ['weight', 'bias']) {
          const tensor = parameterTensor(model, `${adapterName(layer, place, part)}.${ending}`)
          tensors[`${module}${part === 'down' ? '.0' : ''}.${ending}`] = tensor
          if (part === 'down' && ending === 'bias') size = tensor.shape[0]!
        }
      }
  const json = {
    config: {
      adapter_residual_before_ln: false,
      cross_adapter: false,
      dropout: 0,
      init_weights: 'bert',
      inv_adapter: null,
      inv_adapter_reduction_factor: null,
      is_parallel: false,
      leave_out: [],
      ln_after: false,
      ln_before: false,
      mh_adapter: places.includes('attention'),
      non_linearity: activationNames[activation] ?? activation,
      original_ln_after: true,
      original_ln_before: reads === 'sum',
      output_adapter: places.includes('mlp'),
      phm_layer: false,
      reduction_factor: reductionFactor(config.width, size),
      residual_before_ln: true,
      scaling: 1,
      use_gating: false
    },
    hidden_size: config.width,
    model_class: classesOf(family.type)?.model ?? null,
    model_name: base,
    model_type: family.type,
    name: adapterTitle,
    version: 'adapters.1.3.0'
  }
  // Python reads 1 as a whole number, and the library asks for one with a point.
  const text = JSON.stringify(json, null, 2).replace('"scaling": 1,', '"scaling": 1.0,')
  writeFileSync(join(folder, adapterConfigFile), `${text}\n`)
  writeSafetensors(join(folder, 'adapter.safetensors'), tensors, { format: 'pt' })
}

/** The library divides the width by it and rounds down. */
function reductionFactor(width: number, size: number): number {
  return width % size === 0 ? width / size : width / (size + 0.5)
}
