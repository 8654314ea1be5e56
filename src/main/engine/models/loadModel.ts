import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import { activeKernels } from '../backends/activeKernels'
import type { Checkpoint } from '../checkpoints/safetensors'
import { openWeights } from '../checkpoints/weightsFile'
import { WordTokenizer } from '../tokenizers/wordTokenizer'
import type { TransformerConfig } from './config'
import { ConfigReader } from './configReader'
import { familyOf } from './families'
import { forward, type ForwardResult, type TokenBatch, type Wanted } from './transformer'
import { loadWeights, type TransformerWeights } from './weights'

/** A checkpoint in memory, ready to run. */
export class LoadedModel {
  constructor(
    readonly info: ModelInfo,
    readonly config: TransformerConfig,
    readonly tokenizer: WordTokenizer | null,
    private readonly weights: TransformerWeights
  ) {}

  /** Runs the model once; the caller disposes of what comes back. */
  run(input: TokenBatch, wanted: Wanted): ForwardResult {
    return forward(activeKernels(), this.config, this.weights, input, wanted)
  }

  /** Whether `run` can give logits: the checkpoint has the weights of a language-model head. */
  get hasHead(): boolean {
    return this.weights.head !== null
  }

  /** Bytes of the weights as they are held for computing. */
  get bytesHeld(): number {
    const tensors = tf.tensor_util.getTensorsInContainer(this.weights as unknown as tf.TensorContainer)
    return tensors.reduce((sum, tensor) => sum + tensor.size * tf.util.bytesPerElement(tensor.dtype), 0)
  }

  /** The tokenizer. @throws UserError where the folder had none */
  needTokenizer(): WordTokenizer {
    if (this.tokenizer) return this.tokenizer
    throw new UserError(
      `${this.info.path} has no tokenizer.json, so no text can be run through it. Save the tokenizer into the folder (in Python: tokenizer.save_pretrained(folder)) and open it again.`
    )
  }

  dispose(): void {
    tf.dispose(this.weights as unknown as tf.TensorContainer)
  }
}

/** The checkpoint's folder, whether the folder itself or a file in it was chosen. */
export function checkpointFolder(path: string): string {
  const full = resolve(path)
  if (!existsSync(full)) throw new UserError(`There is nothing at ${full}. Check the path.`)
  return statSync(full).isDirectory() ? full : dirname(full)
}

/**
 * Opens a checkpoint folder: config.json, .safetensors (one file, or several with their index), and tokenizer.json.
 * @throws UserError naming what is missing or not implemented
 */
export async function loadModel(path: string, bundled = false): Promise<LoadedModel> {
  const folder = checkpointFolder(path)
  const json = readConfig(folder)
  const family = familyOf(json['model_type'])
  const reader = new ConfigReader(json)
  if (reader.has('quantization_config'))
    throw reader.refusal(
      'quantization_config',
      'but Layerscope reads weights as F32, F16 or BF16; open the checkpoint this one was made from'
    )
  const config = family.config(reader)
  checkSizes(config)
  const checkpoint = openWeights(folder, path)
  try {
    const { weights, unused } = loadWeights(checkpoint, family, config)
    const tokenizer = existsSync(join(folder, 'tokenizer.json'))
      ? await WordTokenizer.open(folder, config.maxTokens)
      : null
    const notes = family.note ? [family.note] : []
    if (!tokenizer)
      notes.push('The folder has no tokenizer.json: the model is loaded, but text cannot be run through it.')
    if (unused.length)
      notes.push(
        `${unused.length} tensors of the checkpoint are not part of what is run and were left unread, among them '${unused[0]}'.`
      )
    const info: ModelInfo = {
      id: identity(folder, checkpoint),
      name: basename(folder),
      family: family.type,
      familyTitle: family.title,
      path: folder,
      bundled,
      layers: config.layers,
      heads: config.heads,
      width: config.width,
      vocabulary: config.vocabulary,
      maxTokens: tokenizer?.maxTokens ?? config.maxTokens,
      parameters: countParameters(checkpoint, unused),
      dtype: checkpoint.describe(checkpoint.names()[0]!).dtype,
      bytes: checkpoint.bytes,
      notes
    }
    return new LoadedModel(info, config, tokenizer, weights)
  } finally {
    checkpoint.close()
  }
}

function readConfig(folder: string): Record<string, unknown> {
  const path = join(folder, 'config.json')
  if (!existsSync(path))
    throw new UserError(
      `${folder} has no config.json; choose the folder of a checkpoint as Hugging Face saves it (config.json, model.safetensors, tokenizer.json).`
    )
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  } catch (error) {
    throw new UserError(`${path} is not valid JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

/** @throws UserError where the config's numbers contradict each other */
function checkSizes({ width, heads, keyValueHeads, headWidth, blocks }: TransformerConfig): void {
  if (!Number.isInteger(headWidth))
    throw new UserError(`config.json: a width of ${width} cannot be split over ${heads} attention heads.`)
  if (heads % keyValueHeads !== 0)
    throw new UserError(
      `config.json: ${heads} attention heads cannot share ${keyValueHeads} heads of keys and values evenly.`
    )
  const turned = blocks[0]?.rotary?.width ?? 0
  if (turned % 2 !== 0 || turned > headWidth)
    throw new UserError(
      `config.json: rotary positions ask for ${turned} values of a head that is ${headWidth} wide; an even number that fits is needed.`
    )
}

/**
 * The same files give the same id wherever they lie; weights are known by their header and size, config by its text.
 */
function identity(folder: string, checkpoint: Checkpoint): string {
  const hash = createHash('sha256').update(readFileSync(join(folder, 'config.json')))
  for (const name of checkpoint.names()) {
    const { dtype, shape, begin } = checkpoint.describe(name)
    hash.update(`${name} ${dtype} ${shape.join(',')} ${begin};`)
  }
  // Two fine-tunings share config and header: a sample of the values tells them apart.
  const names = checkpoint.names()
  for (const name of [names[0]!, names[Math.floor(names.length / 2)]!, names.at(-1)!]) {
    const values = checkpoint.read(name)
    hash.update(new Uint8Array(values.buffer, values.byteOffset, Math.min(values.byteLength, 1 << 16)))
  }
  const tokenizer = join(folder, 'tokenizer.json')
  if (existsSync(tokenizer)) hash.update(readFileSync(tokenizer))
  return hash.digest('hex').slice(0, 16)
}

function countParameters(checkpoint: Checkpoint, unused: readonly string[]): number {
  const left = new Set(unused)
  let total = 0
  for (const name of checkpoint.names()) {
    const { shape, dtype } = checkpoint.describe(name)
    if (!left.has(name) && !dtype.startsWith('I')) total += shape.reduce((product, extent) => product * extent, 1)
  }
  return total
}
