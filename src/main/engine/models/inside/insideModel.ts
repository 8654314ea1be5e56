import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { hiddenStateHook, type HookName } from '@shared/hookNames'
import type { ModelInfo, ValueInfo } from '@shared/model'
import { quoted, UserError } from '@shared/userError'
import type { Tokenizer } from '../../tokenizers/tokenizer'
import { addressOf, modelAddress } from '../address'
import type { LoadedModel, ModelShape } from '../model'
import { Hooks, type Hook } from '../transformer/hooks'
import type { ForwardResult, RunOptions, TokenBatch, Wanted } from '../transformer/transformer'
import { widened } from '../widened'
import { siteTitle, sitesInside, type InsideSite } from './sites'

/**
 * A model whose layers above the embeddings are a value inside its blocks: what its routers choose, its gates or its
 * states. Whatever reads hidden states (probes, projections, comparisons, neighbours) reads that value then. A block
 * without the value has no layer. All layers are as wide as the widest; others end in zeros, which change no product,
 * distance or probe.
 */
export class InsideModel implements LoadedModel {
  info: ModelInfo
  private readonly values: InsideSite['values']

  /**
   * @param twin id of its untrained twin, read in the same way
   * @throws UserError where the model has no such value
   */
  constructor(
    private readonly model: LoadedModel,
    private readonly site: string,
    private readonly id: string,
    private readonly twin: string | undefined
  ) {
    this.values = valuesAt(model.info, site)
    this.info = this.described()
  }

  private described(): ModelInfo {
    const { info } = this.model
    const { path, reading } = modelAddress(info.path)
    const title = siteTitle(this.site)
    const names = this.values.map(({ name, columns }, i): ValueInfo => ({
      name,
      kind: 'hidden',
      layer: i + 1,
      shape: ['tokens', columns]
    }))
    const embeddings: ValueInfo = { name: hiddenStateHook(0), kind: 'hidden', layer: 0, shape: ['tokens', info.width] }
    const blocks = this.values.map(({ block }) => block + 1)
    const all = blocks.length === info.layers
    const { twin: _, ...rest } = info
    return {
      ...rest,
      id: this.id,
      ...(this.twin !== undefined && { twin: this.twin }),
      name: `${info.name} (${title})`,
      path: addressOf(path, { ...reading, values: this.site }),
      layers: blocks.length,
      heads: 0,
      width: Math.max(info.width, ...this.values.map(({ columns }) => columns)),
      head: false,
      reference: 'none',
      readings: [{ title: 'with its hidden states', address: info.path }],
      values: [embeddings, ...names],
      notes: [
        ...info.notes,
        `Its layers are ${title} (${this.site})` +
          (all ? '' : ` of the ${blocks.length === 1 ? 'block' : 'blocks'} that have it: ${blocks.join(', ')}`) +
          '; layer 0 is the embeddings.'
      ]
    }
  }

  get shape(): ModelShape {
    const { layers, width } = this.info
    return { ...this.model.shape, layers, width, heads: 0 }
  }

  get tokenizer(): Tokenizer | null {
    return this.model.tokenizer
  }

  /** A head that scores words reads hidden states. */
  get hasHead(): boolean {
    return false
  }

  get bytesHeld(): number {
    return this.model.bytesHeld
  }

  get inOneProcess(): boolean {
    return this.model.inOneProcess ?? false
  }

  get insideOf(): string {
    return siteTitle(this.site)
  }

  run(input: TokenBatch, wanted: Wanted, options: RunOptions = {}): ForwardResult {
    if (wanted.logits) this.readOut()
    const rows = input.ids.length
    const seen = this.values.map(({ columns }) => new Float32Array(rows * columns))
    const hooks = new Hooks(
      this.values.map(({ name, columns }, i): [HookName, Hook] => [name, keepRows(seen[i]!, columns)])
    )
    const plain = { hiddenStates: true, attentions: false } as const
    const { hiddenStates, projected } = this.model.run(input, plain, { ...options, hooks })
    projected?.dispose()
    tf.dispose(hiddenStates.slice(1))
    const states = [
      hiddenStates[0]!,
      ...this.values.map(({ columns }, i) => tf.tensor2d(seen[i]!, [rows, columns]))
    ].map((state) => widened(state, this.info.width))
    const attentions = this.values.map(() => null)
    if (wanted.takeHidden) states.forEach((state, layer) => wanted.takeHidden!(layer, state))
    if (wanted.hiddenStates) return { hiddenStates: states, attentions, logits: null, projected: null }
    tf.dispose(states)
    return { hiddenStates: [], attentions, logits: null, projected: null }
  }

  /** @throws UserError always: no head reads words out of a value inside a block */
  readOut(): Tensor2D {
    throw new UserError(`${this.info.name} has no head that scores words; open the model itself for that.`)
  }

  needTokenizer(): Tokenizer {
    return this.model.needTokenizer()
  }

  foundAt(address: string, bundled: boolean): void {
    const { path, reading } = modelAddress(address)
    this.model.foundAt(addressOf(path, { ...reading, values: null }), bundled)
    this.info = this.described()
  }

  dispose(): void {
    this.model.dispose()
  }
}

/** @throws UserError where no block has it */
function valuesAt(info: ModelInfo, site: string): InsideSite['values'] {
  const known = sitesInside(info)
  const found = known.find(({ site: name }) => name === site)
  if (found) return found.values
  throw new UserError(
    `${info.name} has no value ${quoted(site, 80)} inside its blocks` +
      (known.length
        ? `; it has ${known.map(({ site: name }) => name).join(', ')}.`
        : '. Only models with routers, gates or states have such values.')
  )
}

/** Notes the rows of a value and leaves it as it is; the steps of a recurrent layer come a few rows at a time. */
function keepRows(target: Float32Array, columns: number): Hook {
  return (value, { shape }) => {
    const given = value.dataSync<'float32'>()
    for (let row = 0; row * columns < given.length; row++)
      target.set(given.subarray(row * columns, (row + 1) * columns), (shape.rows?.[row] ?? row) * columns)
    return value
  }
}
