import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import type { TrainedProbe } from '../../../src/main/engine/probes/methods/method'
import { calibrationOf } from '../../../src/main/engine/probes/scores/calibration'
import { classify } from '../../../src/main/engine/probes/scores/classify'

interface Case {
  classes: number
  probabilities: number[]
  gold: number[]
  logLoss: number
  ece: number
  bins: { accuracy: number; confidence: number; items: number }[]
}
const { cases } = JSON.parse(readFileSync('test/fixtures/probes/calibration.json', 'utf8')) as { cases: Case[] }

beforeAll(async () => {
  await pickBackend({ prefer: 'cpu' })
})

/** A probe whose probabilities are the vectors themselves. */
const reading = (classes: number) =>
  ({
    classes,
    operationsPerRow: classes,
    probabilities: ([first]) => first!.clone(),
    dispose: () => undefined
  }) as Pick<TrainedProbe, 'classes' | 'operationsPerRow' | 'probabilities' | 'dispose'> as TrainedProbe

async function calibrated(one: Case, gold: readonly number[] = one.gold, lossMeans = true) {
  const { classes } = one
  const layers = [Float32Array.from(one.probabilities)]
  const probe = reading(classes)
  const [answers] = await classify(layers, classes, [probe], silentJob())
  const tested = { layers, width: classes, rows: Int32Array.from(gold.keys()), gold: Int32Array.from(gold) }
  return calibrationOf(probe, answers!, tested, lossMeans, silentJob())
}

test.each(cases)('log-loss, bins and their error are those of scikit-learn, $classes classes', async (one) => {
  const { ece, logLoss, bins } = await calibrated(one)
  expect(logLoss).toBeCloseTo(one.logLoss, 5)
  expect(ece).toBeCloseTo(one.ece, 6)
  expect(bins.map(({ items }) => items)).toEqual(one.bins.map(({ items }) => items))
  bins.forEach(({ accuracy, confidence }, i) => {
    expect(accuracy).toBeCloseTo(one.bins[i]!.accuracy, 6)
    expect(confidence).toBeCloseTo(one.bins[i]!.confidence, 6)
  })
})

test('items of classes that training does not show are wrong answers, without a loss; votes have no loss', async () => {
  const one = cases[0]!
  const known = await calibrated(one)
  // The first item, with its own class and with one that the probe cannot give.
  const foreign = await calibrated(one, [-1, ...one.gold.slice(1)])
  const first = Math.log(one.probabilities[one.gold[0]!]!)
  const items = one.gold.length
  expect(foreign.logLoss! * (items - 1)).toBeCloseTo(known.logLoss! * items + first, 3)
  expect(foreign.bins.reduce((sum, bin) => sum + bin.items, 0)).toBe(items)
  expect((await calibrated(one, one.gold, false)).logLoss).toBeNull()
  expect((await calibrated(one, one.gold, false)).ece).toBe(known.ece)
})
