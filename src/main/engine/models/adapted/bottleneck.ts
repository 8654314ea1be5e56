import * as v from 'valibot'
import { legible, quoted, UserError } from '@shared/userError'
import type { Activation } from '../../backends/kernels'
import type { Checkpoint } from '../../checkpoints/checkpoint'
import type { AdapterInput } from '../transformer/adapterInput'
import { adapterName, type AdapterPlace } from '../transformer/adapters'
import type { AdapterSizes, TransformerConfig } from '../transformer/config'
import { adapterConfigFile, isSet, type AdapterConfig } from './adapterConfig'
import { overlaid } from './overlay'

/** The config of a bottleneck adapter of AdapterHub's library `adapters`, as far as Layerscope computes it. */
const bottleneckConfig = v.object({
  non_linearity: v.string(),
  scaling: v.optional(v.number(), 1),
  original_ln_before: v.optional(v.nullable(v.boolean()), false),
  original_ln_after: v.optional(v.nullable(v.literal(true)), true),
  residual_before_ln: v.optional(v.nullable(v.union([v.boolean(), v.string()])), true)
})

/** Fields that change what is computed and are not implemented, where they are set. */
const refused = [
  'adapter_residual_before_ln',
  'cross_adapter',
  'inv_adapter',
  'is_parallel',
  'ln_after',
  'ln_before',
  'phm_layer',
  'use_gating'
]

/** By the names of `transformers.activations`. */
const activations: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  tanh: 'tanh'
}

/** Whether an adapter's config is of AdapterHub's library, not of PEFT. */
export function isAdapterHub(config: AdapterConfig): boolean {
  return typeof config['config'] === 'object' && config['config'] !== null
}

export interface Bottleneck {
  activation: Activation
  /** Factor of what the adapter gives. */
  scaling: number
  /** Left out where it reads what the linear layer before it gives: it counts in the model's id. */
  reads?: Extract<AdapterInput, 'sum'>
}

/**
 * The config of a bottleneck adapter: behind linear layers, before the residual is added and the norm is applied
 * (Houlsby et al. 2019), or reading the sum with the residual (Pfeiffer et al. 2021).
 * @throws UserError naming another kind of adapter, or an option that is not implemented
 */
export function readBottleneckConfig(json: AdapterConfig): Bottleneck {
  const config = json['config'] as Record<string, unknown>
  const architecture = config['architecture']
  if (typeof architecture === 'string')
    throw new UserError(
      `${adapterConfigFile}: the adapter is of the architecture ${quoted(architecture, 40)}; of the adapters of ` +
        'AdapterHub, Layerscope opens bottlenecks as Houlsby et al. (2019) and Pfeiffer et al. (2021) place them.'
    )
  const set = refused.find((name) => isSet(config[name]))
  if (set !== undefined)
    throw new UserError(
      `${adapterConfigFile}: '${set}' is set, which Layerscope does not compute: it opens bottlenecks as Houlsby et ` +
        'al. (2019; double_seq_bn) and Pfeiffer et al. (2021; seq_bn) place them.'
    )
  const result = v.safeParse(bottleneckConfig, config)
  if (!result.success) {
    const [issue] = result.issues
    throw new UserError(`${adapterConfigFile}: 'config.${v.getDotPath(issue) ?? ''}': ${issue.message}.`)
  }
  const { non_linearity: name, scaling, original_ln_before: readsSum, residual_before_ln: addsOutput } = result.output
  if ((readsSum && addsOutput === false) || typeof addsOutput === 'string')
    throw new UserError(
      `${adapterConfigFile}: 'residual_before_ln' is ${JSON.stringify(addsOutput)}, which Layerscope does not ` +
        'compute with original_ln_before; it opens bottlenecks that add to what the sublayer gives, as seq_bn does ' +
        '(true).'
    )
  const activation = Object.hasOwn(activations, name) ? activations[name] : undefined
  if (activation === undefined)
    throw new UserError(
      `${adapterConfigFile}: the activation ${quoted(name, 40)} is not implemented; Layerscope has ` +
        `${Object.keys(activations).join(', ')}.`
    )
  return { activation, scaling, ...(readsSum && { reads: 'sum' as const }) }
}

/** Where a tensor of an adapter belongs, by the names of the library for every family. */
function placeOf(name: string): { layer: number; place: AdapterPlace; tensor: string } | null {
  const match = /^(.*)\.adapters\.[^.]+\.adapter_(down\.0|up)\.(weight|bias)$/.exec(name)
  const layer = match && /(?:^|\.)(?:layer|layers|h|block)\.(\d+)(?:\.|$)/.exec(match[1]!)
  if (!match || !layer) return null
  const isAttention = /attention_adapters$|attention\.output$|block\.\d+\.layer\.0$/.test(match[1]!)
  const place = isAttention ? 'attention' : 'mlp'
  const number = Number(layer[1])
  const part = match[2] === 'up' ? 'up' : 'down'
  return { layer: number, place, tensor: `${adapterName(number, place, part)}.${match[3]!}` }
}

function isIn(half: 'encoder' | 'decoder'): (name: string) => boolean {
  return (name) => name.split('.').includes(half)
}

/**
 * A base with a bottleneck adapter: its tensors are there as `adapters.LAYER.PLACE.PART`.
 * @throws UserError for a tensor that belongs nowhere, or does not fit
 */
export function bottleneckCheckpoint(
  base: Checkpoint,
  adapter: Checkpoint,
  config: TransformerConfig,
  { activation, scaling, reads }: Bottleneck
): { checkpoint: Checkpoint; adapters: AdapterSizes } {
  const stored = new Map<string, string>()
  const layers = Array.from({ length: config.layers }, () => ({
    attention: null as number | null,
    mlp: null as number | null
  }))
  const names = adapter.names()
  // Of an encoder-decoder the encoder is shown.
  const shown = names.some(isIn('encoder')) ? names.filter((name) => !isIn('decoder')(name)) : names
  for (const name of shown) {
    const at = placeOf(name)
    if (!at || at.layer >= config.layers)
      throw new UserError(
        `The adapter has '${legible(name)}', which belongs to no layer of its base. It was trained on another base, ` +
          'or is of a kind that Layerscope does not know.'
      )
    stored.set(at.tensor, name)
    if (at.tensor.endsWith('.down.weight')) layers[at.layer]![at.place] = adapter.describe(name).shape[0] ?? 0
  }
  const checkpoint = overlaid(base, adapter, {
    whole: stored,
    change: (name, values) => {
      if (scaling !== 1 && stored.has(name) && name.includes('.up.'))
        values.forEach((value, i) => (values[i] = value * scaling))
    }
  })
  return { checkpoint, adapters: { activation, reads: reads ?? 'output', layers } }
}
