import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { quoted, UserError } from '@shared/userError'
import type { Checkpoint } from '../../checkpoints/checkpoint'
import { openSafetensors } from '../../checkpoints/safetensors'
import { openTorch } from '../../checkpoints/torchCheckpoint'
import { readNamedJson } from '../../files/namedFile'

/** How the vectors of a sentence's tokens become one; several are put one after another. */
export const sentencePoolings = ['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'] as const
export type SentencePooling = (typeof sentencePoolings)[number]

export type SentenceActivation = (value: number) => number

/** A layer behind the pooling: of torch.nn.Linear and an activation, or of a division by the length. */
export type SentenceStep =
  | { kind: 'dense'; weight: Float32Array; bias: Float32Array | null; outputs: number; activation: SentenceActivation }
  | { kind: 'normalize' }

/** What turns a model's last hidden state into a sentence vector, as sentence-transformers saves it. */
export interface SentenceModules {
  pooling: SentencePooling[]
  steps: SentenceStep[]
  /** Tokens that are read of a text, special tokens included; null where the tokenizer alone decides. */
  maxTokens: number | null
  lowerCase: boolean
}

/** Fields of configs from before version 6, in the order in which the library puts their vectors. */
const olderFields: readonly [string, SentencePooling][] = [
  ['pooling_mode_cls_token', 'cls'],
  ['pooling_mode_max_tokens', 'max'],
  ['pooling_mode_mean_tokens', 'mean'],
  ['pooling_mode_mean_sqrt_len_tokens', 'mean_sqrt_len_tokens'],
  ['pooling_mode_weightedmean_tokens', 'weightedmean'],
  ['pooling_mode_lasttoken', 'lasttoken']
]

const activations: Readonly<Record<string, SentenceActivation>> = {
  Identity: (value) => value,
  Tanh: Math.tanh,
  ReLU: (value) => Math.max(0, value),
  Sigmoid: (value) => 1 / (1 + Math.exp(-value)),
  SiLU: (value) => value / (1 + Math.exp(-value))
}

type Json = Readonly<Record<string, unknown>>

/** Whether a folder says how tokens become a sentence vector; beside the transformer, or in the folder above it. */
export function isSentenceEncoder(folder: string): boolean {
  return modulesFolder(folder) !== null
}

/** The folder with modules.json: this one, or for `0_Transformer`, as older versions save it, the one above. */
function modulesFolder(folder: string): string | null {
  const places = [folder, ...(/^0_/.test(basename(folder)) ? [dirname(folder)] : [])]
  return places.find((place) => existsSync(join(place, 'modules.json'))) ?? null
}

/** @throws UserError for a folder without modules; and whatever `readSentenceModules` throws */
export function needSentenceModules(folder: string): SentenceModules {
  const place = modulesFolder(folder)
  const modules = place === null ? null : readSentenceModules(place)
  if (modules) return modules
  throw new UserError(
    `${basename(folder)} is not a folder of sentence-transformers: it has no modules.json, which says how tokens ` +
      'become a sentence vector.'
  )
}

/** A hash of all that decides what modules compute. */
export function digestOf({ pooling, steps, maxTokens, lowerCase }: SentenceModules): string {
  const hash = createHash('sha256').update(JSON.stringify([pooling, maxTokens, lowerCase]))
  for (const step of steps) {
    hash.update(step.kind)
    if (step.kind === 'dense')
      hash
        .update(step.activation.toString())
        .update(step.weight)
        .update(step.bias ?? '')
  }
  return hash.digest('hex')
}

/**
 * The modules in a folder of sentence-transformers behind its transformer; null for another folder.
 * @throws UserError naming a module or an option that is not implemented, or a file that is damaged
 */
export function readSentenceModules(folder: string): SentenceModules | null {
  if (!existsSync(join(folder, 'modules.json'))) return null
  const list = readNamedJson(join(folder, 'modules.json'))
  if (!Array.isArray(list)) throw new UserError(`${join(folder, 'modules.json')} must be a list of modules.`)
  const [transformer, pooling, ...rest] = list.map(moduleOf)
  if (transformer?.title !== 'Transformer' || pooling?.title !== 'Pooling')
    throw new UserError(
      `${folder} is an encoder of sentences whose modules do not begin with Transformer and Pooling, which ` +
        'Layerscope does not run; open its transformer alone.'
    )
  refusePrompt(folder)
  const settings = objectIn(join(folder, 'sentence_bert_config.json'))
  const most = settings['max_seq_length']
  return {
    pooling: poolingOf(objectIn(join(folder, pooling.path, 'config.json')), join(folder, pooling.path)),
    steps: rest.flatMap(({ title, path }) => stepOf(title, join(folder, path)) ?? []),
    maxTokens: typeof most === 'number' ? most : null,
    lowerCase: settings['do_lower_case'] === true
  }
}

