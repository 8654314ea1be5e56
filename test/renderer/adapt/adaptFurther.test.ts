import * as v from 'valibot'
import { expect, test } from 'vitest'
import { finetuneOptions, type FinetuneOptions } from '@shared/finetuneRequests'
import { finetunePresetNames, finetunePresets } from '@shared/finetunePresets'
import { furtherFields, furtherOf, noFurther, typedFurther, type AdaptFurther } from '@/modules/adapt/adaptFurther'

const request = { modelId: 'm', datasetId: 'd', task: 'upos', trainSplit: 'train', testSplit: 'test', seed: 1 }
/** What the engine reads of what is typed. */
const parsed = (change: Partial<AdaptFurther>, changes = true): FinetuneOptions => {
  const { options, problem } = typedFurther({ ...noFurther, ...change }, changes, 'train')
  expect(problem).toBe('')
  return v.parse(finetuneOptions, { ...request, ...options })
}

test('nothing that is chosen is what a request without it has', () => {
  expect(parsed({})).toEqual(v.parse(finetuneOptions, request))
})

test.each([
  [
    { beside: 'language model', besideWeight: '0.5' },
    { kind: 'language model', weight: 0.5, annealed: true }
  ],
  [{ beside: 'language model' }, { kind: 'language model', weight: 0.2, annealed: true }],
  [
    { beside: 'task', besideTask: 'deprel', sampling: 'sqrt' },
    { kind: 'task', task: 'deprel', trainSplit: 'train', maxTrain: null, weight: 1, annealed: false, sampling: 'sqrt' }
  ],
  [
    { beside: 'consistency', change: 'replace', share: '0.3' },
    { kind: 'consistency', weight: 1, change: 'replace', share: 0.3 }
  ]
] as const)('%o is trained beside the task', (typed, beside) => {
  expect(parsed(typed).beside).toEqual(beside)
  // Feature extraction has nothing beside the task.
  expect(parsed(typed, false).beside).toEqual({ kind: 'nothing' })
})

test('self-training, the number of updates, models along the way and slices', () => {
  const typed: Partial<AdaptFurther> = {
    selfTraining: 'dev',
    confidence: '0.8',
    updates: '30',
    checkpoints: 'updates',
    every: '10',
    slices: 'weights',
    wrong: '3',
    long: '2'
  }
  expect(parsed(typed)).toMatchObject({
    selfTraining: { split: 'dev', threshold: 0.8, rounds: 3 },
    updates: 30,
    checkpoints: 10,
    slices: {
      weights: [
        { slice: 'long', weight: 2 },
        { slice: 'wrong', weight: 3 }
      ]
    }
  })
  expect(parsed({ checkpoints: 'epoch', slices: 'scores', wrong: '3' })).toMatchObject({
    checkpoints: 'epoch',
    slices: { weights: [] }
  })
  expect(parsed({ checkpoints: 'epoch' }, false).checkpoints).toBeNull()
})

test('what cannot be read is said, and only fields that are shown are read', () => {
  expect(typedFurther({ ...noFurther, beside: 'task' }, true, 'train').problem).toBe(
    'Choose the task that is trained beside.'
  )
  expect(typedFurther({ ...noFurther, selfTraining: 'dev', rounds: 'many' }, true, 'train').problem).toBe(
    'Rounds has to be a whole number from 1 to 100.'
  )
  expect(typedFurther({ ...noFurther, rounds: 'many' }, true, 'train').problem).toBe('')
  expect(furtherFields(noFurther).map(({ name }) => name)).toEqual(['updates'])
})

test.each(finetunePresetNames)('%s is in the form as it was published', (name) => {
  const options: Partial<FinetuneOptions> = finetunePresets[name].options
  const { beside } = v.parse(finetuneOptions, { ...request, ...options })
  expect(parsed(furtherOf(options)).beside).toEqual(beside)
})
