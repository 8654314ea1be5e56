import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@shared/userError'
import type { Checkpoint } from '../../checkpoints/checkpoint'
import { openSafetensors } from '../../checkpoints/safetensors'
import { openTorch } from '../../checkpoints/torchCheckpoint'
import { openWeights } from '../../checkpoints/weightsFile'
import { hasTokenizer } from '../../tokenizers/tokenizerFiles'
import { checkpointFolder } from '../checkpointFolder'
import { settingFiles, type ModelSources } from '../identity'
import { readConfig } from '../readConfig'
import type { TransformerConfig } from '../transformer/config'
import type { ConfigReader } from '../transformer/configReader'
import type { ModelFamily } from '../transformer/family'
import { interpretConfig } from '../transformer/interpretConfig'
import { adapterConfigFile, isAdapterFolder, readAdapterConfig, readLoraConfig } from './adapterConfig'
import { baseOf } from './baseOf'
import { loraCheckpoint } from './loraCheckpoint'

/** A folder of a transformer, ready to be read: a checkpoint of its own, or an adapter on its base. */
export interface ModelFolder extends ModelSources {
  /** The folder that was opened. */
  folder: string
  family: ModelFamily
  config: TransformerConfig
  reader: ConfigReader
  tokenizerFolder: string
}

/**
 * Opens a model's folder, or a file in it. An adapter's folder opens on its base, merged.
 * @throws UserError naming what is missing, damaged or not implemented
 */
export function openModelFolder(path: string): ModelFolder {
  const folder = checkpointFolder(path)
  if (isAdapterFolder(folder)) return openAdapted(folder)
  const interpreted = interpretConfig(readConfig(folder))
  return {
    folder,
    ...interpreted,
    checkpoint: openWeights(folder, path),
    tokenizerFolder: folder,
    settings: settingFiles(folder),
    adapted: []
  }
}

/** Paths of the files that a model in a folder is made of beside its own: those of an adapter's base. */
export function filesOfBase(folder: string): string[] {
  if (!isAdapterFolder(folder)) return []
  const opened = openModelFolder(folder)
  opened.checkpoint.close()
  return [...opened.checkpoint.files, ...opened.settings, join(folder, adapterConfigFile)]
}

function openAdapted(folder: string): ModelFolder {
  const json = readAdapterConfig(folder)
  const base = baseOf(folder, json)
  const lora = readLoraConfig(json, folder)
  const interpreted = interpretConfig(readConfig(base))
  const opened: Checkpoint[] = []
  try {
    opened.push(openWeights(base, base), openAdapterWeights(folder))
    const checkpoint = loraCheckpoint(opened[0]!, opened[1]!, lora)
    const tokenizerFolder = hasTokenizer(folder) ? folder : base
    const { lora_alpha: alpha, alpha_pattern: pattern, use_rslora: stable, fan_in_fan_out: inOut } = lora
    return {
      folder,
      ...interpreted,
      checkpoint,
      tokenizerFolder,
      settings: settingFiles(base, tokenizerFolder),
      adapted: [`LoRA ${JSON.stringify([alpha, pattern ?? {}, stable === true, inOut === true])}`]
    }
  } catch (error) {
    for (const checkpoint of opened) checkpoint.close()
    throw error
  }
}

function openAdapterWeights(folder: string): Checkpoint {
  const safe = join(folder, 'adapter_model.safetensors')
  if (existsSync(safe)) return openSafetensors(safe)
  const torch = join(folder, 'adapter_model.bin')
  if (existsSync(torch)) return openTorch(torch)
  throw new UserError(
    `${folder} has ${adapterConfigFile} but neither adapter_model.safetensors nor adapter_model.bin with the weights.`
  )
}
