import type { CurvePoint } from '@shared/curve'
import type { CurveSettings } from '@shared/curveSettings'
import { defaultMethod, learnsTrees, type ProbeMethodOptions } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import { methodFacts } from '../probes/methods/methods'

/** One probe of a curve, to be trained on every layer. */
export interface CurveCell extends Pick<CurvePoint, 'at' | 'seed' | 'trainSplit'> {
  probe: ProbeMethodOptions
  /** Which random start, from 0. */
  restart: number
  /** Of the training sentences. */
  share: number
  /** Parts it is tested on. */
  testSplits: readonly string[]
  control: boolean
  /** Whether its complexity is measured, by what it learns of shuffled labels. */
  memorising?: boolean
}

interface CurveBase {
  probe: ProbeMethodOptions
  control: boolean
  seed: number
  trainSplit: string
  testSplit: string
}

/**
 * The probes of a curve, in the order in which they are trained.
 * @throws UserError for a probe without such a curve
 */
export function cellsOf(settings: CurveSettings, base: CurveBase): CurveCell[] {
  const { probe, control, seed, trainSplit, testSplit } = base
  if (learnsTrees(probe) && settings.kind !== 'rank')
    throw new UserError('A structural probe only has a curve by rank; choose another kind of probe for this curve.')
  const cell: CurveCell = {
    at: 0,
    seed,
    trainSplit,
    testSplits: [testSplit],
    probe: atLast(probe),
    restart: 0,
    share: 1,
    control
  }
  switch (settings.kind) {
    case 'size': {
      const seeds = Array.from({ length: settings.draws }, (_, draw) => seed + draw)
      // With all sentences nothing is drawn: a probe that does not depend on its seed is trained once.
      const drawn = methodFacts[probe.kind].drawn
      return ascending(settings.shares).flatMap((share) =>
        (share === 1 && !drawn ? seeds.slice(0, 1) : seeds).map((own) => ({ ...cell, at: share, share, seed: own }))
      )
    }
    case 'hidden':
    case 'pareto': {
      const recipe = probe.kind === 'mlp' ? probe : defaultMethod('mlp')
      return ascending(settings.sizes).map((units) => ({
        ...cell,
        at: units,
        probe: units === 0 ? defaultMethod('linear') : { ...recipe, hidden: [units] },
        ...(settings.kind === 'pareto' && { control: false, memorising: true })
      }))
    }
    case 'rank': {
      const recipe = probe.kind === 'lowRank' || learnsTrees(probe) ? probe : defaultMethod('lowRank')
      return ascending(settings.ranks).map((rank) => ({
        ...cell,
        at: rank,
        probe: { ...recipe, ranks: [rank] },
        control: control && recipe.kind !== 'structural'
      }))
    }
    case 'restarts':
      if (probe.kind === 'knn')
        throw new UserError('Nearest neighbours have no random starts; choose another kind of probe for this curve.')
      return Array.from({ length: settings.starts }, (_, restart) => ({
        ...cell,
        at: restart,
        restart,
        control: false
      }))
    case 'languages':
      return settings.splits.map((split) => ({
        ...cell,
        trainSplit: split,
        testSplits: settings.splits,
        control: false
      }))
  }
}

/** Of a list of ranks only the last is trained at. */
function atLast(probe: ProbeMethodOptions): ProbeMethodOptions {
  return probe.kind === 'lowRank' || learnsTrees(probe) ? { ...probe, ranks: probe.ranks.slice(-1) } : probe
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b)
}
