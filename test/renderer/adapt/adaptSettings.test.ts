import { describe, expect, test } from 'vitest'
import { adaptKindNames, defaultAdaptation } from '@shared/adaptMethods'
import { finetunePresetNames } from '@shared/finetunePresets'
import {
  emptyTexts,
  methodTexts,
  presetTexts,
  typedMethod,
  typedNumbers,
  usualText
} from '@/modules/adapt/adaptSettings'

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
