import { legible, UserError } from '@shared/userError'
import type { TransformerConfig } from './config'
import type { ModelFamily } from './family'
import type { WeightSource } from './weightSource'

/**
 * Some checkpoints keep their names behind a prefix and some do not; one that has a tensor both ways is two models.
 * @throws UserError naming the tensors, where their values differ
 */
export function refuseTwice(
  source: WeightSource,
  { prefixes, weights }: ModelFamily,
  prefix: string,
  tokenEmbedding: string
): void {
  const embeddings = [weights.tokenEmbedding].flat().map((spelling) => `${spelling}.weight`)
  for (const name of source.unused())
    for (const beginning of prefixes) {
      const bare = name.slice(beginning.length)
      const twin = embeddings.includes(bare) ? `${tokenEmbedding}.weight` : `${prefix}${bare}`
      if (beginning === prefix || !name.startsWith(beginning) || twin === name || !source.has(twin)) continue
      if (!source.equal(name, twin))
        throw new UserError(
          `The checkpoint has two tensors for one weight, '${legible(twin)}' and '${legible(name)}', and their ` +
            'values differ. Remove those that are not meant, and open it again.'
        )
    }
}

/**
 * A norm beside the blocks, such as one after the last of them, that the family does not have.
 * @param stems what the names of blocks begin with, up to their number
 * @throws UserError naming it
 */
function refuseUnreadNorms(unused: readonly string[], stems: readonly string[], title: string): void {
  // 'encoder.layers.' -> 'encoder.'
  const besides = new Set(stems.map((stem) => stem.replace(/[^.]*\.$/, '')))
  const norm = unused.find((name) => {
    const parts = /^(.*?)([^.]*)\.(weight|bias)$/.exec(name)
    return parts && besides.has(parts[1]!) && /norm|^ln/i.test(parts[2]!)
  })
  if (norm === undefined) return
  throw new UserError(
    `The norm '${legible(norm)}' would be ignored: with this config.json a ${title} model has none there. ` +
      'config.json and weights do not match, or the model is of a different kind than it says.'
  )
}

/**
 * A block with more weights than are read is a different block: its results would be wrong.
 * @throws UserError naming the tensors
 */
export function refuseUnreadBlocks(
  unused: readonly string[],
  { weights, gatedWeights, title }: ModelFamily,
  { distinctBlocks }: TransformerConfig,
  prefix: string
): void {
  const { mixture, queryKeyValue, layerInputs, streams } = weights
  const names = Object.values({
    ...weights,
    ...gatedWeights,
    ...queryKeyValue,
    ...mixture,
    ...layerInputs,
    ...streams
  }).flat() as unknown[]
  const stems = new Set(
    names.flatMap((name) =>
      typeof name === 'string' && name.includes('{i}') ? name.slice(0, name.indexOf('{i}')) : []
    )
  )
  const blockOf = (name: string): number | null => {
    for (const stem of stems) {
      if (!name.startsWith(`${prefix}${stem}`)) continue
      const number = /^\d+(?=\.)/.exec(name.slice(prefix.length + stem.length))?.[0]
      if (number !== undefined) return Number(number)
    }
    return null
  }
  refuseUnreadNorms(
    unused,
    [...stems].map((stem) => `${prefix}${stem}`),
    title
  )
  const inBlocks = unused.filter((name) => blockOf(name) !== null)
  if (!inBlocks.length) return
  const beyond = Math.max(...new Set(inBlocks.map((name) => blockOf(name)!)))
  if (beyond >= distinctBlocks)
    throw new UserError(
      `The checkpoint has weights of ${beyond + 1} blocks, among them '${legible(inBlocks[0]!)}', but ` +
        `config.json has ${distinctBlocks}. Correct the number of layers in config.json, or save the ` +
        'shortened model separately.'
    )
  throw new UserError(
    `${inBlocks.length === 1 ? 'A tensor of a block' : `${inBlocks.length} tensors of its blocks`} would be ` +
      `ignored: '${legible(inBlocks[0]!)}'. With this config.json a ${title} model has no such ` +
      `${inBlocks.length === 1 ? 'tensor' : 'tensors'}; config.json and weights do not match, or the ` +
      'model is of a different kind than it says.'
  )
}
