import { defaultMethod, probeKindNames } from '@shared/probeMethods'
import {
  isOfSingleLayers,
  isSetUpAlike,
  layersRead,
  methodText,
  placeText,
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
        heldOutSentences: 9,
        heldOutItems: 90,
        tried: [0.1, 1].map((value) => ({ setting: { inverseRegularisation: value }, accuracy: [0.9] })),
        chosen: { inverseRegularisation: chosen }
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

it('says what was drawn of each part, and that runs differ in it', () => {
  const part = (sentences: number, documents: number | null, seed = 0) => ({ words: 900, sentences, documents, seed })
  const drawn = other({ drawn: { train: part(80, 12), test: part(40, null) } })
  expect(runLine(drawn)[2]).toBe('training words of 12 documents and test words of 40 sentences drawn with seed 0')
  expect(runLine(other({ drawn: { train: part(80, 1, 3) } }))[2]).toBe('training words of 1 document drawn with seed 3')
  const sentences = { task: { id: 'intent', title: 'Intent', unit: 'sentence' as const } }
  expect(runLine(other({ ...sentences, drawn: { train: part(80, null), test: part(40, null) } }))[2]).toBe(
    'training sentences and test sentences drawn with seed 0'
  )
  expect(setUpDifferences(drawn, setUp)).toEqual(['words drawn with seed 0'])
  expect(setUpDifferences(setUp, drawn)).toEqual(['words in file order'])
})

it('says where a score belongs', () => {
  expect([placeText(true, 5), placeText(false, 5), placeText(false, 0)]).toEqual([
    'at layer 5',
    'with a mix of layers 0 to 5',
    'with layer 0 alone'
  ])
  expect([layersRead(true, 5), layersRead(false, 5), layersRead(false, 0)]).toEqual([
    'layer 5',
    'layers 0 to 5, mixed',
    'layer 0'
  ])
})

it('knows whose scores are those of single layers', () => {
  expect(probeKindNames.filter((kind) => !isOfSingleLayers({ probe: defaultMethod(kind) }))).toEqual(['mix'])
})
