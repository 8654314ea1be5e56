import { expect, test } from 'vitest'
import type { FinetuneResult } from '@shared/finetune'
import type { ProbedTask } from '@shared/finetuneProbes'
import { bySimilarity, layerLines } from '@/modules/adapt/probedLayers'
import { forgettingLines } from '@/modules/adapt/forgetting'

const settings = { near: { kind: 'none' }, before: { kind: 'nothing' } }

test('change of the loss by epoch, mean over runs, what loses least first', () => {
  const run = (kind: string, losses: (number | null)[]): FinetuneResult =>
    ({
      method: { kind },
      settings,
      epochs: losses.map((languageModelLoss, epoch) => ({ epoch, languageModelLoss }))
    }) as unknown as FinetuneResult
  const lines = forgettingLines([
    run('full', [6, 6.5, 7]),
    run('bitfit', [6, 6.1, 6]),
    run('full', [6, 6.5, 8]),
    run('full', [null, null])
  ])
  expect(lines.map(({ title, points }) => [title, points.map(({ value }) => value)])).toEqual([
    ['BitFit', [0, expect.closeTo(0.1, 9), 0]],
    ['full', [0, 0.5, 1.5]]
  ])
})

test('change of a probe by update, with its interval; of several seeds that of their mean', () => {
  const run = (kind: string, changes: number[]): FinetuneResult =>
    ({
      method: { kind },
      settings,
      epochs: [],
      probes: [
        {
          task: { id: 'upos', title: 'UPOS', unit: 'token' },
          points: [0, ...changes].map((difference, i) => ({
            step: 10 * i,
            epoch: i,
            layers: [0, 1].map((layer) => ({
              layer,
              accuracy: 0.9,
              interval: null,
              change:
                i === 0 ? null : { difference: layer * difference, interval: [difference - 0.1, difference + 0.1] }
            }))
          }))
        } as unknown as ProbedTask
      ]
    }) as unknown as FinetuneResult
  const runs = [run('full', [-0.1, -0.3]), run('bitfit', [0, -0.05]), run('full', [-0.1, -0.1])]
  const [least, most] = forgettingLines(runs, { kind: 'probe', task: 'upos', layer: 1 })
  expect(least).toEqual({
    title: 'BitFit',
    points: [
      { step: 0, value: 0 },
      { step: 10, value: 0, interval: [-0.1, 0.1] },
      { step: 20, value: -0.05, interval: [expect.closeTo(-0.15, 9), expect.closeTo(0.05, 9)] }
    ]
  })
  // Two values 0.2 apart: t with one degree of freedom is 12.706, their deviation 0.1414.
  expect(most!.points.at(-1)!.value).toBeCloseTo(-0.2, 9)
  expect(most!.points.at(-1)!.interval![0]).toBeCloseTo(-0.2 - 12.706 * 0.1, 2)
  expect(forgettingLines(runs, { kind: 'probe', task: 'xpos', layer: 1 })).toEqual([])
})

test('layers before and after training are two lines; the most similar labels come first', () => {
  const layers = (accuracy: number) => [{ layer: 0, accuracy, interval: [0.1, 0.9], change: null }]
  const probed = (similarity: number | null): ProbedTask =>
    ({ similarity, points: [0.3, 0.4, 0.5].map((accuracy) => ({ layers: layers(accuracy) })) }) as unknown as ProbedTask
  expect(layerLines(probed(1)).map(({ title, points }) => [title, points[0]!.value])).toEqual([
    ['unchanged', 0.3],
    ['tuned', 0.5]
  ])
  expect(bySimilarity([probed(null), probed(0.2), probed(1)]).map(({ similarity }) => similarity)).toEqual([
    1,
    0.2,
    null
  ])
})
