import { parseHookName, type HookName } from '@shared/hookNames'
import type { Edit, Intervention } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import { sampleWithoutReplacement, type Random } from '@shared/random'
import { isRecurrent, type Anatomy } from './anatomy'
import { columnsOf } from './compile'
import { randomEraser, type Spread } from './randomEraser'

/**
 * Interventions of the same size elsewhere: as many heads of any blocks, as many neurons of the same value, the same
 * place of another block, directions drawn evenly; in place of an eraser directions that remove as much variance, where
 * it is known how values spread. An effect beyond this is due to what was chosen, not to how much.
 * @param spreads of the values that erasers act on
 */
export async function randomLike(
  interventions: readonly Intervention[],
  config: Anatomy,
  random: Random,
  job: JobHandle,
  spreads: ReadonlyMap<HookName, Spread> = new Map()
): Promise<Intervention[]> {
  const blocks = new Set<string>()
  const headCount = isRecurrent(config) ? 0 : config.heads
  const elsewhere = (intervention: Intervention, edit: Edit): Intervention[] => {
    const { at, heads, neurons } = intervention
    const { block, site } = parseHookName(at)!
    const drawn = { ...intervention, edit }
    const headsThere = heads && heads.length < headCount
    if (headsThere && block !== null) {
      const chosen = sampleWithoutReplacement(config.layers * headCount, heads.length, random)
      return Array.from(chosen, (cell) => ({
        ...drawn,
        at: named(Math.floor(cell / headCount), site),
        heads: [cell % headCount]
      }))
    }
    if (neurons)
      return [{ ...drawn, neurons: [...sampleWithoutReplacement(columnsOf(at, config), neurons.length, random)] }]
    if (block === null || edit.kind === 'add' || edit.kind === 'project' || edit.kind === 'erase') return [drawn]
    // Two changed blocks stay two: a block is drawn once for each place.
    const free = Array.from({ length: config.layers }, (_, i) => i).filter(
      (i) => !blocks.has(`${site} ${i}`) && (!isRecurrent(config) || config.columns.has(named(i, site)))
    )
    const other = free[random.integer(free.length)] ?? block
    blocks.add(`${site} ${other}`)
    return [{ ...drawn, at: named(other, site) }]
  }
  const set: Intervention[] = []
  for (const intervention of interventions)
    set.push(...elsewhere(intervention, await randomEdit(intervention, spreads, random, job)))
  return set
}

/** Whether an intervention removes directions that were fitted, and is matched by variance. */
export function isRemoval<I extends { edit: Edit; fitted?: unknown }>(
  intervention: I
): intervention is I & { edit: Extract<Edit, { kind: 'erase' | 'project' }> } {
  const { edit, fitted } = intervention
  return edit.kind === 'erase' || (edit.kind === 'project' && fitted !== undefined)
}

function named(block: number, site: string): HookName {
  return `blocks.${block}.${site}` as HookName
}

async function randomEdit(
  intervention: Intervention,
  spreads: ReadonlyMap<HookName, Spread>,
  random: Random,
  job: JobHandle
): Promise<Edit> {
  const spread = spreads.get(intervention.at)
  return spread && isRemoval(intervention)
    ? randomEraser(intervention.edit, spread, random, job)
    : randomDirections(intervention.edit, random)
}

/** The same edit along directions that mean nothing. */
function randomDirections(edit: Edit, random: Random): Edit {
  if (edit.kind === 'add') return { ...edit, direction: ofLength(edit.direction, random) }
  if (edit.kind === 'project') return { ...edit, basis: edit.basis.map((row) => ofLength(row, random)) }
  if (edit.kind === 'erase') {
    const basis = edit.left.map((row) => ofLength(row, random))
    return { kind: 'project', basis }
  }
  return edit
}

/** A vector drawn evenly over directions, as long as the given one. */
function ofLength(vector: readonly number[], random: Random): number[] {
  const drawn = vector.map(() => random.normal())
  const norm = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))
  const scale = norm(vector) / norm(drawn)
  return drawn.map((value) => value * scale)
}
