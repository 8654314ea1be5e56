import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { twinSeed, type ModelInfo } from '@shared/model'
import { isUserError, UserError } from '@shared/userError'
import { activeKernels } from '../backends/activeKernels'
import { elementsOf, type Checkpoint } from '../checkpoints/checkpoint'
import { openWeights } from '../checkpoints/weightsFile'
import { snapshotOf } from '../files/hubCache'
import { availableMemory, planMemory, requireMemory, type MemoryPlan } from './memory/memoryPlan'
import type { Tokenizer } from '../tokenizers/tokenizer'
import { WordTokenizer } from '../tokenizers/wordTokenizer'
import type { TransformerConfig } from './transformer/config'
import { interpretConfig } from './transformer/interpretConfig'
import { checkpointId, checkpointStamp, twinId } from './identity'
import { licenceOf } from './licence'
import { readConfig } from './readConfig'
import { hasReference } from './parityFiles'
import {
  forward,
  readOut,
  type ForwardResult,
  type RunOptions,
  type TokenBatch,
  type Wanted
} from './transformer/transformer'
import { recipeVersion, storedTensors, untrainedValues } from './transformer/untrained'
import { loadWeights, type TransformerWeights } from './transformer/weights'

/** A model in memory, ready to run: what everything that runs one asks of it. */
export interface LoadedModel {
  readonly info: ModelInfo
  readonly config: TransformerConfig
  readonly tokenizer: Tokenizer | null
  /** Whether `run` can give logits. */
  readonly hasHead: boolean
  /** Bytes of the weights as they are held for computing. */
  readonly bytesHeld: number
  /** Runs the model once; the caller disposes of what comes back. */
  run(input: TokenBatch, wanted: Wanted, options?: RunOptions): ForwardResult
  /**
   * The scores [rows, vocabulary] that the language-model head gives to a hidden state of any layer, through the final
   * norm where that state has not been through it. The caller disposes of them.
   * @throws UserError for a model without a head
   */
  readOut(hidden: Tensor2D, layer: number): Tensor2D
  /** The tokenizer. @throws UserError where there is none */
  needTokenizer(): Tokenizer
  /** The same checkpoint was opened from another place: what lies beside it there counts. */
  foundAt(path: string, bundled: boolean): void
  dispose(): void
}

/** A checkpoint in memory. */
class TransformerModel implements LoadedModel {
  constructor(
    public info: ModelInfo,
    readonly config: TransformerConfig,
    readonly tokenizer: WordTokenizer | null,
    private readonly weights: TransformerWeights,
    /** Why there is no tokenizer. */
    private readonly noTokenizer: string
  ) {}

  run(input: TokenBatch, wanted: Wanted, options: RunOptions = {}): ForwardResult {
    return forward(activeKernels(), this.config, this.weights, input, wanted, options)
  }

  readOut(hidden: Tensor2D, layer: number): Tensor2D {
    return readOut(activeKernels(), this.config, this.weights, hidden, layer)
  }

  /** The checkpoint has the weights of a language-model head. */
  get hasHead(): boolean {
    return this.weights.head !== null
  }

  get bytesHeld(): number {
    const tensors = tf.tensor_util.getTensorsInContainer(this.weights as unknown as tf.TensorContainer)
    return tensors.reduce((sum, tensor) => sum + tensor.size * tf.util.bytesPerElement(tensor.dtype), 0)
  }

  /** @throws UserError where the folder had no tokenizer, or none that Layerscope can build */
  needTokenizer(): WordTokenizer {
    if (this.tokenizer) return this.tokenizer
    throw new UserError(this.noTokenizer)
  }

