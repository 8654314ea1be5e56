import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import type { Tokenizer } from '../../tokenizers/tokenizer'
import { licenceOf } from '../licence'
import type { LoadedModel, ModelShape } from '../model'
import { hasReference } from '../parityFiles'
import { widened } from '../widened'
import type { ForwardResult, RunOptions, TokenBatch, Wanted } from '../transformer/transformer'
import type { ReferenceModel, ReferenceValue } from '../namedParity'
import type { LoadedNetwork, RecurrentSystem } from './system'

/**
 * A recurrent network as a model. Its layers need not be equally wide, and everything that compares layers wants them
 * so: the hidden state of a narrower layer ends in zeros, which change no product, distance or probe.
 */
export class RecurrentModel implements LoadedModel, ReferenceModel {
  constructor(
    public info: ModelInfo,
    private readonly system: RecurrentSystem,
    private readonly loaded: LoadedNetwork
  ) {}

  get shape(): ModelShape {
    const { layers, width, heads, vocabulary } = this.info
    const { causal, headWidth } = this.loaded.network
    return { layers, width, heads, vocabulary, causal, ...(headWidth !== undefined && { headWidth }) }
  }

  get tokenizer(): Tokenizer | null {
    return this.loaded.tokenizer
  }

  get hasHead(): boolean {
    return this.info.head
  }

  get bytesHeld(): number {
    return this.loaded.network.bytesHeld
  }

  get inOneProcess(): boolean {
    return this.system.openVocabulary
  }

  /** @throws UserError for scores of a model without a head, and for a hook on a layer that it does not have */
  run(input: TokenBatch, wanted: Wanted, options: RunOptions = {}): ForwardResult {
    if (wanted.logits) this.needHead()
    const { layers, width } = this.info
    options.hooks?.check(layers)
    const { states, logits, attentions = [] } = this.loaded.network.run(input, wanted, options)
    const skipped = options.start?.block ?? 0
    if (wanted.takeAttention) attentions.forEach((map, l) => wanted.takeAttention!(skipped + l, map, 0))
    return {
      hiddenStates: states.map((state) => widened(state, width)),
      attentions: Array.from({ length: layers }, (_, l) =>
        wanted.takeAttention ? null : (attentions[l - skipped] ?? null)
      ),
      logits,
      projected: null
    }
  }

  /** @throws UserError for a model without a head, or a layer of another width than its head reads */
  readOut(hidden: Tensor2D, layer: number): Tensor2D {
    this.needHead()
    const { widths } = this.loaded.network
    const reads = widths.at(-1)!
    if (widths[layer] !== reads)
      throw new UserError(
        `The head of ${this.info.name} reads ${reads} numbers, and layer ${layer} has ${widths[layer]}.`
      )
    return tf.tidy(() => this.loaded.network.score(tf.slice(hidden, [0, 0], [-1, reads])))
  }

  private needHead(): void {
    if (!this.hasHead)
      throw new UserError(`${this.info.name} has no head that scores words; open a language model with its head.`)
  }

  needTokenizer(): Tokenizer {
    if (this.loaded.tokenizer) return this.loaded.tokenizer
    throw new UserError(this.loaded.noTokenizer)
  }

  /** The values of a reference by their names, computed from its inputs.json. */
  async reference(inputs: Readonly<Record<string, unknown>>, folder: string): Promise<Map<string, ReferenceValue>> {
    return this.system.reference(this, this.loaded.network, inputs, folder)
  }

  foundAt(path: string, bundled: boolean): void {
    this.info = {
      ...this.info,
      path,
      bundled,
      reference: hasReference(path) ? 'beside' : 'none',
      licence: licenceOf(path)
    }
  }

  dispose(): void {
    this.loaded.network.dispose()
  }
}
