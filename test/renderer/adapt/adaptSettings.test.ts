import { describe, expect, test } from 'vitest'
import { adaptKindNames, defaultAdaptation } from '@shared/adaptMethods'
import { finetunePresetNames, finetunePresets } from '@shared/finetunePresets'
import type { FinetuneOptions } from '@shared/finetuneRequests'
import {
  emptyTexts,
  methodTexts,
  presetTexts,
  typedMethod,
  typedNumbers,
  usualText
} from '@/modules/adapt/adaptSettings'
import { noSignals, signalsOf, typedSignals } from '@/modules/adapt/adaptSignals'

describe('what is typed of a method', () => {
  test.each(adaptKindNames)('%s: its defaults are read back', (kind) => {
    expect(typedMethod(kind, methodTexts(defaultAdaptation(kind)))).toEqual({
      method: defaultAdaptation(kind),
      problem: ''
    })
  })

  test('a wrong number is refused by the name of its field', () => {
    expect(typedMethod('lora', { rank: 'many', alpha: '16' })).toEqual({
      method: null,
      problem: 'Rank has to be a whole number from 1 to 1,024.'
    })
  })
})

describe('numbers of every method', () => {
  test('empty fields are left to the method', () => {
    expect(typedNumbers(emptyTexts)).toEqual({ numbers: { seed: 1 }, problem: '' })
    expect(usualText('full', 'learningRate')).toBe('0.0001')
    expect(usualText('features', 'epochs')).toBe('40')
  })

  test.each([
    ['epochs', '1.5', 'Epochs has to be a whole number from 1 to 1,000.'],
    ['dropout', '1', 'Dropout has to be a number from 0 to 0.94.'],
    ['maxTrain', '1', 'Train on has to be a whole number from 2 to 1,000,000,000.']
  ] as const)('%s %s', (name, text, problem) => {
    expect(typedNumbers({ ...emptyTexts, [name]: text }).problem).toBe(problem)
  })
})

test.each(finetunePresetNames)('the recipe %s sets numbers that can be read', (name) => {
  expect(typedNumbers(presetTexts(name, emptyTexts)).problem).toBe('')
})

describe('what is learned besides the task', () => {
  test('nothing is chosen, nothing is set', () => {
    expect(typedSignals(noSignals, 'train')).toEqual({
      options: { near: { kind: 'none' }, before: { kind: 'nothing' } },
      problem: ''
    })
  })

  test('numbers that are not typed are left to the engine', () => {
    const signals = { ...noSignals, near: 'ewc', before: 'task', beforeTask: 'upos', beforeSentences: '200' } as const
    expect(typedSignals(signals, 'dev').options).toEqual({
      near: { kind: 'ewc' },
      before: { kind: 'task', task: 'upos', trainSplit: 'dev', maxTrain: 200 }
    })
  })

  test.each([
    [{ before: 'task' }, 'Choose the task that is trained before.'],
    [{ near: 'l2sp', strength: 'strong' }, 'Alpha has to be a number from 0 to 100.'],
    [{ before: 'language model', beforeEpochs: '0' }, 'Epochs before has to be a whole number from 1 to 1,000.']
  ] as const)('%o', (change, problem) => {
    expect(typedSignals({ ...noSignals, ...change }, 'train').problem).toBe(problem)
  })

  test.each(finetunePresetNames)('the recipe %s sets signals that can be read back', (name) => {
    const options: Partial<FinetuneOptions> = finetunePresets[name].options
    expect(typedSignals(signalsOf(options), 'train').options).toEqual({
      near: options.near ?? { kind: 'none' },
      before: options.before ?? { kind: 'nothing' }
    })
  })
})
