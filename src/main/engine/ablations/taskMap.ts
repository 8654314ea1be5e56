import type { TaskMapColumn, MapUnit } from '@shared/taskMap'
import type { UnitKind } from '@shared/ablation'
import type { Edit } from '@shared/intervention'
import type { TransformerConfig } from '../models/transformer/config'
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
    ...units.map((unit) => variantOf([unitIntervention(unit.kind, unit, edit)], config, resources)),
    ...Array.from({ length: config.layers * draws }, (_, i) =>
      randomSubspace(Math.floor(i / draws), edit, config, resources, seed + i)
    )
  ]
}

/** The effect of every unit by one measure: `sums` [units and then blocks * draws, sentences]. */
export function mapColumn(
  { measure, plain, sums }: KeptScores,
  units: readonly MapUnit[],
  draws: number,
  seed: number
): TaskMapColumn {
  const { id, title, unit, better } = measure
  const sentences = plain.sum.length
  const { plain: value, effects } = effectsOf(sums, plain, seed)
  const blocks = draws ? (effects.length - units.length) / draws : 0
  const random = Array.from({ length: blocks }, (_, block) =>
    effects.slice(units.length + block * draws, units.length + (block + 1) * draws)
  )
  const reference = Array.from({ length: blocks }, (_, block) =>
    meanOf(sums, units.length + block * draws, draws, sentences)
  )
  const beyondRandom = units.map(({ kind, block }, i) => {
    if (kind !== 'head' || !reference[block]) return null
    return effectsOf(
      sums.subarray(i * sentences, (i + 1) * sentences),
      { sum: reference[block], count: plain.count },
      seed
    ).effects[0]!
  })
  return { id, title, unit, better, plain: value, effects: effects.slice(0, units.length), beyondRandom, random }
}

/** Mean over some rows of [*, columns]. */
function meanOf(rows: Float64Array, first: number, count: number, columns: number): Float64Array {
  return Float64Array.from({ length: columns }, (_, column) => {
    let sum = 0
    for (let row = first; row < first + count; row++) sum += rows[row * columns + column]!
    return sum / count
  })
}
