import type { Cost } from '@shared/cost'
import type { ShallowRef } from 'vue'
import type { CostRequest } from '@/actions/action'
import { client } from '@/client'
import { formatBytes, formatSeconds } from '@/plots/format'
import { useAnswer } from './useAnswer'

/** Less is not worth a number. */
const smallest = { seconds: 1, bytes: 2 ** 20 }

/**
 * What a request, or one after the other, would take on this machine; null while it is not known, or where it cannot be
 * predicted.
 */
export function useCost(request: () => CostRequest | readonly CostRequest[] | null): Readonly<ShallowRef<Cost | null>> {
  return useAnswer<Cost | null>(
    () => {
      const now = request()
      return now && JSON.stringify(now)
    },
    async () => {
      // What is wrong with a request is said when it is made.
      const one = (asked: CostRequest): Promise<Cost | null> =>
        client.call('cost.estimate', { ...asked }).catch(() => null)
      return costOfAll(await Promise.all([request() ?? []].flat().map(one)))
    }
  ).value
}

/** The cost of work one after the other; null where that of a part is not known. */
export function costOfAll(costs: readonly (Cost | null)[]): Cost | null {
  const known = costs.filter((cost) => cost !== null)
  if (known.length < costs.length || known.length === 0) return null
  const sum = (of: (cost: Cost) => number): number => known.reduce((total, cost) => total + of(cost), 0)
  return {
    seconds: sum(({ seconds }) => seconds),
    memoryBytes: Math.max(...known.map(({ memoryBytes }) => memoryBytes)),
    diskBytes: sum(({ diskBytes }) => diskBytes),
    kept: known.every(({ kept }) => kept !== null) ? known[0]!.kept : null
  }
}

/** The cost in a word or two: '12 s', 'kept'; empty where it is not worth a number. */
export function costWord({ kept, seconds }: Cost): string {
  if (kept) return 'kept'
  return seconds < smallest.seconds ? '' : formatSeconds(seconds)
}

/** The cost as a sentence: time, memory and disk. */
export function costSentence({ kept, seconds, memoryBytes, diskBytes }: Cost): string {
  if (kept) return 'This result is kept: it is shown at once.'
  const time = seconds < smallest.seconds ? 'Less than a second' : `About ${formatSeconds(seconds)}`
  const memory = `${formatBytes(memoryBytes)} of memory`
  return `${time}, ${memory}, ${diskBytes < smallest.bytes ? 'nothing' : formatBytes(diskBytes)} on disk.`
}
