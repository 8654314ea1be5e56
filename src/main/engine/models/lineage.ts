import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import * as v from 'valibot'
import type { Lineage } from '@shared/model'
import { adapterConfigFile, isAdapterFolder } from './adapted/adapterConfig'
import { baseOf } from './adapted/baseOf'

/** Written beside the weights by whatever trained them (docs/models.md): the name, and an older one for the same. */
export const trainingRecordFile = 'layerscope.json'
const trainingRecordFiles = [trainingRecordFile, 'layerscope-training.json']
/** Parameters of a head that no class of transformers computes. */
export const headFile = 'layerscope_head.safetensors'

const text = v.pipe(v.string(), v.minLength(1))

/** In the folder of a model that was trained with adapters: the adapters, in AdapterHub's layout. */
export const adaptersFolder = 'adapters'
const settings = v.union([text, v.record(v.string(), v.unknown())])

/** A head over the last hidden state or a mix of all, and where its parameters are. */
const headRecord = v.object({
  /** What has scores: a sequence, every token, a span, or a pair of spans. */
  task: v.picklist(['sequence', 'token', 'span', 'span pair']),
  /** What it reads of a sequence or a span; null where it reads every token. */
  pooling: v.nullable(v.picklist(['first token', 'last token', 'mean'])),
  kind: text,
  hiddenState: v.picklist(['last', 'scalar mix']),
  labels: v.array(v.string()),
  /** The class of transformers that computes it; null for none. */
  class: v.nullable(text),
  /** The file with its parameters, and their names there by their names in training. */
  file: text,
  tensors: v.record(v.string(), text)
})

const source = v.pipe(
  v.object({ id: v.optional(text), name: v.optional(text), path: v.optional(text) }),
  v.check(({ id, name, path }) => [id, name, path].some((field) => field !== undefined))
)

const trainingRecord = v.object({
  version: v.literal(1),
  base: source,
  /** The model that it learned from, in distillation. */
  teacher: v.optional(source),
  recipe: v.optional(settings),
  data: v.optional(settings),
  seed: v.optional(v.pipe(v.number(), v.integer())),
  step: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  head: v.optional(headRecord),
  /** Folder of its adapters, where it has some. */
  adapters: v.optional(v.literal(adaptersFolder)),
  note: v.optional(text)
})

/** What training wrote beside a model. */
export type TrainingRecord = v.InferOutput<typeof trainingRecord>
export type HeadRecord = v.InferOutput<typeof headRecord>

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
    const record = readTrainingRecord(folder)
    if (record) {
      const { version: _, head, adapters: __, ...lineage } = record
      return { lineage: { ...lineage, ...(head && { head: headText(head) }) } }
    }
    const adapter = readJson(join(folder, adapterConfigFile), adapterConfig)
    if (!adapter) return {}
    const base = adapter.base_model_name_or_path
    const path = isAdapterFolder(folder) ? baseOf(folder, adapter) : isAbsolute(base) ? base : undefined
    const recipe = Object.fromEntries(
      adapterRecipe.flatMap((name) => (adapter[name] === undefined ? [] : [[name, adapter[name]]]))
    )
    return { lineage: { base: { ...(!isAbsolute(base) && { name: base }), ...(path && { path }) }, recipe } }
  } catch (error) {
    return { note: `The model's base is not known: ${error instanceof Error ? error.message : String(error)}.` }
  }
}

/** What training wrote beside the weights; null where it wrote nothing. @throws Error saying what is wrong with it */
export function readTrainingRecord(folder: string): TrainingRecord | null {
  const file = trainingRecordFiles.find((name) => existsSync(join(folder, name)))
  return file === undefined ? null : readJson(join(folder, file), trainingRecord)
}

function headText({ task, pooling, kind, hiddenState, labels }: HeadRecord): string {
  const ofSpan = task === 'span' ? ' of a span' : task === 'span pair' ? ' of both halves of a pair' : ''
  const layer = hiddenState === 'last' ? 'the last layer' : 'a mix of all layers'
  const reads = `${layer}, ${pooling ?? 'every token'}${ofSpan}`
  const gives = labels.length > 0 ? labels.join(', ') : task === 'token' ? 'a label a token' : 'a number'
  return `${kind} over ${reads}: ${gives}`
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
