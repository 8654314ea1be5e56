import { expect, test } from 'vitest'
import { divergence } from '@shared/finetune'
import { openFinetuning } from './finetuning'

/** An epoch of two updates. */
const at = (epoch: number, heldOutLoss: number): { step: number; heldOutLoss: number } => ({
  step: 2 * epoch,
  heldOutLoss
})
const losses = (...all: number[]): { step: number; loss: number }[] => all.map((loss, i) => ({ step: i + 1, loss }))

test('a run diverges where what it learns is worse than before training, on held-out items and on its own', () => {
  expect(divergence([at(0, 2.83321), at(1, 2), at(2, 9.4059)], losses(2.7, 2.1, 8, 9))).toBe(
    'Training diverged: the held-out loss rose from 2.83 before training to 9.41. Lower the learning rate, or clip ' +
      'gradients.'
  )
  // Overfitted: its own items it knows.
  expect(divergence([at(0, 2.8), at(1, 4.3)], losses(2, 0.1))).toBeNull()
  expect(divergence([at(0, 2.8), at(1, 4.1)], losses(4, 4))).toBeNull()
  expect(divergence([at(0, 2.8)], [])).toBeNull()
  expect(divergence([], [])).toBeNull()
})

test('a run with far too high a rate says so in its notes', async () => {
  const finetuning = await openFinetuning({
    learningRate: 0.5,
    headLearningRate: 0.5,
    clip: null,
    schedule: 'constant'
  })
  try {
    const { notes } = await finetuning.run()
    expect(notes.filter((note) => note.startsWith('Training diverged: the held-out loss rose from '))).toHaveLength(1)
  } finally {
    finetuning.dispose()
  }
}, 120_000)
