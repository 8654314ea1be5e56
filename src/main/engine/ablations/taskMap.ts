import type { TaskMapColumn, MapUnit } from '@shared/taskMap'
import type { UnitKind } from '@shared/ablation'
import type { Edit } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import type { TransformerConfig } from '../models/transformer/config'
import { maxT, permutations } from '../probes/scores/maxT'
import type { EditResources } from './edits/edit'
import { effectsOf } from './effects'
import type { Variant } from './evaluate'
import type { KeptScores } from './keptEvaluation'
import { randomSubspace } from './randomSubspace'
import { unitIntervention, unitsOf, variantOf } from './variants'

const kinds: readonly UnitKind[] = ['head', 'attention', 'mlp', 'block']

/** Every part of a model: heads first, then each block's attention and MLP, then whole blocks. */
export function mapUnits(config: TransformerConfig): MapUnit[] {
  return kinds.flatMap((kind) => unitsOf(kind, config).map((unit) => ({ ...unit, kind })))
}

/**
 * A variant for every unit, then `randomDraws` for every block: random directions of as many dimensions as a head has.
 */
export function mapVariants(
  units: readonly MapUnit[],
  { edit, randomDraws: draws, seed }: { edit: Exclude<Edit, { kind: 'skip' }>; randomDraws: number; seed: number },
  config: TransformerConfig,
  resources: EditResources
): Variant[] {
  return [
    ...units.map((unit) => variantOf([unitIntervention(unit.kind, unit, edit, config)], config, resources)),
    ...Array.from({ length: config.layers * draws }, (_, i) =>
      randomSubspace(Math.floor(i / draws), edit, config, resources, seed + i)
    )
  ]
}

/** What belongs to a map beside its scores: its parts, the random directions drawn of each block, what is resampled. */
export interface MapLayout {
  units: readonly MapUnit[]
  draws: number
  seed: number
  /** Cluster of every sentence. */
  clusterOf: ArrayLike<number>
}

/** The effect of every unit by one measure: `sums` [units and then blocks * draws, sentences]. */
export function mapColumn(
  scores: KeptScores,
  { units, draws, seed, clusterOf }: MapLayout
): Omit<TaskMapColumn, 'corrected'> {
  const { measure, plain, sums } = scores
  const { id, title, unit, better } = measure
  const sentences = plain.sum.length
  const { plain: value, effects } = effectsOf(sums, plain, seed, clusterOf)
  const blocks = draws ? (effects.length - units.length) / draws : 0
  const random = Array.from({ length: blocks }, (_, block) =>
    effects.slice(units.length + block * draws, units.length + (block + 1) * draws)
  )
  const references = blockReferences(scores, units.length, draws)
  const beyondRandom = units.map((part, i) => {
    const reference = referenceOf(part, references)
    if (!reference) return null
    return effectsOf(
      sums.subarray(i * sentences, (i + 1) * sentences),
      { sum: reference, count: plain.count },
      seed,
      clusterOf
    ).effects[0]!
  })
  return { id, title, unit, better, plain: value, effects: effects.slice(0, units.length), beyondRandom, random }
}

/**
 * By column, the p-value of every unit: of heads, that they differ from random directions of their block, of others,
 * that they have an effect, corrected for all units of all columns (max-T).
 */
export async function mapTests(
  columns: readonly KeptScores[],
  { units, draws, seed, clusterOf }: MapLayout,
  job: JobHandle
): Promise<number[][]> {
  const differences = columns.flatMap((scores) => {
    const { plain, sums } = scores
    const sentences = plain.sum.length
    const references = blockReferences(scores, units.length, draws)
    return units.map((part, i) => {
      const reference = referenceOf(part, references) ?? plain.sum
      return summedBy(
        clusterOf,
        reference.map((value, s) => sums[i * sentences + s]! - value)
      )
    })
  })
  const corrected = await maxT(differences, permutations, seed, job)
  return columns.map((_, c) => corrected.slice(c * units.length, (c + 1) * units.length))
}

function summedBy(clusterOf: ArrayLike<number>, values: Float64Array): Float64Array {
  const sums = new Map<number, number>()
  values.forEach((value, i) => sums.set(clusterOf[i]!, (sums.get(clusterOf[i]!) ?? 0) + value))
  return Float64Array.from(sums.values())
}

/** What a unit is held against; null where that is the unchanged model. */
function referenceOf({ kind, block }: MapUnit, references: readonly Float64Array[]): Float64Array | null {
  return kind === 'head' ? (references[block] ?? null) : null
}

/** By block, the mean of its random directions, by sentence. */
function blockReferences({ plain, sums }: KeptScores, units: number, draws: number): Float64Array[] {
  const sentences = plain.sum.length
  const blocks = draws ? (sums.length / sentences - units) / draws : 0
  return Array.from({ length: blocks }, (_, block) => meanOf(sums, units + block * draws, draws, sentences))
}

/** Mean over some rows of [*, columns]. */
function meanOf(rows: Float64Array, first: number, count: number, columns: number): Float64Array {
  return Float64Array.from({ length: columns }, (_, column) => {
    let sum = 0
    for (let row = first; row < first + count; row++) sum += rows[row * columns + column]!
    return sum / count
  })
}
