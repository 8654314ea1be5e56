import { basename } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import { activeKernels } from '../../backends/activeKernels'
import { snapshotOf } from '../../files/hubCache'
import type { WordTokenizer } from '../../tokenizers/wordTokenizer'
import { modelAddress } from '../address'
import { licenceOf } from '../licence'
import { readLineage } from '../lineage'
import type { LoadedModel, ModelShape } from '../model'
import { hasReference } from '../parityFiles'
import type { TransformerConfig } from './config'
import { replacedScores } from './discriminator'
import { foldedNorm } from './norms'
import {
  forward,
  forwardSteps,
  readOut,
  type ForwardResult,
  type RunOptions,
  type TokenBatch,
  type Wanted
} from './transformer'
import type { TransformerWeights } from './weights'

/** A checkpoint in memory. */
export class TransformerModel implements LoadedModel {
  constructor(
    public info: ModelInfo,
    readonly config: TransformerConfig,
    readonly tokenizer: WordTokenizer | null,
    private readonly weights: TransformerWeights,
    /** Why there is no tokenizer. */
    private readonly noTokenizer: string,
    /** What tells it from other ways to read its folder. */
    private readonly suffix = '',
    /** Frees what it holds beside its weights. */
    private readonly letGo: () => void = () => undefined
  ) {}

  get shape(): ModelShape {
    return this.config
  }

  run(input: TokenBatch, wanted: Wanted, options: RunOptions = {}): ForwardResult {
    return forward(activeKernels(), this.config, this.weights, input, wanted, { finite: true, ...options })
  }

  runInSteps(input: TokenBatch, wanted: Wanted, options: RunOptions = {}): Generator<number, ForwardResult, undefined> {
    return forwardSteps(activeKernels(), this.config, this.weights, input, wanted, { finite: true, ...options })
  }

  readOut(hidden: Tensor2D, layer: number): Tensor2D {
    return readOut(activeKernels(), this.config, this.weights, hidden, layer)
  }

  /**
   * Parts [parts, width] of a last hidden state [1, width] before the final norm, folded through that norm: they add up
   * to the normed state but for the norm's offset. The caller disposes of them.
   */
  foldFinalNorm(parts: Tensor2D, whole: Tensor2D): Tensor2D {
    const { finalNorm } = this.weights
    return tf.tidy(() => (finalNorm ? foldedNorm(this.config, finalNorm, parts, whole) : tf.clone(parts)))
  }

  /** The same through the norm that follows a block's (0-based) attention; as they are where there is none. */
  foldAttentionNorm(block: number, parts: Tensor2D, whole: Tensor2D): Tensor2D {
    const norm = this.weights.blocks.at(block)?.attentionNorm
    return tf.tidy(() => (norm ? foldedNorm(this.config, norm, parts, whole) : tf.clone(parts)))
  }

  /** The checkpoint has the weights of a language-model head. */
  get hasHead(): boolean {
    return this.weights.head !== null
  }

  /** The checkpoint has the weights of a head that finds replaced tokens. */
  get hasDiscriminator(): boolean {
    return this.weights.discriminator !== null
  }

  /**
   * The logit of every token having been replaced, by its last hidden state: [rows, width] to [rows, 1]. The caller
   * disposes of it.
   * @throws UserError for a model without a discriminator's head
   */
  replacedScores(last: Tensor2D): Tensor2D {
    const { discriminator } = this.weights
    if (discriminator) return replacedScores(activeKernels(), this.config, discriminator, last)
    throw new UserError(
      'This checkpoint has no head that finds replaced tokens; ELECTRA discriminators are saved with one.'
    )
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

  /** The same checkpoint was opened from another folder: the files beside it there count. */
  foundAt(folder: string, bundled: boolean): void {
    this.info = {
      ...this.info,
      hub: undefined,
      lineage: undefined,
      ...placeOf(folder, bundled, this.info.untrained, this.suffix)
    }
  }

  dispose(): void {
    tf.dispose(this.weights as unknown as tf.TensorContainer)
    this.letGo()
  }
}

/**
 * The model as a transformer, for code that reaches into its blocks: interventions and what builds on them.
 * @throws UserError for a model of another kind
 */
export function needTransformer(model: LoadedModel): TransformerModel {
  if (model instanceof TransformerModel) return model
  refuseInside(model)
  if (model.info.kind === 'transformer')
    throw new UserError(
      `${model.info.name} is open with its sentence vector as one more layer. Open it without, to reach into its ` +
        'blocks.'
    )
  throw new UserError(
    `Ablations need a transformer; ${model.info.name} is of another kind (${model.info.familyTitle}). Open a ` +
      'transformer.'
  )
}

/** @throws UserError for a model whose layers are a value inside its blocks */
export function refuseInside({ info, insideOf }: LoadedModel): void {
  if (insideOf !== undefined)
    throw new UserError(
      `${info.name} is open with the ${insideOf} in place of its hidden states. Open it with its hidden states, to ` +
        'reach into its blocks.'
    )
}

/**
 * The parts of a model's description that depend on its folder.
 * @param suffix what tells it from other ways to read the folder
 */
export function placeOf(
  address: string,
  bundled: boolean,
  untrained: number | null,
  suffix: string
): Pick<ModelInfo, 'name' | 'path' | 'bundled' | 'reference' | 'licence' | 'hub' | 'lineage'> {
  const { path: folder, reading } = modelAddress(address)
  const isUsual = reading.gelu === null && reading.part === null
  const hub = snapshotOf(folder)
  const name = `${hub?.repo ?? basename(folder)}${suffix && ` (${suffix})`}`
  const { lineage } = untrained === null ? readLineage(folder) : {}
  return {
    name: untrained === null ? name : `${name} (untrained, seed ${untrained})`,
    path: address,
    bundled: bundled && untrained === null,
    reference: untrained === null && isUsual && hasReference(folder) ? 'beside' : 'none',
    licence: licenceOf(folder),
    ...(hub && { hub }),
    ...(lineage && { lineage })
  }
}
