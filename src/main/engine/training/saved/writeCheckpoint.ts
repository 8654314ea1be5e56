import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { UserError } from '@shared/userError'
import { writeSafetensors } from '../../checkpoints/writeSafetensors'
import { atomicFolder } from '../../files/atomicFolder'
import { pythonJson } from '../../files/pythonJson'
import { openModelFolder, type ModelFolder } from '../../models/adapted/modelFolder'
import { configOfBlocks } from '../../models/adapted/someBlocks'
import { adaptersFolder, headFile, trainingRecordFile, type TrainingRecord } from '../../models/lineage'
import { readConfig } from '../../models/readConfig'
import { findEmbedding } from '../../models/transformer/weights'
import { tokenizerPaths } from '../../tokenizers/tokenizerFiles'
import type { TrainableTransformer } from '../trainableTransformer'
import { adaptersOf, inAdapterHub, writeAdapterHub } from './adapterHub'
import { classesOf } from './classes'
import { loraOf, writePeftLora, type LoraFolder } from './peftLora'
import { placeHead, type PlacedHead, type TaskHead } from './placeHead'
import { baseIsUnchanged, trainedTensors } from './trainedTensors'

/** What was trained: a head of its own, the language-model head of the checkpoint, or the model without a head. */
export type TrainedHead = TaskHead | { task: 'lm' | null }

/** In the folder of a model that LoRA was merged into: the LoRA by itself. */
const loraFolder = 'lora'

/** Where a trained model comes from, as its record says (docs/models.md). */
export type TrainedLineage = Omit<TrainingRecord, 'version' | 'head' | 'note'>

export interface CheckpointToWrite {
  /** The folder that the model was opened from: its config and its tokenizer are taken over. */
  sourceFolder: string
  /** The folder to write; there must be nothing yet. */
  folder: string
  head: TrainedHead
  lineage: TrainedLineage
}

/**
 * Writes a trained model as a folder in Hugging Face's layout, complete or not at all: config.json, model.safetensors
 * with the names of transformers' class for the task, the tokenizer's files, and layerscope.json with where it comes
 * from. LoRA is merged into the weights, and by itself in the folder `lora`, in PEFT's layout. A head that no class of
 * transformers computes (over the mean of all tokens, or over a mix of layers) goes into layerscope_head.safetensors,
 * and adapters into the folder `adapters`, in AdapterHub's layout; the record says so in a sentence.
 * @returns the class of transformers that opens it, and that sentence
 * @throws UserError where there is something in the folder's place; and what the file system throws
 */
export function writeCheckpoint(
  model: TrainableTransformer,
  { sourceFolder, folder, head, lineage }: CheckpointToWrite
): { class: string; note: string } {
  if (existsSync(folder))
    throw new UserError(`There is something at ${folder} already. Choose another folder, or move it away.`)
  const { configFolder, tokenizerFolder, adapted } = foldersOf(sourceFolder)
  const whole = readConfig(configFolder)
  const source = model.kept ? configOfBlocks(whole, model.kept.of, model.kept.blocks) : whole
  const placed = isTaskHead(head) ? placeHead(model, head) : null
  const classes = classesOf(model.family.type)
  const ofTask = placed ? (placed.class?.name ?? null) : head.task === 'lm' ? (classes?.languageModel ?? null) : null
  const architecture = ofTask ?? classes?.model ?? firstOf(source['architectures'])
  const prefix = classes?.prefix ?? ''
  const rename = ofTask === null ? (name: string): string => name : renamerOf(model, prefix)
  const tensors = Object.fromEntries(
    Object.entries(trainedTensors(model)).map(([name, values]) => [rename(name), values])
  )
  const adapters = adaptersOf(model)
  const lora = adapted.length === 0 ? loraOf(model) : null
  const note = noteOf(architecture, placed, {
    family: model.family.type,
    adapters: adapters !== null,
    lora: lora !== null
  })
  const base = lineage.base.path ?? lineage.base.name ?? sourceFolder
  const record: TrainingRecord = {
    version: 1,
    ...lineage,
    ...(placed && isTaskHead(head) && { head: headRecord(head, placed) }),
    ...(adapters && { adapters: adaptersFolder }),
    note
  }
  const config = {
    ...source,
    architectures: [architecture],
    // The name of newer versions of transformers, and that of older ones.
    dtype: 'float32',
    torch_dtype: 'float32',
    ...(placed?.class && isTaskHead(head) && headConfig(head, placed))
  }
  atomicFolder(folder, (unfinished) => {
    const write = (file: string, content: string): void => writeFileSync(join(unfinished, file), content)
    write('config.json', pythonJson(config))
    for (const path of tokenizerPaths(tokenizerFolder)) copyFileSync(path, join(unfinished, basename(path)))
    const headTensors = placed?.class ? placed.tensors : {}
    writeSafetensors(join(unfinished, 'model.safetensors'), { ...tensors, ...headTensors }, { format: 'pt' })
    if (placed && !placed.class) writeSafetensors(join(unfinished, headFile), placed.tensors, { format: 'pt' })
    if (adapters) {
      mkdirSync(join(unfinished, adaptersFolder))
      // Norms may have been trained with the adapters.
      writeAdapterHub(
        model,
        adapters,
        join(unfinished, adaptersFolder),
        baseIsUnchanged(model) ? base : resolve(folder)
      )
    }
    if (lora) {
      mkdirSync(join(unfinished, loraFolder))
      writePeftLora(model, lora, {
        folder: join(unfinished, loraFolder),
        base,
        taskType: taskTypeOf(head, placed, model.config.causal),
        rename: ofTask === null ? (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name) : rename,
        head: headTensors,
        prefix
      })
    }
    write(trainingRecordFile, `${JSON.stringify(record, null, 2)}\n`)
  })
  return { class: architecture, note }
}

