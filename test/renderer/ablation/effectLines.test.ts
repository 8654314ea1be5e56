import { expect, test } from 'vitest'
import type { AblatedTask } from '@shared/ablationEffects'
import { changeLines, likenessLines, probeLines } from '../../../src/renderer/modules/ablation/effectLines'

const effect = (value: number, plain: number) => ({
  value,
  difference: value - plain,
  interval: [value - plain - 0.01, value - plain + 0.02] as [number, number]
})

test('a set is compared with the range of random sets', () => {
  const layers = [
    {
      layer: 0,
      value: 0.5,
      interval: [0.4, 0.6] as [number, number],
      random: [
        { value: 0.1, interval: [0, 0.2] as [number, number] },
        { value: 0.3, interval: [0, 0.4] as [number, number] }
      ]
    }
  ]
  const [random, own] = changeLines(layers, 'The board')
  expect(own).toMatchObject({
    title: 'The board',
    emphasised: true,
    points: [{ layer: 0, value: 0.5, low: 0.4, high: 0.6 }]
  })
  expect(random).toMatchObject({ title: 'Random sets', points: [{ layer: 0, value: 0.2, low: 0.1, high: 0.3 }] })
  expect(
    changeLines(
      layers.map((one) => ({ ...one, random: [] })),
      'The board'
    )
  ).toHaveLength(1)
})

test('probes are drawn around their value by the interval of the difference', () => {
  const task: AblatedTask = {
    task: { id: 'upos', title: 'UPOS', unit: 'token' },
    trainItems: 9,
    testItems: 4,
    majority: 0.15,
    layers: [
      {
        layer: 3,
        plain: 0.9,
        kept: effect(0.2, 0.9),
        retrained: effect(0.5, 0.9),
        random: [{ kept: effect(0.8, 0.9), retrained: effect(0.85, 0.9) }]
      }
    ]
  }
  const [plain, kept, again] = probeLines(task)
  expect(plain!.points).toEqual([{ layer: 3, value: 0.9, low: 0.9, high: 0.9 }])
  expect(kept!.points[0]!.low).toBeCloseTo(0.19)
  expect(kept!.points[0]!.high).toBeCloseTo(0.22)
  expect(kept!.companion).toEqual({ title: 'Random: kept', points: [{ layer: 3, value: 0.8 }] })
  expect(again!.baselines.map(({ value }) => value)).toEqual([0.15])
})

test('the likeness of two sentences is drawn with and without the set', () => {
  const lines = likenessLines({
    layers: [{ layer: 0, plain: 0.7, changed: 0.6, random: [0.65, 0.75] }],
    tokens: [4, 5]
  })
  expect(lines.map(({ id, points }) => [id, points[0]!.value])).toEqual([
    ['random', 0.7],
    ['plain', 0.7],
    ['set', 0.6]
  ])
})
