import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@shared/userError'
import type { Checkpoint } from '../../checkpoints/checkpoint'
import { openSafetensors } from '../../checkpoints/safetensors'
import { openTorch } from '../../checkpoints/torchCheckpoint'
import { openWeights, usualWeights } from '../../checkpoints/weightsFile'
import { hasTokenizer, type TokenizerDefaults } from '../../tokenizers/tokenizerFiles'
import { addressOf, modelAddress, usualReading, type Reading } from '../address'
import { checkpointFolder } from '../checkpointFolder'
import { settingFiles, type ModelSources } from '../identity'
import { adaptersFolder, readTrainingRecord } from '../lineage'
import { readConfig } from '../readConfig'
import { isReleasedFile, openReleased } from '../released/openReleased'
import { digestOf, isSentenceEncoder, needSentenceModules, type SentenceModules } from '../sentence/sentenceModules'
import type { TransformerConfig } from '../transformer/config'
import type { ConfigReader } from '../transformer/configReader'
import type { ModelFamily } from '../transformer/family'
import { interpretConfig } from '../transformer/interpretConfig'
import { adapterConfigFile, isAdapterFolder, readAdapterConfig, readLoraConfig } from './adapterConfig'
import { baseOf } from './baseOf'
import { bottleneckCheckpoint, isAdapterHub, readBottleneckConfig } from './bottleneck'
import { loraCheckpoint } from './loraCheckpoint'

/** A folder of a transformer, ready to be read: a checkpoint of its own, or an adapter on its base. */
export interface ModelFolder extends ModelSources {
  /** The folder that was opened. */
  folder: string
  family: ModelFamily
  config: TransformerConfig
  reader: ConfigReader
  /** Where config.json is: the base's folder, for an adapter. */
  configFolder: string
  tokenizerFolder: string
  /** What the tokenizer's files do not say. */
  tokenizer?: TokenizerDefaults
  /** Its address, where that is more than the folder; other ways to read it; and what tells it from them, in words. */
  address: string
  readings: readonly { title: string; address: string }[]
  suffix: string
  notes: readonly string[]
  /** What makes its sentence vector, where that is one more layer. */
  sentence?: SentenceModules
  /** Paths of the configs of adapters. */
  adapterConfigs: readonly string[]
}

/**
 * Opens a model's folder, or a file in it. An adapter's folder opens on its base.
 * @param address a path, and how it is read where there are several ways (`modelAddress`)
 * @throws UserError naming what is missing, damaged or not implemented
 */
export function openModelFolder(address: string): ModelFolder {
  const { path, reading } = modelAddress(address)
  const folder = checkpointFolder(path)
  if (isAdapterFolder(folder) && reading !== usualReading) throw oneWay(folder)
  if (isAdapterFolder(folder)) return withAdapter(openPlain(baseOf(folder, readAdapterConfig(folder))), folder)
  const inside = adaptersInside(folder)
  const plain = openPlain(folder, path, reading)
  return inside === null ? plain : { ...withAdapter(plain, inside), folder, address: folder }
}

/**
 * The folder of the adapters that a model was trained with; null for a model without.
 * @throws UserError where the record says that there are some, but there are none, or where it is damaged
 */
function adaptersInside(folder: string): string | null {
  const inside = join(folder, adaptersFolder)
  const isThere = isAdapterFolder(inside)
  try {
    if (readTrainingRecord(folder)?.adapters === undefined) return null
  } catch (error) {
    // Damaged: without adapters it matters little, a note says so.
    if (!isThere) return null
    throw new UserError(`Whether ${folder} has adapters cannot be read: ${(error as Error).message}.`)
  }
  if (isThere) return inside
  throw new UserError(
    `${folder} was trained with adapters, but they are missing: there is no ${join(inside, adapterConfigFile)}.`
  )
}

/** Files that an adapted model is made of: those of its base and of the adapter. None for any other. */
export function adaptedFiles(folder: string): string[] {
  if (!isAdapterFolder(folder) && adaptersInside(folder) === null) return []
  const opened = openModelFolder(folder)
  opened.checkpoint.close()
  return [...opened.checkpoint.files, ...opened.settings, ...opened.adapterConfigs]
}

