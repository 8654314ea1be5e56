import { afterAll, beforeAll, expect, test } from 'vitest'
import { JobCancelled } from '@shared/jobs'
import { changedSentences } from '../../../src/main/engine/training/task/changedSentences'
import { cancelledAfter, openFinetuning, type Finetuning } from './finetuning'

let run: Finetuning['run']
let dispose: Finetuning['dispose']

beforeAll(async () => {
  ;({ run, dispose } = await openFinetuning({
    task: 'sentence.length',
    maxTrain: 10,
    maxTest: 2,
    batch: 4,
    dropout: 0
  }))
})
afterAll(() => dispose())

test('a loss beside the task is added with its weight, and falls where it is annealed', async () => {
  const still = { learningRate: 1e-9, headLearningRate: 1e-9, epochs: 1 }
  const losses = async (weight: number, annealed = false): Promise<number[]> => {
    const beside = { kind: 'language model', weight, annealed } as const
    return (await run({ beside, ...still })).steps.map(({ loss }) => loss)
  }
  const plain = (await run(still)).steps.map(({ loss }) => loss)
  const [half, whole, annealed] = [await losses(0.5), await losses(1), await losses(1, true)]
  // Nothing moves at this rate: the loss is that of the task and so many times that of the language model.
  plain.forEach((loss, i) => {
    const further = whole[i]! - loss
    expect(further).toBeGreaterThan(1)
    expect(half[i]! - loss).toBeCloseTo(further / 2, 4)
    expect(annealed[i]! - loss).toBeCloseTo(further * Math.exp((-3 * i) / plain.length), 4)
  })
})

test('a further task has updates of its own by its size, which are the same after a kill', async () => {
  const beside = { kind: 'task', task: 'upos', trainSplit: 'train', maxTrain: 18, sampling: 'proportional' } as const
  // After the first epoch of 7 updates, whose state is kept.
  await expect(run({ beside }, cancelledAfter(8))).rejects.toThrow(JobCancelled)
  const resumed = await run({ beside })
  const { steps, trainSentences } = await run({ beside, fresh: true })
  expect(resumed.steps).toEqual(steps)
  const updates = Math.ceil(trainSentences / 4)
  expect(steps).toHaveLength(2 * (updates + Math.round((updates * 18) / trainSentences)))
  const root = await run({ beside: { ...beside, sampling: 'sqrt' } })
  expect(root.steps).toHaveLength(2 * (updates + Math.round(updates * Math.sqrt(18 / trainSentences))))
})

test('a model learns to answer alike what was changed', async () => {
  const beside = { kind: 'consistency', change: 'replace', share: 0.3 } as const
  const consistent = await run({ beside, epochs: 3, learningRate: 1e-3 })
  const plain = await run({ epochs: 3, learningRate: 1e-3 })
  expect(consistent.steps).toHaveLength(plain.steps.length)
  expect(consistent.steps[0]!.loss).toBeGreaterThan(plain.steps[0]!.loss)
  const firstLosses = await Promise.all(
    (['noise', 'adversarial'] as const).map(async (change) => {
      const { steps } = await run({ beside: { kind: 'consistency', change, share: 0.3 }, epochs: 1 })
      return steps[0]!.loss
    })
  )
  expect(firstLosses[0]).toBeGreaterThan(plain.steps[0]!.loss)
  // In its direction the answer changes more.
  expect(firstLosses[1]).toBeGreaterThan(firstLosses[0]!)
  await expect(run({ beside: { kind: 'consistency' } })).rejects.toThrow('The tokenizer has no mask token')
  await expect(run({ task: 'upos', beside })).rejects.toThrow('Consistency compares the classes of whole sentences')
})

test('sentences are changed in a share of their words, special tokens never', () => {
  const length = 400
  const ids = Int32Array.from({ length }, (_, t) => t)
  const wordOfToken = Int32Array.from({ length }, (_, t) => (t === 0 || t === length - 1 ? -1 : t))
  const example = { sentence: 0, ids, wordOfToken, segments: null, labels: [0], places: null, spans: null }
  const masked = changedSentences([example], { share: 0.15, mask: 9999 }, 1)
  const { perturbed } = masked.sequence(0, 0)
  const changed = Array.from(perturbed!).filter((id) => id === 9999).length
  // Four deviations of a binomial share.
  expect(Math.abs(changed / length - 0.15)).toBeLessThan(4 * Math.sqrt((0.15 * 0.85) / length))
  expect([perturbed![0], perturbed![length - 1]]).toEqual([0, length - 1])
  expect(masked.sequence(0, 0).perturbed).toEqual(perturbed)
  expect(masked.sequence(0, 1).perturbed).not.toEqual(perturbed)
  const replaced = changedSentences([example], { share: 0.5, mask: null }, 1).sequence(0, 0).perturbed!
  expect(Array.from(replaced).every((id, t) => id === t || (id > 0 && id < length - 1))).toBe(true)
})
