// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import { useAdaptFigures } from '@/modules/adapt/adaptFigureStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { dataset, model } from '../probes/fixture'

beforeEach(() => {
  setActivePinia(createPinia())
  engine.answers = {
    'finetune.estimate': () => ({ seconds: 2 }) as never,
    'finetune.run': ({ seed, before }) => {
      if (seed === 3) throw new Error('Training diverged.')
      const score = before?.kind === 'task' ? 0.9 : 0.2 * seed!
      return { score, majority: 0.5, measure: 'accuracy', seconds: 2, taskBytes: 4 } as never
    }
  }
  Object.assign(useSessionStore(), { model, dataset })
})

it('a figure is made of jobs in the background; one that fails takes nothing from the others', async () => {
  const figures = useAdaptFigures()
  await settle()
  expect(figures.cost).toBe(80)
  // Two ways, each estimated once.
  expect(engine.inputs('finetune.estimate').filter(({ save }) => save === false)).toHaveLength(2)
  await figures.run()
  const asked = engine.inputs('finetune.run')
  expect(asked).toHaveLength(40)
  expect(asked.every(({ background, save }) => background === true && save === false)).toBe(true)
  expect(figures.pending.size).toBe(0)
  expect(figures.points).toHaveLength(40)
  expect(figures.points.filter(({ problem }) => problem !== null)).toHaveLength(2)
  // Scores of another figure are not shown under its name.
  figures.chosen = 'grid'
  await settle()
  expect(figures.points).toEqual([])
})

it('what is cancelled is taken from the queue, and its answers are dropped', async () => {
  engine.answers['job.cancel'] = () => null
  const held = engine.hold('finetune.run')
  const figures = useAdaptFigures()
  await settle()
  figures.chosen = 'grid'
  await settle()
  void figures.run()
  await settle()
  expect(figures.pending.size).toBe(16)
  figures.cancel()
  expect(engine.inputs('job.cancel')).toHaveLength(16)
  held[0]!.answer({ score: 1 } as never)
  await settle()
  expect(figures.points).toEqual([])
})