function openPlain(folder: string, path = folder, reading: Reading = usualReading): ModelFolder {
  const place = { folder, configFolder: folder, adapted: [], adapterConfigs: [] }
  if (reading.vector !== null) needSentenceModules(folder)
  const released = hasUsualWeights(folder, path) ? null : openReleased(folder, path, reading)
  if (released) return { ...place, ...released }
  if (reading.gelu !== null || reading.part !== null || reading.checkpoint !== null) throw oneWay(folder)
  const interpreted = interpretConfig(readConfig(folder))
  return {
    ...place,
    ...interpreted,
    tokenizerFolder: folder,
    checkpoint: openWeights(folder, path),
    settings: settingFiles(folder),
    ...sentenceReading(folder, reading),
    notes: []
  }
}

/** What the vector of a sentence encoder makes of how its folder is read. */
function sentenceReading(
  folder: string,
  reading: Reading
): Pick<ModelFolder, 'computed' | 'address' | 'readings' | 'suffix' | 'sentence'> {
  const address = addressOf(folder, { ...usualReading, vector: 'sentence' })
  if (reading.vector === null) {
    const readings = isSentenceEncoder(folder) ? [{ title: 'with its sentence vector as a layer', address }] : []
    return { computed: [], address: folder, readings, suffix: '' }
  }
  const sentence = needSentenceModules(folder)
  return {
    computed: [`sentence vector ${digestOf(sentence)}`],
    address,
    readings: [{ title: 'without its sentence vector', address: folder }],
    suffix: 'sentence vector',
    sentence
  }
}

/** Whether a folder holds a checkpoint in Hugging Face's layout, and no file of another one in it was chosen. */
function hasUsualWeights(folder: string, chosen: string): boolean {
  if (chosen !== folder && isReleasedFile(chosen)) return false
  const has = (name: string): boolean => existsSync(join(folder, name))
  return has('config.json') && usualWeights.some(has)
}

function oneWay(folder: string): UserError {
  return new UserError(`${folder} is read in one way only; open it without what is behind the #.`)
}

/** A model with the adapter in a folder; the tokenizer is the adapter's where it has one. */
function withAdapter(base: ModelFolder, folder: string): ModelFolder {
  let adapter: Checkpoint | null = null
  try {
    const json = readAdapterConfig(folder)
    const tokenizerFolder = hasTokenizer(folder) ? folder : base.tokenizerFolder
    const shared = {
      ...base,
      folder,
      address: folder,
      tokenizerFolder,
      settings: settingFiles(base.configFolder, tokenizerFolder),
      adapterConfigs: [...base.adapterConfigs, join(folder, adapterConfigFile)]
    }
    if (isAdapterHub(json)) {
      const bottleneck = readBottleneckConfig(json)
      adapter = openAdapterWeights(folder, ['adapter.safetensors', 'pytorch_adapter.bin'])
      const { checkpoint, adapters } = bottleneckCheckpoint(base.checkpoint, adapter, base.config, bottleneck)
      const adapted = [...base.adapted, `bottleneck ${JSON.stringify(bottleneck)}`]
      return { ...shared, config: { ...base.config, adapters }, checkpoint, adapted }
    }
    const lora = readLoraConfig(json, folder)
    adapter = openAdapterWeights(folder, ['adapter_model.safetensors', 'adapter_model.bin'])
    const checkpoint = loraCheckpoint(base.checkpoint, adapter, lora)
    const { lora_alpha: alpha, alpha_pattern: pattern, use_rslora: stable, fan_in_fan_out: inOut } = lora
    const settings = JSON.stringify([alpha, pattern ?? {}, stable === true, inOut === true])
    return { ...shared, checkpoint, adapted: [...base.adapted, `LoRA ${settings}`] }
  } catch (error) {
    base.checkpoint.close()
    adapter?.close()
    throw error
  }
}

/** @throws UserError where there are no weights, or not of an adapter */
function openAdapterWeights(folder: string, [safe, torch]: readonly [string, string]): Checkpoint {
  if (existsSync(join(folder, safe))) return openSafetensors(join(folder, safe))
  if (existsSync(join(folder, torch))) return openTorch(join(folder, torch))
  throw new UserError(`${folder} has ${adapterConfigFile} but neither ${safe} nor ${torch} with the weights.`)
}
