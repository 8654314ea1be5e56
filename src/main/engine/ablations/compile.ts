import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { parseHookName, type HookName } from '@shared/hookNames'
import type { Intervention } from '@shared/intervention'
import { UserError } from '@shared/userError'
import type { BatchShape } from '../models/transformer/batch'
import { blockSites } from '../models/transformer/blockSites'
import { configOfBlock, type TransformerConfig } from '../models/transformer/config'
import { gateColumns, stateColumns } from '../models/transformer/mixers/config'
import type { MixtureConfig } from '../models/transformer/mixture/config'
import { checkBlock, Hooks, type Hook } from '../models/transformer/hooks'
import { makeEdit } from './edits'
import type { EditFunction, EditResources } from './edits/edit'
import { isRecurrent, recurrentSites, type Anatomy, type RecurrentAnatomy } from './anatomy'

/** Sites whose value has the heads side by side. */
const headSites: ReadonlySet<string> = new Set(['attn.q', 'attn.k', 'attn.v', 'attn.result', 'attn.pattern'])

/**
 * The hooks that apply the interventions, in their order.
 * @throws UserError naming an intervention that does not fit the model
 */
export function compileInterventions(
  interventions: readonly Intervention[],
  config: Anatomy,
  resources: EditResources
): Hooks {
  const skip: number[] = []
  const hooks: [HookName, Hook][] = []
  for (const intervention of interventions) {
    const { at, edit } = intervention
    if (isRecurrent(config)) checkRecurrent(intervention, config)
    else checkFits(intervention, config)
    if (edit.kind === 'skip') skip.push(parseHookName(at)!.block!)
    else hooks.push([at, hookOf(intervention, makeEdit(edit, at, resources), config)])
  }
  return new Hooks(hooks, skip)
}

/** @throws UserError naming what a recurrent network does not have, or cannot be changed by */
function checkRecurrent({ at, heads, neurons, edit }: Intervention, anatomy: RecurrentAnatomy): void {
  const { block, site } = parseHookName(at)!
  if (block !== null) checkBlock(block, anatomy.layers)
  const columns = anatomy.columns.get(at)
  if (columns === undefined) {
    const there = block === null ? ['embed'] : recurrentSites(anatomy, block)
    throw new UserError(`${at} does not exist in this model: it has ${there.join(', ')} there.`)
  }
  if (heads && site !== 'attn.result')
    throw new UserError(
      `${at} has no heads` +
        (anatomy.heads ? '; choose them at attn.result.' : ': a recurrent network does not attend.')
    )
  const noHead = heads?.find((head) => head >= anatomy.heads)
  if (noHead !== undefined)
    throw new UserError(`${at} has no head ${noHead}; its heads are 0 to ${anatomy.heads - 1} in this model.`)
  const noNeuron = neurons?.find((neuron) => neuron >= columns)
  if (noNeuron !== undefined)
    throw new UserError(`${at} has no neuron ${noNeuron}; it is ${columns} wide in this model.`)
  if (edit.kind === 'skip' && site !== 'resid_post')
    throw new UserError(`A layer is skipped at its resid_post, not at ${at}.`)
  if (edit.kind === 'patch' && site.startsWith('lstm.'))
    throw new UserError(`${at} is made token by token, so another sentence's values cannot be patched into it.`)
}

function checkFits({ at, heads, neurons, edit }: Intervention, config: TransformerConfig): void {
  const { site } = parseHookName(at)!
  const hasHeads = headSites.has(site)
  if (heads && !hasHeads)
    throw new UserError(
      `${at} has no heads; heads can be chosen at attn.q, attn.k, attn.v, attn.pattern and attn.result.`
    )
  // Keys and values have fewer heads where queries share them.
  const count = site === 'attn.k' || site === 'attn.v' ? configAt(at, config).keyValueHeads : config.heads
  const noHead = heads?.find((head) => head >= count)
  if (noHead !== undefined)
    throw new UserError(`${at} has no head ${noHead}; its heads are 0 to ${count - 1} in this model.`)
  if (neurons && site === 'attn.pattern') throw new UserError(`${at} has no neurons; choose heads and tokens of it.`)
  checkExists(at, config)
  const columns = columnsOf(at, config)
  const noNeuron = neurons?.find((neuron) => neuron >= columns)
  if (noNeuron !== undefined)
    throw new UserError(`${at} has no neuron ${noNeuron}; it is ${columns} wide in this model.`)
  if (edit.kind === 'skip' && site !== 'resid_post')
    throw new UserError(`A block is skipped at its resid_post, not at ${at}.`)
  if (site === 'attn.pattern' && edit.kind !== 'zero' && edit.kind !== 'scale') {
    throw new UserError(
      `An attention map can be set to zero or scaled, head by head; '${edit.kind}' does not apply to ${at}.`
    )
  }
}

/** @throws UserError where the model does not have the block, or the block is made of other parts */
function checkExists(at: HookName, config: TransformerConfig): void {
  const { block, site } = parseHookName(at)!
  if (site === 'resid_final' && !config.finalNorm)
    throw new UserError(`${at} does not exist in this model: it has no norm after its last block.`)
  if (block === null || site === 'embed' || site === 'resid_final') return
  checkBlock(block, config.layers)
  const there = blockSites(config, block)
  if (there.includes(site)) return
  const missing = `${at} does not exist in this model: `
  if (site === 'resid_mid' && config.parallel !== 'no')
    throw new UserError(`${missing}its attention and MLP run side by side.`)
  if (site === 'mlp.post' && there.includes('mlp.router_weights'))
    throw new UserError(
      `${missing}block ${block} has a mixture of experts in place of an MLP. Its experts are the neurons of ` +
        `blocks.${block}.mlp.router_weights.`
    )
  throw new UserError(`${missing}block ${block} has ${there.join(', ')}.`)
}

