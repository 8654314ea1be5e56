import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Kernels, PackedWeight } from '../backends/kernels'
import { nativeTraining, type NativeTraining } from '../backends/nativeTraining'
import { portableKernels } from '../backends/portableKernels'
import { trainingKernels } from '../backends/trainingKernels'
import type { Checkpoint } from '../checkpoints/checkpoint'
import { openModelFolder } from '../models/adapted/modelFolder'
import { someBlocks } from '../models/adapted/someBlocks'
import { tokenVectors } from '../models/transformer/embeddings'
import { logitsOf } from '../models/transformer/head'
import type { Hooks } from '../models/transformer/hooks'
import type { TransformerConfig } from '../models/transformer/config'
import type { ModelFamily } from '../models/transformer/family'
import { forward, needHead, readOut, statesForHead, type TokenBatch } from '../models/transformer/transformer'
import { untrainedValues } from '../models/transformer/untrained'
import type { WeightValues } from '../models/transformer/weightReader'
import { loadWeights, type HeldWeights } from '../models/transformer/weights'
import { loadDerivatives } from './differentiation'
import type { Dropout } from './dropout'
import { needsGradient } from './gradientReach'
import { withAdapters } from './methods/adapters'
import { loraChange } from './methods/lora'
import type { Mixout } from './mixout'
import { Parameters, ParameterSource, type AttentionSite, type PartChange } from './parameters'
import type { Adaptation } from './recipe'
import { requireTrainable } from './requireTrainable'
import type { Trainable, TrainablePass } from './trainable'
import { WeightCache } from './weightCache'

/** What is differentiated: kernels with gradients of their own where the backend has them, or plain operations. */
export type Differentiated = 'kernels' | 'operations'

/**
 * A checkpoint whose parameters can be trained. The forward pass is the one that every view shows, of operations that
 * can be differentiated.
 */
export class TrainableTransformer implements Trainable {
  readonly parameters = new Parameters()
  /** Whether the checkpoint has a language-model head. */
  readonly hasHead: boolean
  /** New parameters within the model that it runs with. */
  adaptation: Adaptation | null = null
  dropout: Dropout | null = null
  mixout: Mixout | null = null
  private readonly cache = new WeightCache()

  private constructor(
    readonly config: TransformerConfig,
    readonly family: ModelFamily,
    /** As it was opened: values are those from before training. */
    readonly checkpoint: Checkpoint,
    private readonly drawn: WeightValues | null,
    private readonly native: NativeTraining | null,
    /** Blocks of the checkpoint's folder that it is made of, and how many there are; null for all. */
    readonly kept: { blocks: readonly number[]; of: number } | null
  ) {
    // Reads every parameter now: none may come into being while a gradient is computed.
    this.hasHead = tf.tidy(() => this.weights().head !== null)
  }

  /**
   * @param untrained seed of the values that it starts from in place of the checkpoint's; null for the checkpoint's
   * @param blocks those that it is made of; null for all
   * @throws UserError for a folder that is not a transformer's checkpoint, or of a kind without gradients
   */
  static async open(
    folder: string,
    untrained: number | null = null,
    differentiated: Differentiated = 'kernels',
    blocks: readonly number[] | null = null
  ): Promise<TrainableTransformer> {
    await loadDerivatives()
    const { checkpoint: stored, ...whole } = openModelFolder(folder)
    try {
      const { family, config, reader, checkpoint } = blocks
        ? someBlocks({ ...whole, checkpoint: stored }, blocks)
        : { ...whole, checkpoint: stored }
      requireTrainable(family.title, config)
      const drawn = untrained === null ? null : untrainedValues(checkpoint, family, reader, config, untrained)
      const native = differentiated === 'kernels' ? nativeTraining() : null
      const kept = blocks && { blocks, of: whole.config.layers }
      return new TrainableTransformer(config, family, checkpoint, drawn, native, kept)
    } catch (error) {
      stored.close()
      throw error
    }
  }

  /** Whether it started from drawn values: what the checkpoint holds beside them is not of this model. */
  get isDrawn(): boolean {
    return this.drawn !== null
  }

  /** Rows of the token embeddings [tokens, width], before anything is done to them. The caller disposes of them. */
  tokenVectors(ids: Int32Array): Tensor2D {
    return tf.tidy(() => tokenVectors(this.weights(), ids))
  }

  /**
   * Within `tf.tidy` or a gradient, which frees what is made.
   * @param tokens vectors that are read in place of the tokens' embeddings
   */
  run(input: TokenBatch, hooks = this.dropout?.hooks, tokens?: Tensor2D): TrainablePass {
    const { weights, hiddenStates, projected } = this.pass(input, hooks, tokens)
    return {
      hiddenStates: statesForHead({ hiddenStates, projected }),
      logits: (last) => logitsOf(this.kernels, this.config, weights, needHead(weights), last)
    }
  }

  /** Hidden states [rows, width] of all layers as every view shows them, nothing dropped. Within `tf.tidy`. */
  hiddenStates(input: TokenBatch): Tensor2D[] {
    return this.pass(input).hiddenStates
  }

  private pass(input: TokenBatch, hooks?: Hooks, tokens?: Tensor2D) {
    const plain = this.weights()
    const { adaptation, native, kernels } = this
    const weights =
      adaptation?.kind === 'adapters' ? withAdapters(plain, adaptation, this.parameters, native !== null) : plain
    const wanted = { hiddenStates: true, attentions: false }
    return { weights, ...forward(kernels, this.config, weights, input, wanted, { hooks, tokens }) }
  }

  /**
   * The scores of the language-model head [rows, vocabulary] for a hidden state of a layer, through the final norm
   * where it has not been through it. Within `tf.tidy` or a gradient.
   * @throws UserError for a checkpoint without a head
   */
  readOut(hidden: Tensor2D, layer: number): Tensor2D {
    return readOut(this.kernels, this.config, this.weights(), hidden, layer)
  }

  private get kernels(): Kernels {
    if (this.native) return trainingKernels(this.native, needsGradient)
    return {
      ...portableKernels,
      pack: packedForOnePass,
      packTransposed: (weight) => packedForOnePass(tf.transpose(weight))
    }
  }

  /** Where the queries, keys and values of every block with weights of its own are stored. */
  attentionSites(): AttentionSite[] {
    const sites: AttentionSite[] = []
    const record = (site: AttentionSite): null => {
      sites.push(site)
      return null
    }
    tf.tidy(() => void this.weights(record))
    return sites
  }

  private weights(change = this.change()): HeldWeights {
    const { checkpoint, parameters, drawn, mixout } = this
    const cache = this.native && this.cache
    const source = new ParameterSource(checkpoint, this.family.title, parameters, { change, drawn, cache, mixout })
    return loadWeights(source, this.family, this.config, drawn !== null).weights
  }

  private change(): PartChange | undefined {
    return this.adaptation?.kind === 'lora' ? loraChange(this.adaptation, this.parameters) : undefined
  }

  dispose(): void {
    this.cache.dispose()
    this.parameters.dispose()
    this.checkpoint.close()
  }
}

/** Kernels keep what they pack; weights here live for one pass. */
function packedForOnePass(weight: Tensor2D): PackedWeight {
  const [inputs, outputs] = weight.shape
  return { tensor: tf.clone(weight), inputs, outputs, dispose: () => undefined }
}
