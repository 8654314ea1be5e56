import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { parseHookName, type HookName } from '@shared/hookNames'
import { insideKind, type InsideRouting, type InsideSeries } from '@shared/inside'
import type { ValueInfo } from '@shared/model'
import { tensorData } from '@shared/tensorData'
import type { LoadedModel } from '../models/model'
import { Hooks, type Hook } from '../models/transformer/hooks'
import type { TokenBatch } from '../models/transformer/transformer'

/** A value of the model that is looked at, and what was seen of it. */
interface Seen {
  value: ValueInfo
  site: string
  kind: 'gate' | 'state' | 'router'
  /** [tokens] of a gate or state, [tokens, experts] of a router. */
  numbers: Float32Array
}

/**
 * Gates, states and routers of one sentence, and the norms of its hidden states: what `SentenceInside` says.
 * @param input the sentence alone
 */
export function insideSentence(
  model: LoadedModel,
  input: TokenBatch
): { series: InsideSeries[]; routing: InsideRouting[] } {
  const tokens = input.ids.length
  const seen = model.info.values.flatMap((value): Seen[] => {
    const kind = insideKind(value)
    if (!kind) return []
    const columns = kind === 'router' ? Number(value.shape.at(-1)) : 1
    const { site } = parseHookName(value.name)!
    return [{ value, site, kind, numbers: new Float32Array(tokens * columns) }]
  })
  const hooks = new Hooks(seen.map((one): [HookName, Hook] => [one.value.name as HookName, look(one)]))
  const { hiddenStates } = model.run(input, { hiddenStates: true, attentions: false }, { hooks })
  const norms = new Float32Array(hiddenStates.length * tokens)
  hiddenStates.forEach((state, layer) => norms.set(measure('state', state), layer * tokens))
  tf.dispose(hiddenStates)

  const drawn = seen.filter(({ kind }) => kind !== 'router')
  const series = [...new Set(drawn.map(({ site }) => site))].map((site): InsideSeries => {
    const rows = drawn.filter((one) => one.site === site)
    const values = new Float32Array(rows.length * tokens)
    rows.forEach(({ numbers }, row) => values.set(numbers, row * tokens))
    return {
      kind: rows[0]!.kind as 'gate' | 'state',
      site,
      layers: rows.map(({ value }) => value.layer),
      values: tensorData([rows.length, tokens], values)
    }
  })
  const hidden: InsideSeries = {
    kind: 'hidden',
    site: 'hidden',
    layers: hiddenStates.map((_, layer) => layer),
    values: tensorData([hiddenStates.length, tokens], norms)
  }
  const routing = seen
    .filter(({ kind }) => kind === 'router')
    .map(({ site, value, numbers }) => ({
      site,
      layer: value.layer,
      weights: tensorData([tokens, numbers.length / tokens], numbers)
    }))
  return { series: [...series, hidden], routing }
}

/** Notes the value of a place and leaves it as it is; the steps of a recurrent layer come a few rows at a time. */
function look({ kind, numbers }: Seen): Hook {
  return (value, { shape }) => {
    const given = value as Tensor2D
    const measured = kind === 'router' ? given.dataSync<'float32'>() : measure(kind, given)
    const each = measured.length / given.shape[0]
    const rowOf = (row: number): number => shape.rows?.[row] ?? row
    for (let row = 0; row < given.shape[0]; row++)
      numbers.set(measured.subarray(row * each, (row + 1) * each), rowOf(row) * each)
    return value
  }
}

/** Mean magnitude of a gate's columns, or the norm of a state: [rows] */
function measure(kind: 'gate' | 'state', value: Tensor): Float32Array {
  return tf.tidy(() =>
    (kind === 'gate' ? tf.mean(tf.abs(value), 1) : tf.norm(value, 'euclidean', 1)).dataSync<'float32'>()
  )
}
