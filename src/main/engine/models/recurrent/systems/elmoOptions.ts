import { basename } from 'node:path'
import * as v from 'valibot'
import { UserError } from '@shared/userError'
import { readNamedJson } from '../../../files/namedFile'

/** What options.json of a released ELMo says, as far as it is needed. */
export interface ElmoOptions {
  characterWidth: number
  /** Characters of a word at most, its two markers included. */
  longestWord: number
  filters: readonly (readonly [width: number, count: number])[]
  /** Sum of the filters' counts. */
  filterCount: number
  activation: 'relu' | 'tanh'
  highways: number
  projection: number
  hidden: number
  layers: number
  skip: boolean
  cellClip: number | null
  projectionClip: number | null
}

const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1 << 20))
const clip = v.nullish(v.pipe(v.number(), v.gtValue(0)))

const schema = v.object({
  lstm: v.object({
    use_skip_connections: v.optional(v.boolean(), false),
    projection_dim: size,
    cell_clip: clip,
    proj_clip: clip,
    dim: size,
    n_layers: v.pipe(size, v.maxValue(64))
  }),
  char_cnn: v.object({
    activation: v.picklist(['relu', 'tanh']),
    filters: v.pipe(v.array(v.tuple([size, size])), v.minLength(1), v.maxLength(64)),
    n_highway: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64)),
    embedding: v.object({ dim: size }),
    n_characters: v.picklist([261, 262]),
    max_characters_per_token: v.pipe(size, v.minValue(4), v.maxValue(1000))
  })
})

/** @throws UserError naming the field that is missing or not implemented */
export function readElmoOptions(path: string): ElmoOptions {
  const parsed = v.safeParse(schema, readNamedJson(path))
  if (!parsed.success) {
    const issue = parsed.issues[0]
    throw new UserError(
      `${basename(path)} has a field '${v.getDotPath(issue) ?? ''}' that is not read as an option of ELMo: ` +
        `${issue.message}.`
    )
  }
  const { lstm, char_cnn: cnn } = parsed.output
  const widest = Math.max(...cnn.filters.map(([width]) => width))
  if (widest > cnn.max_characters_per_token)
    throw new UserError(
      `${basename(path)} has a filter in char_cnn.filters that is ${widest} characters wide; a word has ` +
        `${cnn.max_characters_per_token}.`
    )
  return {
    characterWidth: cnn.embedding.dim,
    longestWord: cnn.max_characters_per_token,
    filters: cnn.filters,
    filterCount: cnn.filters.reduce((sum, [, count]) => sum + count, 0),
    activation: cnn.activation,
    highways: cnn.n_highway,
    projection: lstm.projection_dim,
    hidden: lstm.dim,
    layers: lstm.n_layers,
    skip: lstm.use_skip_connections,
    cellClip: lstm.cell_clip ?? null,
    projectionClip: lstm.proj_clip ?? null
  }
}
