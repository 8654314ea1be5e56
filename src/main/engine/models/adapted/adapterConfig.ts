import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { legible, quoted, UserError } from '@shared/userError'
import { jsonFault, parsePythonJson } from '../../files/pythonJson'

/** As PEFT and AdapterHub call it. */
export const adapterConfigFile = 'adapter_config.json'

/** The config of an adapter, as it is in the file. */
export type AdapterConfig = Readonly<Record<string, unknown>>

/** Whether a folder holds an adapter and no model of its own. */
export function isAdapterFolder(folder: string): boolean {
  return existsSync(join(folder, adapterConfigFile)) && !existsSync(join(folder, 'config.json'))
}

/** @throws UserError where it is not a JSON object */
export function readAdapterConfig(folder: string): AdapterConfig {
  const path = join(folder, adapterConfigFile)
  let json: unknown
  try {
    json = parsePythonJson(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UserError(`${folder} holds an adapter, not a model. ${path} is not valid JSON: ${jsonFault(error)}.`)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new UserError(`${folder} holds an adapter, not a model. ${path} must be a JSON object.`)
  return json as AdapterConfig
}

/** The model that an adapter was trained on, as its config names it: PEFT's field, or AdapterHub's; null for none. */
export function baseNameOf(config: AdapterConfig): string | null {
  const name = config['base_model_name_or_path'] ?? config['model_name']
  return typeof name === 'string' && name.length > 0 ? name : null
}

const loraConfig = v.object({
  lora_alpha: v.number(),
  use_rslora: v.optional(v.nullable(v.boolean()), false),
  fan_in_fan_out: v.optional(v.nullable(v.boolean()), false),
  alpha_pattern: v.optional(v.nullable(v.record(v.string(), v.number())))
})

/** What of LoRA's config says how its matrices are added. */
export type LoraConfig = v.InferOutput<typeof loraConfig>

/** Fields that change what is computed and are not implemented, where they are set to something. */
const refused = ['layer_replication', 'megatron_config', 'target_parameters', 'trainable_token_indices', 'lora_bias']

/**
 * The config of a LoRA adapter of PEFT.
 * @throws UserError naming another kind of adapter, an option that is not implemented, or a field that is wrong
 */
export function readLoraConfig(config: AdapterConfig, folder: string): LoraConfig {
  const path = join(folder, adapterConfigFile)
  const type = config['peft_type']
  if (type !== 'LORA')
    throw new UserError(
      `${path}: the adapter is of type ${quoted(typeof type === 'string' ? type : 'unknown', 40)}; ` +
        'of the adapters of PEFT, Layerscope opens those of type LORA. Merge it in Python ' +
        '(model.merge_and_unload(), then save_pretrained(folder)) and open that folder.'
    )
  const set = Object.entries(config).find(
    ([name, value]) => isSet(value) && (refused.includes(name) || (name.startsWith('use_') && name !== 'use_rslora'))
  )
  if (set)
    throw new UserError(
      `${path}: '${legible(set[0], 60)}' is set, which Layerscope does not compute. Merge the adapter in Python ` +
        '(model.merge_and_unload(), then save_pretrained(folder)) and open that folder.'
    )
  const result = v.safeParse(loraConfig, config)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new UserError(`${path}: '${v.getDotPath(issue) ?? 'its top level'}': ${issue.message}.`)
}

/** Whether a field is set to something: not null, false, empty. */
export function isSet(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return false
  return Array.isArray(value) ? value.length > 0 : typeof value !== 'object' || Object.keys(value).length > 0
}

/** A name of a module, or the end of one; PEFT takes any regular expression, which a stranger's file could misuse. */
const plainKey = /^[\w.-]+$/

/**
 * The factor of the product B A for a module: alpha / rank (Hu et al. 2021, section 4.1), or alpha / sqrt(rank)
 * (rsLoRA, Kalajdzievski 2023).
 * @throws UserError for a pattern that is not the name of a module
 */
export function loraScale(
  { lora_alpha: usual, use_rslora: stable, alpha_pattern: pattern }: LoraConfig,
  module: string,
  rank: number
): number {
  const keys = Object.keys(pattern ?? {})
  const strange = keys.find((key) => !plainKey.test(key))
  if (strange !== undefined)
    throw new UserError(
      `${adapterConfigFile}: ${quoted(strange, 60)} in 'alpha_pattern' is not the name of a module; Layerscope reads ` +
        'names and their ends there, such as q_proj.'
    )
  const key = keys.find((candidate) => module === candidate || module.endsWith(`.${candidate}`))
  const alpha = key === undefined ? usual : pattern![key]!
  return alpha / (stable ? Math.sqrt(rank) : rank)
}
