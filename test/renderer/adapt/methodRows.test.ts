import { expect, test } from 'vitest'
import type { FinetuneResult } from '@shared/finetune'
import { methodRows } from '@/modules/adapt/methodRows'

function run(
  id: string,
  kind: string,
  seed: number,
  score: number,
  losses: (number | null)[] = [null]
): FinetuneResult {
  return {
    id,
    method: { kind },
    settings: { seed, epochs: 4, near: { kind: 'none' }, before: { kind: 'nothing' } },
    dataset: { trainSplit: 'train', testSplit: 'test' },
    trainSentences: 500,
    score,
    seconds: 2 * seed,
    trained: 10,
    taskBytes: 40,
    epochs: losses.map((languageModelLoss) => ({ languageModelLoss }))
  } as unknown as FinetuneResult
}

test('seeds of the same settings are one row; the best score comes first', () => {
  const rows = methodRows([
    run('a', 'full', 1, 0.8, [6, 6.2]),
    run('b', 'bitfit', 1, 0.95),
    run('c', 'full', 2, 0.9, [6, 6.4])
  ])
  expect(rows.map(({ runs, method, deviation }) => [runs, method, deviation])).toEqual([
    [['b'], 'BitFit', null],
    [['a', 'c'], 'full', expect.closeTo(0.0707, 4)]
  ])
  expect(rows[1]).toMatchObject({ score: expect.closeTo(0.85, 10) as number, seconds: 3 })
  expect(rows.map(({ forgotten }) => forgotten)).toEqual([null, expect.closeTo(0.3, 10)])
})