/** The mixture of experts of a value's block; null where there is none. */
function mixtureOf(at: HookName, { blocks }: TransformerConfig): MixtureConfig | null {
  const { block, site } = parseHookName(at)!
  const place = block === null ? undefined : blocks[block]
  if (site.startsWith('attn.router')) {
    const mixer = place?.mixer
    return mixer && mixer !== 'none' && mixer.kind === 'expertAttention' ? mixer.routing : null
  }
  const feedForward = place?.feedForward ?? null
  return feedForward !== 'none' && feedForward?.kind === 'mixture' ? feedForward : null
}

/** Columns of a recurrence's gate or state. */
function recurrenceColumns(at: HookName, site: 'mixer.gate' | 'mixer.state', { blocks }: TransformerConfig): number {
  const place = blocks[parseHookName(at)!.block!]!
  const mixer = place.mixer ?? place.beside
  if (!mixer || mixer === 'none') throw new Error(`${at} is not of a recurrence.`)
  return site === 'mixer.gate' ? gateColumns(mixer) : stateColumns(mixer)
}

/** The config of a value's block; of a value outside the blocks, the model's. */
function configAt(at: HookName, config: TransformerConfig): TransformerConfig {
  const { block } = parseHookName(at)!
  if (block === null) return config
  checkBlock(block, config.layers)
  return configOfBlock(config, block)
}

/**
 * Columns of a value of the model.
 * @throws UserError where the model does not have the value's block
 */
export function columnsOf(at: HookName, config: Anatomy): number {
  const { site } = parseHookName(at)!
  if (isRecurrent(config)) return config.columns.get(at)!
  const { heads, keyValueHeads, headWidth, mlpWidth, width } = configAt(at, config)
  if (site.includes('.router_')) return mixtureOf(at, config)!.experts
  if (site === 'mixer.gate' || site === 'mixer.state') return recurrenceColumns(at, site, config)
  if (site === 'mlp.post') return mlpWidth
  if (site === 'attn.k' || site === 'attn.v') return keyValueHeads * headWidth
  return headSites.has(site) ? heads * headWidth : width
}

function hookOf(intervention: Intervention, edit: EditFunction, config: Anatomy): Hook {
  const { heads, neurons, tokens } = intervention
  const { site } = parseHookName(intervention.at)!
  const isMap = site === 'attn.pattern'
  const { headWidth, heads: headCount } = isRecurrent(config) ? config : configAt(intervention.at, config)
  return (value, { shape }) => {
    const rows = isMap ? (tf.reshape(value, [-1, value.shape.at(-1)!]) as Tensor2D) : (value as Tensor2D)
    const edited = edit(rows, shape)
    const mask = maskOf(rows, shape, isMap)
    return tf.reshape(mask ? tf.add(tf.mul(edited, mask), tf.mul(rows, tf.sub(1, mask))) : edited, value.shape)
  }

  /** 1 where the edit holds, broadcast to the rows [rows, columns]; null: everywhere. */
  function maskOf(rows: Tensor2D, shape: BatchShape, map: boolean): Tensor | null {
    const columns = rows.shape[1]
    const marked = (count: number, chosen: (i: number) => boolean): Float32Array =>
      Float32Array.from({ length: count }, (_, i) => Number(chosen(i)))
    const headSet = heads && new Set(heads)
    const parts: Tensor[] = []
    if (headSet && !map)
      parts.push(
        tf.tensor2d(
          marked(columns, (i) => headSet.has(Math.floor(i / headWidth))),
          [1, columns]
        )
      )
    if (neurons) {
      const chosen = new Set(neurons)
      parts.push(
        tf.tensor2d(
          marked(columns, (i) => chosen.has(i)),
          [1, columns]
        )
      )
    }
    const tokenSet = tokens && new Set(tokens)
    if (tokenSet || (headSet && map)) {
      const place = map ? mapPlaces(shape, headCount) : rowPlaces(shape)
      const inRow = marked(
        rows.shape[0],
        (row) => (!tokenSet || tokenSet.has(place(row).token)) && (!map || !headSet || headSet.has(place(row).head))
      )
      parts.push(tf.tensor2d(inRow, [rows.shape[0], 1]))
    }
    return parts.length ? parts.reduce((product, part) => tf.mul(product, part)) : null
  }
}

interface Place {
  token: number
  head: number
}

/** Token of each row of values without padding. */
function rowPlaces({ batch, tokens, lengths, places: ofStep }: BatchShape): (row: number) => Place {
  if (ofStep) return (row) => ({ token: ofStep[row]!, head: 0 })
  if (!lengths) return (row) => ({ token: row % tokens, head: 0 })
  const places = lengths.flatMap((length) => Array.from({ length }, (_, token) => ({ token, head: 0 })))
  if (lengths.length !== batch) throw new Error('A length for each sequence is needed.')
  return (row) => places[row]!
}

/** Head and query of each row of maps [sequences, heads, query, key]. */
function mapPlaces({ tokens }: BatchShape, heads: number): (row: number) => Place {
  return (row) => ({ token: row % tokens, head: Math.floor(row / tokens) % heads })
}
