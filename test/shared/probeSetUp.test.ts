import { defaultMethod, probeKindNames } from '@shared/probeMethods'
import {
  isOfSingleLayers,
  isSetUpAlike,
  methodText,
  poolingText,
  runLine,
  setUpDifferences,
  setUpOf
} from '@shared/probeSetUp'
import { describe, expect, it } from 'vitest'
import { probeResult } from '../renderer/probes/fixture'

const run = probeResult('upos')
const setUp = setUpOf(run)
const other = (changes: Parameters<typeof probeResult>[1]) => setUpOf(probeResult('deprel', changes))

describe('runs that can be compared', () => {
  it('differ in task, model, seed and time alone', () => {
    const again = other({ model: { id: 'gpt2', name: 'gpt2', layers: 12 }, options: { ...run.options, seed: 7 } })
    expect(setUpDifferences(again, setUp)).toEqual([])
    expect(isSetUpAlike(again, setUp)).toBe(true)
  })
  it.each([
    [{ options: { ...run.options, probe: defaultMethod('mix') } }, 'mix, linear'],
    [
      { options: { ...run.options, probe: { ...defaultMethod('linear'), inverseRegularisation: 0.1 } } },
      'linear, L2, C = 0.1'
    ],
    [{ dataset: { ...run.dataset, id: 'gum', name: 'GUM' } }, 'GUM'],
    [{ dataset: { ...run.dataset, trainSplit: 'train' } }, 'trained on train'],
    [{ dataset: { ...run.dataset, testHash: 'changed' } }, 'tested on test'],
    [{ trainWords: 5_004 }, '5,004 training words'],
    [{ testWords: 2_022 }, '2,022 test words'],
    [{ task: { id: 'intent', title: 'Intent', unit: 'sentence' as const } }, '25,094 test sentences'],
    [{ pool: 'mean' as const }, 'mean of subwords']
  ])('do not differ in %j', (changes, difference) => {
    expect(setUpDifferences(other(changes), setUp)).toEqual([difference])
  })
  it('may have tuned C to different values from the same choice', () => {
    const tuned = (chosen: number) => {
      const tuning = {
        option: 'inverseRegularisation' as const,
        heldOutSentences: 9,
        heldOutItems: 90,
        tried: [0.1, 1].map((value) => ({ value, accuracy: [0.9] })),
        chosen
      }
      return other({
        options: { ...run.options, probe: { ...defaultMethod('linear'), inverseRegularisation: chosen }, tuning }
      })
    }
    expect(setUpDifferences(tuned(0.1), tuned(1))).toEqual([])
    expect(methodText(tuned(0.1))).toBe('linear, L2, C = 0.1, tuned')
    expect(isSetUpAlike(tuned(1), setUp)).toBe(false)
  })
})

it('says of a run how it was made', () => {
  expect(runLine(setUp)).toEqual([
    'linear, L2, C = 1',
    'dev 25,147 → test 25,094 words',
    'first subword',
    'control task',
    'seed 1'
  ])
  expect(runLine(other({ options: { ...run.options, probe: defaultMethod('mlp'), seeds: 3 } })).slice(-1)).toEqual([
    '3 seeds from 1'
  ])
  expect(poolingText({ pool: 'mean', unit: 'sentence' })).toBe('mean of subwords, mean of words')
  expect(poolingText({ pool: 'first', unit: 'span', span: 'ends' })).toBe('first subword, ends of spans')
})

it('knows whose scores are those of single layers', () => {
  expect(probeKindNames.filter((kind) => !isOfSingleLayers({ probe: defaultMethod(kind) }))).toEqual(['mix'])
})
