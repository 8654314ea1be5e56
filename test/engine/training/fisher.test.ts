import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { openSafetensors } from '../../../src/main/engine/checkpoints/safetensors'
import { readRecipe, type Recipe, type RecipeBatch } from '../../../src/main/engine/training/recipe'
import { fisherDiagonal } from '../../../src/main/engine/training/task/fisher'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'
import { trainingBatch } from '../../../src/main/engine/training/trainingBatch'

const folder = '../shared/parity-training/ewc-albert'
const there = existsSync(folder)
if (!there) console.warn(`Fisher information was not compared with PyTorch's: ${folder} is not there.`)

test.skipIf(!there)("Fisher information is PyTorch's, sequence by sequence", async () => {
  await pickBackend()
  const recipe = readRecipe(join(folder, 'recipe.json')) as Recipe
  const model = await TrainableTransformer.open(resolve(folder, recipe.model))
  const given = openSafetensors(join(folder, 'initial.safetensors'))
  try {
    const names = given.names().flatMap((name) => (name.startsWith('fisher.') ? [name.slice('fisher.'.length)] : []))
    expect(names.length).toBeGreaterThan(20)
    const whole = recipe.batches[4]!
    const sequences = whole.input_ids.map((_, i) => {
      const row = (rows: number[][] | undefined): number[][] | undefined => rows && [rows[i]!]
      return trainingBatch({
        input_ids: [whole.input_ids[i]!],
        attention_mask: row(whole.attention_mask),
        token_type_ids: row(whole.token_type_ids),
        labels: { lm: [(whole.labels['lm'] as number[][])[i]!] }
      } as RecipeBatch)
    })
    const run = {
      model,
      objectives: recipe.objectives,
      batches: sequences,
      teach: null,
      fisher: () => {
        throw new Error('No penalty is computed here.')
      }
    }
    const found = await fisherDiagonal(run, 'lm', sequences, names, silentJob())
    for (const name of names) {
      const theirs = given.read(`fisher.${name}`)
      const largest = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      const ours = found.get(name)!
      const off = theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[i]!)), 0)
      expect(off, name).toBeLessThanOrEqual(1e-4 * largest + 1e-12)
    }
  } finally {
    given.close()
    model.dispose()
  }
})
