import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import * as v from 'valibot'
import type { Lineage } from '@shared/model'

/** Written beside the weights by whatever trained them (docs/models.md). */
export const trainingRecordFile = 'layerscope-training.json'
const adapterFile = 'adapter_config.json'

const text = v.pipe(v.string(), v.minLength(1))

const trainingRecord = v.object({
  version: v.literal(1),
  base: v.pipe(
    v.object({ id: v.optional(text), name: v.optional(text), path: v.optional(text) }),
    v.check(({ id, name, path }) => [id, name, path].some((field) => field !== undefined))
  ),
  recipe: v.optional(v.union([text, v.record(v.string(), v.unknown())])),
  step: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)))
})

/** Of PEFT's adapter_config.json: what an adapter was trained on. */
const adapterConfig = v.looseObject({ base_model_name_or_path: text })

/** Fields of adapter_config.json that say how it was trained; paths and revisions are not of interest. */
const adapterRecipe = ['peft_type', 'task_type', 'r', 'lora_alpha', 'lora_dropout', 'target_modules', 'bias'] as const

/**
 * Where the weights in a folder come from, as the files beside them say: a training record, otherwise the config of an
 * adapter that was merged into them. A file that cannot be understood is a note, not a refusal: the model runs without.
 */
export function readLineage(folder: string): { lineage?: Lineage; note?: string } {
  try {
    const record = readJson(join(folder, trainingRecordFile), trainingRecord)
    if (record) {
      const { base, recipe, step } = record
      return { lineage: { base, ...(recipe !== undefined && { recipe }), ...(step !== undefined && { step }) } }
    }
    const adapter = readJson(join(folder, adapterFile), adapterConfig)
    if (!adapter) return {}
    const base = adapter.base_model_name_or_path
    const recipe = Object.fromEntries(
      adapterRecipe.flatMap((name) => (adapter[name] === undefined ? [] : [[name, adapter[name]]]))
    )
    return { lineage: { base: isAbsolute(base) ? { path: base } : { name: base }, recipe } }
  } catch (error) {
    return { note: `The model's base is not known: ${error instanceof Error ? error.message : String(error)}.` }
  }
}

/** A file's content if it exists and is valid; null if it does not exist. @throws Error saying what is wrong */
function readJson<S extends v.GenericSchema>(path: string, schema: S): v.InferOutput<S> | null {
  if (!existsSync(path)) return null
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw new Error(`${path} is not valid JSON`)
  }
  const result = v.safeParse(schema, json)
  if (result.success) return result.output
  const field = v.getDotPath(result.issues[0]!)
  throw new Error(`${path} is not of the documented form${field === null ? '' : ` (field '${field}')`}`)
}
