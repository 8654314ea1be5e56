import { basename } from 'node:path'
import type { JobHandle } from '@shared/jobs'
import type { MinimalPairResult, ParadigmScore } from '@shared/minimalPairs'
import type { Interval } from '@shared/probe'
import { currentBackend } from '../backends/pick'
import { readPairs, type MinimalPair, type PairColumns } from '../minimalPairs/readPairs'
import { sentenceScores } from '../minimalPairs/sentenceScores'
import type { ModelService } from './modelService'

export interface MinimalPairRequest extends PairColumns {
  modelId: string
  /** A file, or a folder of them. */
  path: string
  /** Pairs to take of each paradigm, from its first; null for all. */
  pairs: number | null
}

/** Which of two sentences a language model prefers, paradigm by paradigm. */
export class MinimalPairService {
  constructor(private readonly models: ModelService) {}

  /** @throws UserError for a model without a head, and for data that holds no pairs */
  async run({ modelId, path, pairs: limit, ...columns }: MinimalPairRequest, job: JobHandle): Promise<MinimalPairResult> {
    const started = performance.now()
    const pairs = firstPairs(await readPairs(path, columns), limit)
    const { kind, scores } = await this.models.use(modelId, (model) => sentenceScores(model, pairs.flatMap(({ good, bad }) => [good, bad]), job))
    const right = new Map<string, { right: number; pairs: number }>()
    pairs.forEach(({ paradigm }, i) => {
      const tally = right.get(paradigm) ?? { right: 0, pairs: 0 }
      tally.pairs++
      if (scores[2 * i]! > scores[2 * i + 1]!) tally.right++
      right.set(paradigm, tally)
    })
    const paradigms = [...right].map(([name, tally]): ParadigmScore => ({ name, ...score(tally) }))
    const all = [...right.values()].reduce((sum, tally) => ({ right: sum.right + tally.right, pairs: sum.pairs + tally.pairs }))
    const { id, name } = this.models.info(modelId)
    return {
      model: { id, name },
      data: basename(path),
      kind,
      limit,
      paradigms,
      total: score(all),
      backend: currentBackend()?.title ?? '',
      seconds: (performance.now() - started) / 1000
    }
  }
}

/** The first pairs of each paradigm; null for all. */
export function firstPairs(pairs: readonly MinimalPair[], limit: number | null): MinimalPair[] {
  const taken = new Map<string, number>()
  return pairs.filter(({ paradigm }) => {
    const before = taken.get(paradigm) ?? 0
    taken.set(paradigm, before + 1)
    return limit === null || before < limit
  })
}

function score({ right, pairs }: { right: number; pairs: number }): Omit<ParadigmScore, 'name'> {
  return { pairs, accuracy: right / pairs, interval: wilson(right, pairs) }
}

/** Wilson's (1927) 95 % interval of a share, which stays between 0 and 1 where few or all are right. */
export function wilson(right: number, of: number): Interval {
  const z = 1.959963984540054
  const share = right / of
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of)
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}
