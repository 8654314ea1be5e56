import * as v from 'valibot'
import { expect, test } from 'vitest'
import { finetuneOptions } from '@shared/finetuneRequests'
import type { ProbeTask } from '@shared/task'
import { adaptFigureIds, adaptFigures, costKey, type FigureContext } from '@/modules/adapt/figures'

const task = (id: string, unit: 'token' | 'sentence' = 'token'): ProbeTask =>
  ({ id, title: id.toUpperCase(), unit, kind: 'class', classes: ['a', 'b'] }) as unknown as ProbeTask

const context: FigureContext = {
  base: {
    modelId: 'm',
    datasetId: 'd',
    task: 'upos',
    trainSplit: 'train',
    testSplit: 'test',
    maxTrain: 100,
    method: { kind: 'full' },
    seed: 3,
    save: false
  },
  model: { head: false, untrained: null },
  tasks: [task('upos'), task('topic', 'sentence'), task('deprel'), task('xpos'), task('ner')],
  beforeTask: null
}

test.each([
  ['restarts', 40],
  ['sizes', 8],
  ['grid', 16],
  ['methods', 24],
  ['layers', 3]
] as const)('%s is a list of %d trainings, all different and none stored', (id, count) => {
  const runs = adaptFigures[id].runs(context)
  expect(runs).toHaveLength(count)
  for (const { request } of runs) expect(v.parse(finetuneOptions, request).save).toBe(false)
  expect(new Set(runs.map((run) => JSON.stringify([run.request, run.start]))).size).toBe(count)
  // A place in the figure belongs to one training, restarts apart.
  if (id !== 'restarts') expect(new Set(runs.map(({ row, column, x }) => `${row} ${column} ${x}`)).size).toBe(count)
})

test('restarts differ in seed and in the task before, which is the one chosen or the first of the others', () => {
  const runs = adaptFigures.restarts.runs(context)
  expect(new Set(runs.map(costKey)).size).toBe(2)
  expect(runs.slice(0, 20).map(({ request }) => request.seed)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  expect(runs.at(-1)!.request.before).toEqual({ kind: 'task', task: 'topic', trainSplit: 'train' })
  const chosen = adaptFigures.restarts.runs({ ...context, beforeTask: 'deprel' })
  expect(chosen.at(-1)!.column).toBe('deprel first')
})

test('what a model cannot do is left out of the figure by sizes', () => {
  const ways = (model: FigureContext['model'], kind: 'full' | 'features' = 'full'): string[] => {
    const base = { ...context.base, method: { kind } }
    const runs = adaptFigures.sizes.runs({ ...context, base, model })
    return [...new Set(runs.map(({ column, start }) => `${column}, ${start}`))]
  }
  const missing = (head: boolean): string =>
    adaptFigures.sizes.missing!({ ...context, model: { head, untrained: null } })
  expect(ways({ head: false, untrained: null })).toEqual(['from scratch, untrained', 'pretrained, as open'])
  expect(missing(false)).toContain('no language-model head')
  expect(missing(true)).toBe('')
  const withHead = { head: true, untrained: null }
  expect(ways(withHead)).toEqual(['from scratch, untrained', 'pretrained, as open', 'language model first, as open'])
  expect(ways(withHead, 'features')).toHaveLength(2)
  // An untrained twin that is open is the line from scratch; the others start from its checkpoint.
  expect(ways({ head: true, untrained: 1 })).toEqual([
    'from scratch, as open',
    'pretrained, checkpoint',
    'language model first, checkpoint'
  ])
})

test('methods are compared on tasks of one unit', () => {
  expect(new Set(adaptFigures.methods.runs(context).map(({ column }) => column))).toEqual(
    new Set(['UPOS', 'DEPREL', 'XPOS'])
  )
  expect(adaptFigureIds).toHaveLength(5)
})

test('layers before and after: each task is trained, and all are probed', () => {
  const runs = adaptFigures.layers.runs({ ...context, base: { ...context.base, method: { kind: 'features' } } })
  expect(runs.map(({ row, request }) => [row, request.task, request.method!.kind])).toEqual([
    ['UPOS', 'upos', 'full'],
    ['DEPREL', 'deprel', 'full'],
    ['XPOS', 'xpos', 'full']
  ])
  for (const { request } of runs) expect(request.probes!.tasks).toEqual(['upos', 'deprel', 'xpos'])
})

test('what is probed along the training is probed of every method that changes the model', () => {
  const probes = { tasks: ['deprel'], trainSplit: 'train', testSplit: 'test' }
  const runs = adaptFigures.methods.runs({ ...context, base: { ...context.base, probes } })
  for (const { request } of runs)
    expect(request.probes).toEqual(request.method!.kind === 'features' ? undefined : probes)
})