  /** The same checkpoint was opened from another folder: what lies beside it there counts. */
  foundAt(folder: string, bundled: boolean): void {
    this.info = { ...this.info, ...placeOf(folder, bundled, this.info.untrained) }
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

/** What is known of a checkpoint before its weights are read. */
export interface FoundModel {
  id: string
  name: string
  plan: MemoryPlan
}

/**
 * Opens a checkpoint folder: config.json, the weights (safetensors or pytorch_model.bin, one file or several with their
 * index), and the tokenizer's files.
 * @param untrained a seed for its untrained twin, of which the checkpoint gives the shapes alone; null for the
 * checkpoint itself
 * @param before hears of the checkpoint before its weights are read: it makes room, refuses by throwing, or gives the
 * model where it is open already
 * @throws UserError naming what is missing, not implemented, or too large
 */
export async function loadModel(
  path: string,
  bundled = false,
  untrained: number | null = null,
  before: (found: FoundModel) => LoadedModel | null = refuseTooLarge
): Promise<LoadedModel> {
  const folder = checkpointFolder(path)
  const { family, config, reader } = interpretConfig(readConfig(folder))
  const checkpoint = openWeights(folder, path)
  try {
    const stamp = checkpointStamp(folder, checkpoint)
    const stored = storedTensors(checkpoint, family, reader)
    const idOfTwin = (seed: number): Promise<string> =>
      twinId(folder, checkpoint, { version: recipeVersion, seed, stored })
    const id = untrained === null ? await checkpointId(folder, checkpoint) : await idOfTwin(untrained)
    const plan = planMemory(checkpoint, family, config)
    const open = before({ id, name: basename(folder), plan })
    if (open) {
      open.foundAt(folder, bundled)
      return open
    }
    const values = untrained === null ? null : untrainedValues(checkpoint, family, reader, config, untrained)
    const { weights, unused, notes: weightNotes } = loadWeights(checkpoint, family, config, values)
    const { tokenizer, reason } = await openTokenizer(folder, config.maxTokens)
    if (checkpointStamp(folder, checkpoint) !== stamp) {
      tf.dispose(weights as unknown as tf.TensorContainer)
      throw new UserError(
        `The files of ${basename(folder)} in ${folder} changed while they were read; open the model once they are complete.`
      )
    }
    const notes = [...(family.note ? [family.note] : []), ...checkpoint.notes, ...weightNotes]
    if (tokenizer?.note) notes.push(tokenizer.note)
    if (!tokenizer) notes.push(`The model is loaded, but text cannot be run through it. ${reason}`)
    if (unused.length)
      notes.push(
        `${unused.length} tensors of the checkpoint are not part of what is run and were left unread, among them '${unused[0]}'.`
      )
    const info: ModelInfo = {
      id,
      kind: 'transformer',
      untrained,
      ...(untrained === null ? { twin: await idOfTwin(twinSeed) } : {}),
      family: family.type,
      familyTitle: family.title,
      ...placeOf(folder, bundled, untrained),
      layers: config.layers,
      heads: config.heads,
      width: config.width,
      vocabulary: config.vocabulary,
      maxTokens: tokenizer?.maxTokens ?? config.maxTokens,
      parameters: countParameters(checkpoint, unused),
      dtype: checkpoint.describe(checkpoint.names()[0]!).dtype,
      bytes: checkpoint.bytes,
      files: checkpoint.files.map((file) => basename(file)),
      memory: { held: plan.held, peak: plan.peak },
      head: weights.head !== null,
      masked: !config.causal,
      notes
    }
    return new TransformerModel(info, config, tokenizer, weights, reason)
  } finally {
    checkpoint.close()
  }
}

/**
 * The tokenizer, or the sentence why there is none: a model is worth looking at without. A broken tokenizer.json is
 * refused.
 */
async function openTokenizer(
  folder: string,
  maxTokens: number
): Promise<{ tokenizer: WordTokenizer | null; reason: string }> {
  try {
    return { tokenizer: await WordTokenizer.open(folder, maxTokens), reason: '' }
  } catch (error) {
    if (!isUserError(error) || existsSync(join(folder, 'tokenizer.json'))) throw error
    return { tokenizer: null, reason: error.message }
  }
}

/** What of a model's description is its folder's. */
function placeOf(
  folder: string,
  bundled: boolean,
  untrained: number | null
): Pick<ModelInfo, 'name' | 'path' | 'bundled' | 'reference' | 'licence' | 'hub'> {
  const hub = snapshotOf(folder)
  const name = hub?.repo ?? basename(folder)
  return {
    name: untrained === null ? name : `${name} (untrained, seed ${untrained})`,
    path: folder,
    bundled: bundled && untrained === null,
    reference: untrained === null && hasReference(folder) ? 'beside' : 'none',
    licence: licenceOf(folder),
    ...(hub && { hub })
  }
}

function refuseTooLarge({ name, plan }: FoundModel): null {
  requireMemory(name, plan, availableMemory())
  return null
}

function countParameters(checkpoint: Checkpoint, unused: readonly string[]): number {
  const left = new Set(unused)
  let total = 0
  for (const name of checkpoint.names()) {
    const { shape, dtype } = checkpoint.describe(name)
    if (!left.has(name) && !dtype.startsWith('I')) total += elementsOf(shape)
  }
  return total
}
