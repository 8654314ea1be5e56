import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { BackendName } from '@shared/backend'
import { activeKernels } from '../../src/main/engine/backends/activeKernels'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { casesIn } from '../../src/main/engine/models/parity'
import { readRecipe, type Recipe } from '../../src/main/engine/training/recipe'
import { scheduleFactor } from '../../src/main/engine/training/schedules'
import { hasTrainingCase, runCase, type CaseResult } from '../../src/main/engine/training/trainingCases'

/**
 * Whole training runs against PyTorch's, computed in float64: every loss, learning rate, gradient norm, final parameter
 * and prediction. Tolerances are the cases' own, ten times what PyTorch's float32 differs by.
 */
const fixtures = 'test/fixtures/training'
const committed = casesIn(fixtures, hasTrainingCase, '')
const shared = '../shared/parity-training'
const more = existsSync(shared)
  ? casesIn(shared, hasTrainingCase, '').filter(({ name }) => !committed.some((known) => known.name === name))
  : []
if (!more.length) console.warn(`The training runs of ${shared} were not checked: the folder is not there.`)

describe.each<[BackendName, typeof committed]>([
  ['tensorflow', [...committed, ...more]],
  ['wasm', [...committed, ...more]],
  ['cpu', committed]
])('on %s', (backend, cases) => {
  let available = true
  beforeAll(async () => {
    const report = await pickBackend({ prefer: backend })
    available = report.name === backend
    // Keeps one small tensor from then on.
    activeKernels()
    if (!available) console.warn(`Training on ${backend} was not checked: ${report.tried[0]?.reason}`)
  })

  test.each(cases)('$name', async ({ folder }) => {
    if (!available) return
    const before = tf.memory().numTensors
    const result = await runCase(folder)
    expect(result, `farthest off: ${result.worst}`).toMatchObject({ ok: true })
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('a recipe that trains otherwise does not agree', () => {
  beforeAll(async () => {
    await pickBackend()
  })

  /** The case with a change, in a folder of its own. */
  async function changed(name: string, change: (recipe: Recipe) => void): Promise<CaseResult> {
    const folder = mkdtempSync(join(tmpdir(), 'layerscope-training-'))
    try {
      const source = join(fixtures, name)
      for (const file of ['initial.safetensors', 'expected.safetensors'])
        writeFileSync(join(folder, file), readFileSync(join(source, file)))
      const recipe = JSON.parse(readFileSync(join(source, 'recipe.json'), 'utf8')) as Recipe
      recipe.model = resolve(source, recipe.model)
      change(recipe)
      writeFileSync(join(folder, 'recipe.json'), JSON.stringify(recipe))
      return await runCase(folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test.each<[string, string, (recipe: Recipe) => void]>([
    ['another rate', 'features-top-gpt2', ({ stages }) => (stages[0]!.groups[0]!.learning_rate *= 1.001)],
    ['no weight decay', 'features-top-gpt2', ({ stages }) => (stages[0]!.groups[0]!.weight_decay = 0)],
    ['another order', 'scalar-mix-bert', ({ stages }) => stages[0]!.steps.reverse()],
    ['a group that starts late', 'adapters-bert', ({ stages }) => (stages[0]!.groups[1]!.trains = [[1, 12]])],
    ['another alpha', 'lora-llama', ({ adaptation }) => ((adaptation as { alpha: number }).alpha = 5)]
  ])('%s', async (_, name, change) => {
    expect(await changed(name, () => undefined)).toMatchObject({ ok: true })
    expect(await changed(name, change)).toMatchObject({ ok: false })
  })

  test('a part of weight 0 is computed and moves nothing', async () => {
    const { loss, final } = await changed('features-top-gpt2', ({ stages }) => (stages[0]!.steps[2]![0]!.weight = 0))
    expect(Number.isFinite(loss)).toBe(true)
    expect(Number.isFinite(final)).toBe(true)
  })

  test('is refused where it names what is not there, with the field', async () => {
    await expect(
      changed('features-top-gpt2', ({ stages }) => stages[0]!.groups[0]!.parameters.push('none'))
    ).rejects.toThrow("The stage 'main' trains 'none', which the model lacks.")
    await expect(changed('features-top-gpt2', ({ stages }) => (stages[0]!.steps[0]![0]!.batch = 9))).rejects.toThrow(
      'The recipe has no batch 9; its batches are 0 to 3.'
    )
    await expect(
      changed('features-top-gpt2', (recipe) => (recipe.stages[0]!.schedule = { kind: 'cosine' } as never))
    ).rejects.toThrow(/is not a training recipe: stages\.0\.schedule\.kind: /)
    await expect(
      changed('full-sgd-t5', ({ objectives }) => (objectives['main'] = { kind: 'language model' }))
    ).rejects.toThrow('This checkpoint has no language-model head')
    expect(readRecipe(join(fixtures, 'full-sgd-t5', 'recipe.json'))).toMatchObject({ name: 'full-sgd-t5' })
  })
})

test('a slanted triangle needs a step that rises', () =>
  expect(() => scheduleFactor({ kind: 'slanted triangular', cut_fraction: 0.1, ratio: 32, total_steps: 9 }, 0)).toThrow(
    'A slanted triangular schedule of 9 steps with cut_fraction 0.1 has no step that rises; make one of them larger.'
  ))

test('learning rates follow the schedule', () => {
  const linear = { kind: 'linear warm-up and decay', warmup_steps: 2, total_steps: 6 } as const
  expect([0, 1, 2, 4, 5].map((t) => scheduleFactor(linear, t))).toEqual([0, 0.5, 1, 0.5, 0.25])
  // Howard & Ruder (2018), figure 2: up over a tenth of the steps, then down to 1 / 32.
  const triangular = { kind: 'slanted triangular', cut_fraction: 0.1, ratio: 32, total_steps: 100 } as const
  expect(scheduleFactor(triangular, 0)).toBe(1 / 32)
  expect(scheduleFactor(triangular, 10)).toBe(1)
  expect(scheduleFactor(triangular, 100)).toBeCloseTo(1 / 32, 12)
})
