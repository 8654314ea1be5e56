import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attributionMethods, type AttributionMethod, type AttributionScore } from '@shared/attribution'
import { silentJob } from '@shared/jobs'
import { attribute, type ScoreOf } from '../../../src/main/engine/attributions/attribute'
import { gaussLegendre } from '../../../src/main/engine/attributions/gaussLegendre'
import { probeOutput, scoreOfAnswer, tokenOutput } from '../../../src/main/engine/attributions/outputs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { resourcePath } from '../../../src/main/engine/paths'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'

/** What captum computed (test/fixtures/attributions/make_attributions.py). */
interface Reference {
  ids: number[]
  place: number
  first: number
  second: number
  /** Tokens that integrated gradients start from; null for vectors of zeros. */
  start: number[] | null
  scores: Record<string, { value: number; baselineValue: number } & Record<AttributionMethod, number[]>>
}
const theirs = JSON.parse(readFileSync('test/fixtures/attributions/captum.json', 'utf8')) as {
  steps: number
  causal: Reference
  masked: Reference
}
/** Of the largest value: both are single precision. */
const tolerance = 2e-4

beforeAll(async () => void (await pickBackend()))

describe.each([
  ['causal', resourcePath('models', 'gpt2-ud-tiny')],
  ['masked', '../shared/models/minilm-ud-mlm']
] as const)('a %s model', (kind, folder) => {
  const { ids, place, first, second, start, scores } = theirs[kind]
  let model: TrainableTransformer
  beforeAll(async () => {
    model = await TrainableTransformer.open(folder)
  })
  afterAll(() => model.dispose())

  /** As the script has it: sin(1 + number), [width + 1, classes], over the mean of tokens 2 and 3 of layer 2. */
  function probe(): ScoreOf {
    const { width } = model.config
    const shape = [1, width + 1, 3]
    const weights = { shape, data: Float32Array.from({ length: (width + 1) * 3 }, (_, i) => Math.sin(1 + i)) }
    const probes = {
      runId: 'run',
      task: 'task',
      pooling: 'mean' as const,
      layers: [2],
      classes: ['a', 'b', 'c'],
      weights
    }
    const wordOfToken = Int32Array.from(ids, (_, token) => Math.floor(token / 2))
    const sentence = { ids: Int32Array.from(ids), wordOfToken, wordsTaken: Math.ceil(ids.length / 2) }
    return scoreOfAnswer(probeOutput(probes, 2, 1, sentence), 'logProbability', 1, null)
  }
  const scoreOf = (name: string): ScoreOf => {
    if (name === 'probe') return probe()
    if (name === 'difference') return scoreOfAnswer(tokenOutput(place), 'logProbability', first, second)
    return scoreOfAnswer(tokenOutput(place), name as AttributionScore, first, null)
  }
  const methods = Object.keys(attributionMethods) as AttributionMethod[]

  test.each(methods.flatMap((method) => Object.keys(scores).map((name) => [method, name] as const)))(
    '%s of %s is captum’s',
    async (method, name) => {
      const baseline = start && Int32Array.from(start)
      const way = { method, steps: theirs.steps, baseline }
      const ours = await attribute(model, { ids: Int32Array.from(ids) }, way, scoreOf(name), silentJob())
      const expected = scores[name]!
      const largest = Math.max(...expected[method].map(Math.abs))
      expect(ours.values).toHaveLength(ids.length)
      expected[method].forEach((value, token) =>
        expect(Math.abs(ours.values[token]! - value) / largest, `token ${token}`).toBeLessThan(tolerance)
      )
      expect(ours.value).toBeCloseTo(expected.value, 4)
      if (method === 'integrated') expect(ours.baselineValue).toBeCloseTo(expected.baselineValue, 4)
      else expect(ours.baselineValue).toBeNull()
    }
  )
})

test('Gauss-Legendre points integrate polynomials exactly', () => {
  for (const count of [1, 2, 5, 50]) {
    const { points, weights } = gaussLegendre(count)
    for (let degree = 0; degree < 2 * count; degree++)
      expect(points.reduce((sum, x, i) => sum + weights[i]! * x ** degree, 0)).toBeCloseTo(1 / (degree + 1), 12)
  }
})
