import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { quoted, UserError } from '@shared/userError'
import { beginningOf, fileKind } from '../files/fileKind'
import { jsonFault, parsePythonJson } from '../files/pythonJson'

/**
 * A folder's config.json, as Python writes it (Infinity and NaN among its numbers).
 * @throws UserError where there is none, saying what the folder is instead, or where it is not a JSON object
 */
export function readConfig(folder: string): Record<string, unknown> {
  const path = join(folder, 'config.json')
  if (!existsSync(path) || !statSync(path).isFile())
    throw new UserError(
      otherFolder(folder) ??
        `${folder} has no config.json; choose the folder of a checkpoint as Hugging Face saves it (config.json, ` +
          'model.safetensors, tokenizer.json).'
    )
  let json: unknown
  try {
    json = parsePythonJson(readFileSync(path, 'utf8'))
  } catch (error) {
    const kind = fileKind(beginningOf(path))
    if (kind) throw new UserError(`${path} is ${kind}.`)
    throw new UserError(`${path} is not valid JSON: ${jsonFault(error)}.`)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new UserError(`${path} must be a JSON object; it is ${quoted(JSON.stringify(json))}.`)
  return json as Record<string, unknown>
}

/** What a folder without a config.json is, and what to open instead; null where it is not known. */
function otherFolder(folder: string): string | null {
  const files = readdirSync(folder)
  const has = (file: string): boolean => files.includes(file)
  if (has('modules.json')) {
    const module = transformerModule(join(folder, 'modules.json'))
    if (module !== null && existsSync(join(folder, module, 'config.json')))
      return `${folder} is a folder of sentence-transformers with the model in ${module}; open ${join(folder, module)}.`
  }
  const quantised = files.find((file) => file.endsWith('.gguf'))
  if (quantised !== undefined)
    return (
      `${folder} holds ${quoted(quantised, 80)}, quantised weights for llama.cpp (GGUF), which Layerscope does not ` +
      'read; open the checkpoint they were made from.'
    )
  if (has('model_index.json')) return `${folder} is a pipeline of diffusers; open the folder of its text encoder.`
  const inside = files.filter((file) => existsSync(join(folder, file, 'config.json')))
  if (inside.length > 0 && inside.length <= 20)
    return (
      `${folder} has no config.json, but ${inside.length === 1 ? 'a folder in it has' : 'folders in it have'}: ` +
      `open ${inside
        .slice(0, 3)
        .map((file) => join(folder, file))
        .join(' or ')}.`
    )
  return null
}

/** The folder of the transformer among sentence-transformers' modules. */
function transformerModule(path: string): string | null {
  let modules: unknown
  try {
    modules = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
  if (!Array.isArray(modules)) return null
  for (const module of modules as ({ path?: unknown; type?: unknown } | null)[]) {
    const { path: folder, type } = module ?? {}
    if (typeof type === 'string' && type.endsWith('.Transformer') && typeof folder === 'string' && folder) return folder
  }
  return null
}
