import type { Tensor1D } from '@tensorflow/tfjs-core'
import type { PackedWeight } from '../../backends/kernels'
import { rowRanges } from '../../processes/largestArray'
import type { TransformerConfig } from './config'
import type { HeadNames, ModelFamily } from './family'
import type { Norm } from './norms'
import { wholeMatrix, type Linear, type WeightSource } from './weightSource'

export interface HeadWeights {
  transform: { dense: Linear; norm: Norm } | null
  /** [width, vocabulary] in pieces side by side; null until first used where it is the token embeddings. */
  unembedding: PackedWeight[] | null
  /** [inputs beside, vocabulary] */
  beside: PackedWeight | null
  bias: Tensor1D | null
}

/** The names of the head as this checkpoint has them. */
export function headNames(source: WeightSource, { head, headPrefixes = [] }: ModelFamily): HeadNames {
  const prefix = headPrefixes.find((candidate) => source.has(`${candidate}${head!.unembedding}.weight`)) ?? ''
  const named = (name: string): string => `${prefix}${name}`
  return {
    ...head!,
    unembedding: named(head!.unembedding),
    ...(head!.dense && { dense: named(head!.dense) }),
    ...(head!.norm && { norm: named(head!.norm) }),
    ...(head!.beside && { beside: named(head!.beside) }),
    ...(head!.bias && { bias: head!.bias.map(named) })
  }
}

/**
 * Null where the checkpoint was saved without its head. A stored matrix is used, whatever config.json says about
 * tying, unless it equals the embeddings, as in the reference implementation.
 * @param stored whether the values are the checkpoint's; otherwise the config decides
 */
export function loadHead(
  source: WeightSource,
  names: HeadNames,
  config: TransformerConfig,
  tokenEmbedding: string,
  stored: boolean,
  notes: string[]
): HeadWeights | null {
  const { head, vocabulary } = config
  if (!head) return null
  const unembedding = `${names.unembedding}.weight`
  const bias = names.bias?.find((name) => source.has(name))
  const complete =
    (head.tied || source.has(unembedding)) &&
    (!head.bias || bias) &&
    (!head.transform || source.has(`${names.dense!}.weight`))
  if (!complete) return null
  const differs =
    head.tied && stored && source.has(unembedding) && !source.equal(unembedding, `${tokenEmbedding}.weight`)
  if (differs)
    notes.push(
      "config.json says that the head's matrix is the token embeddings (tie_word_embeddings), but the checkpoint has " +
        `another one, '${unembedding}'. The stored one is used, as in transformers.`
    )
  const tied = head.tied && !differs
  // Saved as a copy next to the embeddings.
  if (tied) source.pass(unembedding)
  for (const name of names.bias ?? []) source.pass(name)
  const besides = head.beside ?? 0
  const inputs = (head.transform?.width ?? config.outputWidth ?? config.width) - besides
  return {
    transform: head.transform && {
      dense: source.linear([wholeMatrix(names.dense!, head.transform.width)], config.width, {
        bias: head.transform.bias
      }),
      norm: source.norm(names.norm!, head.transform.width, config.norm)
    },
    unembedding: tied
      ? null
      : rowRanges(vocabulary, inputs).map(({ first, count }) => {
          const part = { name: names.unembedding, stored: vocabulary, count, row: (output: number) => first + output }
          return source.linear([part], inputs, { bias: false }).weight
        }),
    beside: besides
      ? source.linear([wholeMatrix(names.beside!, vocabulary)], besides, { bias: false, inOut: true }).weight
      : null,
    bias: head.bias ? source.vector(bias!, vocabulary) : null
  }
}
