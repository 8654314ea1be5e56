import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { hooked, type BlockContext } from '../blockContext'
import { routerProbabilities, routerWeights } from '../mixture/routing'
import type { Linear } from '../weightSource'
import type { ExpertAttentionConfig } from './config'
import type { Mixer, MixerOutput } from './mixer'
import type { MixerSource } from './parts'

interface ExpertAttentionWeights {
  router: Linear
  /** Of each expert: queries [width, keyValueHeads * headWidth], and back. */
  queries: Linear[]
  outputs: Linear[]
  /** [width, 2 keyValueHeads * headWidth] */
  keysAndValues: Linear
  bias: Tensor1D
}

/** A token's expert, in the order in which it chose them. */
interface Choice {
  row: number
  slot: number
  weight: number
}

/**
 * Mixture of attention heads (Shen et al. 2024, section 2.2). A map for each chosen expert's heads: the best expert's
 * first.
 */
export class ExpertAttention implements Mixer {
  constructor(
    private readonly config: ExpertAttentionConfig,
    private readonly weights: ExpertAttentionWeights
  ) {}

  /** Hooks as those of a mixture of experts, `attn.router_logits` and so on; and `attn.pattern`, to look at. */
  run(context: BlockContext, index: number, x: Tensor2D, wantPattern: boolean): MixerOutput {
    const { kernels, config, shape, bias, hooks, angles } = context
    const { routing, keyValueHeads, headWidth } = this.config
    const { keysAndValues, queries, outputs } = this.weights
    const place = config.blocks[index]!
    const [rows, slots] = [x.shape[0], routing.chosen]
    const width = keyValueHeads * headWidth
    const choices = this.choose(context, index, x)
    const through = ({ weight, bias: added }: Linear, from: Tensor2D): Tensor2D =>
      kernels.dense(from, weight, added, 'none')
    const taken = (from: Tensor2D, of: (choice: Choice) => number, list: readonly Choice[]): Tensor2D =>
      tf.gather(from, tf.tensor1d(list.map(of), 'int32'))
    const asked = choices.map((list, e) =>
      list.length
        ? [
            through(
              queries[e]!,
              taken(x, ({ row }) => row, list)
            )
          ]
        : []
    )
    const places = placesOf(choices, rows, slots)
    const zeros = tf.zeros<tf.Rank.R2>([1, width])
    // (R, slots, heads of an expert, dHead): the heads of a token's chosen experts side by side.
    const query = tf.reshape(tf.gather(tf.concat([...asked.flat(), zeros], 0), tf.tensor1d(places, 'int32')), [
      rows,
      slots * width
    ])
    const common = through(keysAndValues, x)
    const [keys, values] = tf.split(common, 2, 1) as [Tensor2D, Tensor2D]
    const qkv = tf.concat([query, tf.tile(keys, [1, slots]), tf.tile(values, [1, slots])], 1) as Tensor2D
    const heads = slots * keyValueHeads
    const turned = place.rotary ? kernels.rotate(qkv, 2 * heads, headWidth, angles.get(place.rotary)!) : qkv
    const hookPattern = hooks?.has(`blocks.${index}.attn.pattern`) ?? false
    const input = {
      ...shape,
      ...bias.places(index),
      qkv: turned,
      heads,
      keyValueHeads: heads,
      scale: place.scale,
      bias: bias.of(index),
      wantPattern: wantPattern || hookPattern
    }
    context.takeScores?.(index, input)
    const attended = kernels.attention(input)
    if (hookPattern) hooked(context, index, 'attn.pattern', attended.pattern!)
    // (R slots, width of an expert): a row for each token's chosen expert.
    const byChoice = tf.reshape(attended.result, [rows * slots, width]) as Tensor2D
    const given = choices.flatMap((list, e): Tensor[] => {
      if (!list.length) return []
      const read = taken(byChoice, ({ row, slot }) => row * slots + slot, list)
      const weights = tf.tensor2d(
        list.map(({ weight }) => weight),
        [list.length, 1]
      )
      return [tf.mul(through(outputs[e]!, read), weights)]
    })
    const all = tf.concat([...given, tf.zeros([1, x.shape[1]])], 0)
    const summed = tf.sum(tf.reshape(tf.gather(all, tf.tensor1d(places, 'int32')), [rows, slots, x.shape[1]]), 1)
    return { output: tf.add(summed, this.weights.bias), pattern: wantPattern ? attended.pattern : null }
  }

  /** Of each expert: the tokens that chose it. */
  private choose(context: BlockContext, index: number, x: Tensor2D): Choice[][] {
    const { kernels } = context
    const { routing } = this.config
    const { router } = this.weights
    const seen = (site: 'attn.router_probs' | 'attn.router_weights', values: Float32Array): Float32Array =>
      hooked(context, index, site, tf.tensor2d(values, logits.shape)).dataSync<'float32'>()
    const logits = hooked(context, index, 'attn.router_logits', kernels.dense(x, router.weight, router.bias, 'none'))
    const scores = logits.dataSync<'float32'>()
    const probabilities = seen('attn.router_probs', routerProbabilities(scores, routing))
    const weights = seen('attn.router_weights', routerWeights(scores, probabilities, routing, null))
    const choices: Choice[][] = Array.from({ length: routing.experts }, () => [])
    for (let row = 0; row < x.shape[0]; row++) {
      const own = weights.subarray(row * routing.experts, (row + 1) * routing.experts)
      const chosen = [...own.keys()].filter((e) => own[e] !== 0).sort((a, b) => own[b]! - own[a]! || a - b)
      chosen.slice(0, routing.chosen).forEach((e, slot) => choices[e]!.push({ row, slot, weight: own[e]! }))
    }
    return choices
  }
}

/** Where each token's chosen experts are among all choices, expert by expert; one that is missing is the last. */
function placesOf(choices: readonly Choice[][], rows: number, slots: number): Int32Array {
  const all = choices.flat()
  const places = new Int32Array(rows * slots).fill(all.length)
  all.forEach(({ row, slot }, at) => {
    places[row * slots + slot] = at
  })
  return places
}

export function loadExpertAttention(
  source: MixerSource,
  config: ExpertAttentionConfig,
  width: number
): ExpertAttention {
  const { routing, keyValueHeads, headWidth } = config
  const inner = keyValueHeads * headWidth
  const each = (part: string, inputs: number, outputs: number): Linear[] =>
    Array.from({ length: routing.experts }, (_, index) => source.ofStack(part, inputs, outputs, index, routing.experts))
  return new ExpertAttention(config, {
    router: source.linear('experts.router.layer', width, routing.experts, false),
    queries: each('experts.input_linear', width, inner),
    outputs: each('experts.output_linear', inner, width),
    keysAndValues: source.linear('kv_proj', width, 2 * inner, false),
    bias: source.vector('experts.bias', width)
  })
}
