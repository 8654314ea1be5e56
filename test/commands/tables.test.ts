import { expect, test } from 'vitest'
import type { ProbeResult } from '@shared/probe'
import { defaultMethod } from '@shared/probeMethods'
import type { TaskMap } from '@shared/taskMap'
import { partTitle } from '../../src/main/commands/tables/ablateTables'
import { effectText } from '../../src/main/commands/tables/ablateSetTables'
import { mapCsv, mapTable } from '../../src/main/commands/tables/mapTable'
import { probeTable } from '../../src/main/commands/tables/probeTable'

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

test('without an interval the tables say that there is none, and why', () => {
  const layer = { layer: 1, accuracy: 0.5, accuracyInterval: null, macroF1: 0.4, macroF1Interval: null }
  const result = {
    task: { title: 'UPOS', unit: 'token' },
    options: { probe: defaultMethod('linear'), seed: 1 },
    classes: ['A', 'B'],
    trainWords: 20,
    testWords: 2,
    backend: 'cpu',
    seconds: { total: 1 },
    majority: { label: 'A', accuracy: 0.5 },
    memoriser: { accuracy: 0.5 },
    clusters: { by: 'document', count: 1 },
    layers: [layer]
  } as unknown as ProbeResult
  const table = probeTable(result)
  expect(table).toContain('No interval is given: all that was tested is of one document, and intervals need several.\n')
  expect(table).toMatch(/\n +1 +50\.00 {2}none +40\.00/)
  expect(effectText('share', { value: 0.5, difference: -0.1, interval: null })).toBe('-10.00 [no interval]')
})
