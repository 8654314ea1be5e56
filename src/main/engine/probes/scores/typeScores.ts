import type { TypeScores } from '@shared/probe'

/**
 * Test items whose type occurs in training and those whose type does not. Of the latter a memoriser and a control task
 * can only guess, so that scores over all items mix two questions.
 */
export class SeenTypes {
  readonly seen: Uint8Array
  readonly counts: { seen: number; unseen: number }

  /** Types of the labelled items. */
  constructor(train: readonly string[], test: readonly string[]) {
    const known = new Set(train)
    this.seen = Uint8Array.from(test, (type) => Number(known.has(type)))
    const seen = this.seen.reduce((sum, value) => sum + value, 0)
    this.counts = { seen, unseen: test.length - seen }
  }

  /** Share of right answers on either part; null for a part without items. */
  scores(right: Uint8Array): TypeScores {
    const sums = [0, 0]
    right.forEach((value, item) => (sums[this.seen[item]!]! += value))
    const { seen, unseen } = this.counts
    return { seen: seen > 0 ? sums[1]! / seen : null, unseen: unseen > 0 ? sums[0]! / unseen : null }
  }
}

/**
 * Below this share of test items with a type that training shows, a control task cannot be learnt: its probe guesses,
 * and selectivity would be accuracy above chance.
 */
const leastRecurring = 0.05

export function typesRecur({ seen, unseen }: { seen: number; unseen: number }): boolean {
  return seen >= leastRecurring * (seen + unseen)
}
