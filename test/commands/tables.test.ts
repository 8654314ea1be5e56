import { expect, test } from 'vitest'
import type { TaskMap } from '@shared/taskMap'
import { partTitle } from '../../src/main/commands/tables/ablateTables'
import { mapCsv, mapTable } from '../../src/main/commands/tables/mapTable'

test('layers and heads count from 1, as in the window', () => {
  expect(partTitle({ block: 3, head: 2 })).toBe('layer 4 head 3')
  expect(partTitle({ block: 0, head: null })).toBe('layer 1')
})

test('in the map as well; its CSV counts blocks and heads from 0', () => {
  const effect = { value: 0.4, difference: -0.5, interval: [-0.6, -0.4] }
  const map = {
    modelName: 'tiny',
    words: 10,
    sentences: 2,
    seconds: 1,
    found: 0,
    units: [
      { kind: 'head', block: 3, head: 2 },
      { kind: 'mlp', block: 1, head: null },
      { kind: 'block', block: 0, head: null }
    ],
    columns: [
      {
        title: 'UPOS',
        unit: 'share',
        better: 'higher',
        plain: 0.9,
        effects: [effect, effect, effect],
        beyondRandom: [null, null, null],
        random: [[effect]]
      }
    ]
  } as unknown as TaskMap
  const table = mapTable(map)
  for (const part of ['layer 4 head 3', 'layer 2 mlp', 'layer 1 ', 'random, layer 1']) expect(table).toContain(part)
  expect(mapCsv(map)).toContain('\nhead,3,2,"UPOS",')
})
