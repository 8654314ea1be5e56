import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import type { Interval } from '@shared/probe'
import { effectsOf } from '../../../src/main/engine/ablations/effects'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { runRegression } from '../../../src/main/engine/probes/regressionRunner'
import { ClusterResamples } from '../../../src/main/engine/probes/scores/clusterResamples'
import { TreeScorer } from '../../../src/main/engine/probes/structural/treeScores'
import { treeDepths, treeDistances } from '../../../src/main/engine/probes/structural/trees'
import { entityScores } from '../../../src/main/engine/tasks/entityScores'

type Scored = { value: number; interval: Interval }
type Numbers = 'gold' | 'predicted' | 'hasGold' | 'hasPredicted' | 'lengths' | 'scores' | 'plain' | 'changed' | 'words'
type Case = Record<Numbers, number[]> &
  Record<'r2' | 'pearson' | 'spearman' | 'f1' | 'byLength' | 'effect', Scored> & { seed: number; clusters: number[] }
const { cases } = JSON.parse(readFileSync('test/fixtures/compare/clusterIntervals.json', 'utf8')) as { cases: Case[] }

/** Student's t is a series here, which moves an end by a thousandth of the width with 12 clusters. */
function expectInterval(ours: Interval, { interval: theirs }: Scored): void {
  const width = theirs![1] - theirs![0]
  ours!.forEach((end, i) => expect(Math.abs(end - theirs![i]!)).toBeLessThan(0.003 * width))
}

describe.each(cases)('intervals over clusters are those of SciPy over the same resamples, seed $seed', (one) => {
  const resampled = new ClusterResamples(one.clusters, one.seed)

  test('of F1 of whole spans, which are words here', () => {
    const tags = (has: readonly number[]) => Int32Array.from(has)
    const ours = entityScores(
      {
        gold: tags(one.hasGold),
        predicted: tags(one.hasPredicted),
        // Each word is a sentence.
        sentences: Int32Array.from(one.gold.keys()),
        classes: ['O', 'B-PER'],
        clusterOf: Int32Array.from(one.clusters)
      },
      one.seed
    )
    expect(ours.f1).toBeCloseTo(one.f1.value, 12)
    expectInterval(ours.interval, one.f1)
  })

  test('of the mean over lengths of the mean at each length', () => {
    const lengths = [5, 6, 7, 8]
    const ours = resampled.interval(
      lengths.flatMap((length) => [
        one.scores.map((score, i) => (one.lengths[i] === length ? score : 0)),
        one.lengths.map((own) => Number(own === length))
      ]),
      (sums) => {
        const means = lengths.map((_, k) => sums[2 * k]! / sums[2 * k + 1]!).filter((mean) => !Number.isNaN(mean))
        return means.reduce((sum, mean) => sum + mean, 0) / means.length
      }
    )
    expectInterval(ours, one.byLength)
  })

  test('of an effect', () => {
    const plain = { sum: Float64Array.from(one.plain), count: Float64Array.from(one.words) }
    const { effects } = effectsOf(Float64Array.from(one.changed), plain, one.seed, one.clusters)
    expect(effects[0]!.difference).toBeCloseTo(one.effect.value, 12)
    expectInterval(effects[0]!.interval, one.effect)
  })

  test('of R2 and correlations', async () => {
    await pickBackend({ prefer: 'cpu' })
    // The prediction is the only feature, and a regression on itself leaves it as it is.
    const values = Float32Array.from(one.predicted)
    const part = {
      items: values.length,
      classes: new Int32Array(values.length),
      types: one.gold.map(String),
      sentences: Int32Array.from(one.gold.keys()),
      vectors: () => values
    }
    const { layers, clusters } = await runRegression({
      layers: [0],
      width: 1,
      train: { ...part, values },
      test: {
        ...part,
        values: Float32Array.from(one.gold),
        clusters: { by: 'document', of: Int32Array.from(one.clusters) }
      },
      pairs: false,
      options: { alpha: 1e-9, seed: one.seed },
      job: silentJob()
    })
    expect(clusters).toEqual({ by: 'document', count: new Set(one.clusters).size })
    expect(layers[0]!.r2).toBeCloseTo(one.r2.value, 5)
    expectInterval(layers[0]!.r2Interval, one.r2)
    expectInterval(layers[0]!.pearsonInterval, one.pearson)
    expectInterval(layers[0]!.spearmanInterval, one.spearman)
  })
})

test('scores of trees resample the documents of the trees: with one document for all there is no interval', () => {
  const trees = [
    [2, 0, 2, 3, 4],
    [0, 1, 2, 3, 4],
    [5, 5, 5, 5, 0]
  ].map((heads) => ({
    rows: Int32Array.from(heads.keys()),
    distances: treeDistances(heads),
    depths: treeDepths(heads),
    punctuation: new Uint8Array(heads.length)
  }))
  const chain = trees.map(({ distances }) => ({
    distances: distances.map((_, i) => Math.abs(Math.floor(i / 5) - (i % 5))),
    depths: Float32Array.of(0, 1, 2, 3, 4)
  }))
  const bySentence = new TreeScorer(trees, 1).score(chain).uuas
  const byDocument = new TreeScorer(trees, 1, [7, 7, 7]).score(chain).uuas
  expect(bySentence.value).toBe(9 / 12)
  expect(byDocument.value).toBe(bySentence.value)
  expect(byDocument.interval).toBeNull()
  expect(bySentence.interval![0]).toBeLessThan(bySentence.value)
})
