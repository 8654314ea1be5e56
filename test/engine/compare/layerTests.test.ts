import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { testsAgainstBest } from '../../../src/main/engine/compare/layerTests'
import { permutations } from '../../../src/main/engine/probes/scores/maxT'

beforeAll(async () => {
  await pickBackend()
})

interface Reference {
  cases: { clusters: number[]; right: number[][]; best: number; corrected: number[] }[]
}

test('corrected p-values are those of SciPy with every exchange tried, within sampling', async () => {
  const { cases } = JSON.parse(readFileSync('test/fixtures/compare/maxt.json', 'utf8')) as Reference
  for (const { clusters, right, best, corrected } of cases) {
    const layers = right.map((answers) => Uint8Array.from(answers))
    const tests = await testsAgainstBest(clusters, layers, best, 1, silentJob())
    expect(tests).toHaveLength(corrected.length)
    corrected.forEach((exact, i) => {
      // Five standard errors of a share of the draws, and the observed exchange that counts among them.
      const tolerance = 5 * Math.sqrt((exact * (1 - exact)) / permutations) + 1 / permutations
      expect(Math.abs(tests[i]!.corrected - exact)).toBeLessThanOrEqual(tolerance)
    })
  }
})