function isTaskHead(head: TrainedHead): head is TaskHead {
  return head.task !== 'lm' && head.task !== null
}

/** A tensor's name in the classes for tasks, which begins with the name of the model inside; heads are beside it. */
function renamerOf({ parameters, family }: TrainableTransformer, prefix: string): (name: string) => string {
  const { tokenEmbedding } = findEmbedding(parameters, family)
  if (tokenEmbedding.startsWith(prefix)) return (name) => name
  const { dense, norm, unembedding, beside, bias = [] } = family.head ?? { unembedding: '' }
  const ofHead = [dense, norm, unembedding, beside].filter(Boolean).map((name) => `${name}.`)
  return (name) => (bias.includes(name) || ofHead.some((layer) => name.startsWith(layer)) ? name : `${prefix}${name}`)
}

function headConfig({ labels }: TaskHead, { config, outputs }: PlacedHead): Record<string, unknown> {
  const names = Array.from({ length: outputs }, (_, i) => labels[i] ?? `LABEL_${i}`)
  return {
    ...config,
    id2label: Object.fromEntries(names.map((name, i) => [i, name])),
    label2id: Object.fromEntries(names.map((name, i) => [name, i])),
    num_labels: outputs,
    problem_type: outputs === 1 ? 'regression' : 'single_label_classification'
  }
}

function headRecord(
  { task, pooling, kind, hiddenState, labels }: TaskHead,
  { class: classHead, names }: PlacedHead
): NonNullable<TrainingRecord['head']> {
  return {
    task,
    pooling,
    kind,
    hiddenState,
    labels: [...labels],
    class: classHead?.name ?? null,
    file: classHead ? 'model.safetensors' : headFile,
    tensors: { ...names }
  }
}

function taskTypeOf(head: TrainedHead, placed: PlacedHead | null, causal: boolean): LoraFolder['taskType'] {
  if (head.task === 'lm') return causal ? 'CAUSAL_LM' : null
  if (!placed?.class) return 'FEATURE_EXTRACTION'
  return head.task === 'token' ? 'TOKEN_CLS' : 'SEQ_CLS'
}

function noteOf(
  architecture: string,
  placed: PlacedHead | null,
  { family, adapters, lora }: { family: string; adapters: boolean; lora: boolean }
): string {
  const opens = `transformers opens it as ${architecture}`
  const head = !placed
    ? ''
    : placed.class
      ? ', its head included'
      : `, without its head, which is in ${headFile}: ${placed.reason}`
  if (lora) return `${opens}${head}; its LoRA by itself is in the folder ${loraFolder}, which PEFT opens on the base.`
  if (!adapters) return `${opens}${head}.`
  const library = inAdapterHub(family)
    ? "AdapterHub's library reads them (load_adapter with use_safetensors=True)"
    : "AdapterHub's library does not have this family"
  return `${opens}${head}; without its adapters, which are in the folder ${adaptersFolder}: ${library}.`
}

function foldersOf(sourceFolder: string): Omit<ModelFolder, 'checkpoint'> {
  const opened = openModelFolder(sourceFolder)
  opened.checkpoint.close()
  return opened
}

function firstOf(architectures: unknown): string {
  const [name] = Array.isArray(architectures) ? (architectures as unknown[]) : []
  return typeof name === 'string' ? name : 'AutoModel'
}