/** A module by the last part of its class, and its folder. */
function moduleOf(entry: unknown): { title: string; path: string } {
  const { type, path } = (entry ?? {}) as { type?: unknown; path?: unknown }
  // A path with a folder above in it could lead anywhere on the disk.
  if (typeof type !== 'string' || typeof path !== 'string' || /(^|[\\/])\.\.([\\/]|$)|^[\\/]/.test(path))
    throw new UserError("modules.json has an entry without a 'type' and a 'path' below its folder.")
  return { title: type.slice(type.lastIndexOf('.') + 1), path }
}

function poolingOf(config: Json, folder: string): SentencePooling[] {
  const stated = config['pooling_mode']
  const modes =
    stated === undefined
      ? olderFields.flatMap(([field, mode]) => (config[field] === true ? mode : []))
      : [stated].flat().map((mode) => sentencePoolings.find((known) => known === mode) ?? null)
  const unknown = modes.includes(null)
  if (modes.length === 0 || unknown)
    throw new UserError(
      `${join(folder, 'config.json')} has ` +
        `${unknown ? `'pooling_mode' ${quoted(JSON.stringify(stated), 80)}` : 'no pooling'}; expected ` +
        `${sentencePoolings.join(', ')}.`
    )
  return modes as SentencePooling[]
}

function stepOf(title: string, folder: string): SentenceStep | null {
  if (title === 'Normalize') return { kind: 'normalize' }
  // Of use in training alone.
  if (title === 'Dropout') return null
  if (title === 'Dense') return denseOf(folder)
  throw new UserError(
    `${folder} is a module '${title}' of sentence-transformers, which Layerscope does not run; it knows Pooling, ` +
      'Dense and Normalize.'
  )
}

function denseOf(folder: string): SentenceStep {
  const config = objectIn(join(folder, 'config.json'))
  const name = config['activation_function']
  const title = typeof name === 'string' ? name.slice(name.lastIndexOf('.') + 1) : 'Tanh'
  const activation = Object.hasOwn(activations, title) ? activations[title]! : null
  const place = [config['module_input_name'], config['module_output_name']]
  if (!activation || place.some((where) => where !== undefined && where !== 'sentence_embedding'))
    throw new UserError(
      `${join(folder, 'config.json')} asks for ${activation ? 'a layer over other values' : quoted(title, 40)}, ` +
        `which Layerscope does not run; it knows ${Object.keys(activations).join(', ')} over the sentence's vector.`
    )
  const checkpoint = openDense(folder)
  try {
    const [outputs] = checkpoint.describe('linear.weight').shape as [number]
    const bias = checkpoint.has('linear.bias') ? checkpoint.read('linear.bias') : null
    return { kind: 'dense', weight: checkpoint.read('linear.weight'), bias, outputs, activation }
  } finally {
    checkpoint.close()
  }
}

function openDense(folder: string): Checkpoint {
  const safe = join(folder, 'model.safetensors')
  return existsSync(safe) ? openSafetensors(safe) : openTorch(join(folder, 'pytorch_model.bin'))
}

/** @throws UserError where the library puts words before every text */
function refusePrompt(folder: string): void {
  const name = objectIn(join(folder, 'config_sentence_transformers.json'))['default_prompt_name']
  if (typeof name === 'string')
    throw new UserError(
      `${folder} puts a prompt before every text ('default_prompt_name' is ${quoted(name, 40)}), which Layerscope ` +
        'does not do. Write the prompt before the texts, and set the field to null.'
    )
}

/** An object of a file, empty where there is no such file. */
function objectIn(path: string): Json {
  if (!existsSync(path)) return {}
  const json = readNamedJson(path)
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new UserError(`${path} must be a JSON object.`)
  return json as Json
}
