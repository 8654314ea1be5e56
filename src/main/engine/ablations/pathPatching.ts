import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { HookName } from '@shared/hookNames'
import type { Receiver } from '@shared/patching'
import { UserError } from '@shared/userError'
import { joinWindows } from '../activations/extract'
import { configOfBlock } from '../models/transformer/config'
import { Hooks, type Hook } from '../models/transformer/hooks'
import type { TransformerModel } from '../models/transformer/transformerModel'
import { headOutputs } from './headOutputs'
import { captureValues } from './resources'

/**
 * Path patching from every head to one receiver (Wang et al. 2023; Goldowsky-Dill et al. 2023): what the receiver reads
 * is changed by the difference that the head's output makes between two sentences, everything else that it reads stays
 * as it is, and the rest of the model runs on with the receiver's new output.
 */
export class PathPatching {
  private readonly site: HookName
  /** Where the residual stream is read for it. */
  private readonly entry: HookName

  /** @throws UserError for a receiver that the model does not have, or that reads no sum of what parts have added */
  constructor(
    private readonly model: TransformerModel,
    private readonly receiver: Receiver
  ) {
    const { layers, heads, normPlacement, residualFromNorm, parallel, layerInputs, layerFactors } = model.config
    if (normPlacement === 'sum' || residualFromNorm)
      throw new UserError(
        `${model.info.name} norms its residual stream after every sublayer, so no path leads past a layer unchanged; ` +
          'path patching is for models whose residual stream is a plain sum, such as GPT-2 and Llama.'
      )
    if (layerInputs || layerFactors)
      throw new UserError(
        `${model.info.name} changes its residual stream behind every layer, so no path leads past a layer unchanged; ` +
          'path patching is for models whose residual stream is a plain sum, such as GPT-2 and Llama.'
      )
    if (receiver.part === 'logits') {
      this.entry = this.site = `blocks.${layers - 1}.mlp.out`
      return
    }
    const { block, part } = receiver
    if (block >= layers) throw new UserError(`There is no layer ${block + 1}; the model has layers 1 to ${layers}.`)
    if (part !== 'mlp' && receiver.head >= heads)
      throw new UserError(`There is no head ${receiver.head + 1}; the model has ${heads} heads a layer.`)
    this.site = part === 'mlp' ? `blocks.${block}.mlp.out` : `blocks.${block}.attn.${part}`
    this.entry = `blocks.${block}.${part === 'mlp' && parallel === 'no' ? 'resid_mid' : 'resid_pre'}`
  }

  /** Blocks whose heads the receiver can read. */
  get senders(): number {
    const { receiver } = this
    if (receiver.part === 'logits') return this.model.config.layers
    const reachesOwn = receiver.part === 'mlp' && this.model.config.parallel === 'no'
    return receiver.block + (reachesOwn ? 1 : 0)
  }

  /**
   * What each head of a block adds more in the source than in the sentence, [heads * tokens, width]. The caller
   * disposes of it.
   */
  changes(block: number, sentence: Float32Array, source: Float32Array): Tensor2D {
    return tf.tidy(() =>
      tf.sub<Tensor2D>(headOutputs(this.model, block, source), headOutputs(this.model, block, sentence))
    )
  }

  /** The hooks of the run in which the receiver has read a change [tokens, width]. */
  hooks(ids: Int32Array, change: Tensor2D): Hooks {
    const add: Hook = (value) => tf.add(value, change)
    if (this.receiver.part === 'logits') return new Hooks([[this.entry, add]])
    let read: Float32Array | null = null
    const hooks: [HookName, Hook][] = [
      [this.entry, add],
      [this.site, (value) => ((read = Float32Array.from(value.dataSync<'float32'>())), value)]
    ]
    this.model.run(joinWindows([{ ids }]), { hiddenStates: false, attentions: false }, { hooks: new Hooks(hooks) })
    if (!read) throw new UserError(`${this.model.info.name} has no value '${this.site}', so no path can end there.`)
    const changed: Float32Array = read
    return new Hooks([[this.site, (value) => this.received(value as Tensor2D, changed)]])
  }

  /** The receiver's value where it is the receiver's, the old one in the columns of other heads. */
  private received(value: Tensor2D, changed: Float32Array): Tensor2D {
    const [rows, columns] = value.shape
    const next = tf.tensor2d(changed, [rows, columns])
    if (this.receiver.part === 'mlp' || this.receiver.part === 'logits') return next
    const { part, head, block } = this.receiver
    const { heads, keyValueHeads, headWidth } = configOfBlock(this.model.config, block)
    const place = part === 'q' ? head : Math.floor(head / (heads / keyValueHeads))
    const mine = tf.tensor1d(
      Float32Array.from({ length: columns }, (_, column) => Number(Math.floor(column / headWidth) === place))
    )
    return tf.add(tf.mul(next, mine), tf.mul(value, tf.sub(1, mine)))
  }
}

/** The outputs of the heads of some blocks, [tokens, heads * headWidth] each. */
export function headResults(model: TransformerModel, ids: Int32Array, blocks: number): Float32Array[] {
  const names = Array.from({ length: blocks }, (_, block): HookName => `blocks.${block}.attn.result`)
  const values = captureValues(model, { ids }, names)
  return names.map((name) => values.get(name)!)
}
