import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { percentiles } from '../../../src/main/engine/probes/scores/bootstrapInterval'
import { ClusterBootstrap, type AnswerIntervals } from '../../../src/main/engine/probes/scores/intervals'
import { backends } from './subjects'

beforeAll(async () => {
  await pickBackend({ prefer: 'cpu' })
})

/** Binary answers, right with probability `share`; whole sentences share their luck when `clustered`. */
function answers(sentences: number, wordsEach: number, share: number, clustered: boolean, seed = 4) {
  const random = seededRandom(seed)
  const gold = new Int32Array(sentences * wordsEach)
  const predicted = new Int32Array(gold.length)
  const sentenceOf = new Int32Array(gold.length)
  for (let s = 0; s < sentences; s++) {
    const luck = random.next()
    for (let w = 0; w < wordsEach; w++) {
      const i = s * wordsEach + w
      sentenceOf[i] = s
      gold[i] = random.integer(2)
      predicted[i] = (clustered ? luck : random.next()) < share ? gold[i]! : 1 - gold[i]!
    }
  }
  return { gold, predicted, sentenceOf }
}

const width = ([low, high]: [number, number]): number => high - low

describe('percentiles', () => {
  test('interpolate as numpy’s do', () => {
    // numpy.percentile(range(101), [2.5, 97.5])
    expect(percentiles(Float64Array.from({ length: 101 }, (_, i) => (37 * i) % 101))).toEqual([2.5, 97.5])
    // numpy.percentile([1, 2, 4, 8], [2.5, 97.5])
    const [low, high] = percentiles(Float64Array.of(8, 1, 4, 2))
    expect(low).toBeCloseTo(1.075, 12)
    expect(high).toBeCloseTo(7.7, 12)
  })
})

describe('bootstrap over sentences', () => {
  test('for independent words is as wide as the binomial says', async () => {
    const { gold, predicted, sentenceOf } = answers(800, 5, 0.8, false)
    const { accuracy } = await new ClusterBootstrap(sentenceOf, 1).intervals(
      { gold, predicted, controlRight: null },
      2,
      silentJob()
    )
    const binomial = 2 * 1.96 * Math.sqrt((0.8 * 0.2) / 4000)
    // 1,000 resamples know the ends of an interval to some 5 % of its width.
    expect(width(accuracy!) / binomial).toBeGreaterThan(0.85)
    expect(width(accuracy!) / binomial).toBeLessThan(1.15)
    expect(accuracy![0]).toBeLessThan(0.8)
    expect(accuracy![1]).toBeGreaterThan(0.8)
  })

  test('knows that the words of a sentence share their luck', async () => {
    const { gold, predicted, sentenceOf } = answers(800, 5, 0.8, true)
    const { accuracy } = await new ClusterBootstrap(sentenceOf, 1).intervals(
      { gold, predicted, controlRight: null },
      2,
      silentJob()
    )
    // Five words that are right or wrong together count as one: wider by the square root of 5.
    const binomial = 2 * 1.96 * Math.sqrt((0.8 * 0.2) / 800)
    expect(width(accuracy!) / binomial).toBeGreaterThan(0.85)
    expect(width(accuracy!) / binomial).toBeLessThan(1.15)
  })

  test('selectivity is paired: equal answers leave no doubt at all', async () => {
    const { gold, predicted, sentenceOf } = answers(100, 4, 0.7, false)
    const controlRight = Uint8Array.from(gold, (label, i) => (label === predicted[i] ? 1 : 0))
    const intervals = await new ClusterBootstrap(sentenceOf, 1).intervals(
      { gold, predicted, controlRight },
      2,
      silentJob()
    )
    expect(intervals.selectivity).toEqual([0, 0])
    expect(intervals.control).toEqual(intervals.accuracy)
  })

  test('perfect answers have an interval of one point, whatever is drawn', async () => {
    const { gold, sentenceOf } = answers(50, 3, 1, false)
    const { accuracy, macroF1 } = await new ClusterBootstrap(sentenceOf, 1).intervals(
      { gold, predicted: gold, controlRight: null },
      2,
      silentJob()
    )
    expect(accuracy).toEqual([1, 1])
    expect(macroF1).toEqual([1, 1])
  })

  test('is equal for equal seeds, on every backend, and differs for others', async () => {
    const { gold, predicted, sentenceOf } = answers(60, 7, 0.6, true)
    const results: AnswerIntervals[] = []
    for (const backend of backends) {
      await pickBackend({ prefer: backend })
      results.push(
        await new ClusterBootstrap(sentenceOf, 9).intervals({ gold, predicted, controlRight: null }, 2, silentJob())
      )
    }
    results.forEach((result) => expect(result).toEqual(results[0]))
    expect(
      await new ClusterBootstrap(sentenceOf, 10).intervals({ gold, predicted, controlRight: null }, 2, silentJob())
    ).not.toEqual(results[0])
  })

  test('sentences may be numbered with gaps', async () => {
    const { gold, predicted, sentenceOf } = answers(30, 4, 0.6, false)
    const gaps = sentenceOf.map((sentence) => 1000 - 7 * sentence)
    const result = (of: Int32Array): Promise<AnswerIntervals> =>
      new ClusterBootstrap(of, 2).intervals({ gold, predicted, controlRight: null }, 2, silentJob())
    expect(await result(gaps)).toEqual(await result(sentenceOf))
  })
})
