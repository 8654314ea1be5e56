import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { calls } from '@shared/contract'
import { differentialScores, mixSummary, type ProbeLayerResult } from '@shared/probe'
import { defaultMethod, methodTitle, probeKinds, probeMethod, type ProbeKind } from '@shared/probeMethods'
import { probePresets } from '@shared/probePresets'
import { fieldTexts, methodFrom } from '@/modules/probes/methodFields'
import { probeFromFlags, probeHelp, recipeNamed } from '../../src/main/commandLine/probeFlags'

const kinds = Object.keys(probeKinds) as ProbeKind[]

test('a request without a probe is for a linear one, without codelength and restarts', () => {
  const request = {
    modelId: 'm',
    datasetId: 'd',
    task: 'upos',
    trainSplit: 'train',
    testSplit: 'test',
    pool: 'first',
    layers: null,
    maxTrainWords: null,
    maxTestWords: null,
    control: true,
    seed: 1
  }
  expect(v.parse(calls['probe.run'].input, request)).toMatchObject({
    probe: { kind: 'linear', penalty: 'l2', inverseRegularisation: 1 },
    codelength: false,
    restarts: 1
  })
})

describe('every kind and every recipe', () => {
  test.each(kinds)('%s is in the help and can be named with its defaults', (kind) => {
    expect(probeHelp()).toContain(kind)
    expect(probeFromFlags(kind, {})).toEqual(defaultMethod(kind))
    expect(methodFrom(kind, fieldTexts(defaultMethod(kind)))).toEqual({ method: defaultMethod(kind), problem: '' })
    expect(methodTitle(defaultMethod(kind))).not.toBe('')
  })

  test.each(Object.entries(probePresets))(
    '%s is complete, and the window keeps what it does not show',
    (name, { probe }) => {
      expect(v.parse(probeMethod, probe)).toEqual(probe)
      expect(probeHelp()).toContain(name)
      expect(recipeNamed(name)!.probe).toBe(probe)
      expect(methodFrom(probe.kind, fieldTexts(probe), probe).method).toEqual(probe)
    }
  )
})

describe('options of the command line', () => {
  test('are read by kind, on top of a recipe', () => {
    expect(probeFromFlags('mlp', { hidden: '500,100', dropout: '0.2', 'weight-decay': '0.1' })).toMatchObject({
      kind: 'mlp',
      hidden: [500, 100],
      dropout: 0.2,
      weightDecay: 0.1
    })
    expect(probeFromFlags('linear', { rank: '2,4' }, probePresets.hewittManning2019.probe)).toMatchObject({
      kind: 'structural',
      ranks: [2, 4],
      batch: 20,
      annealing: 0.1
    })
  })

  test.each<[string, Record<string, string>, string]>([
    ['svm', {}, "--probe is 'svm'; it can be linear, mlp, lowRank, mix, knn, structural."],
    ['linear', { hidden: '256' }, "--hidden is not an option of the probe 'linear'; it belongs to mlp, mix."],
    ['mlp', { hidden: '10,10,10' }, '--hidden is 10,10,10; it can have at most 2 values.'],
    ['knn', { k: 'many' }, "--k is 'many'; it must be a whole number from 1 to 1,000."]
  ])('%s %o is refused in a sentence', (kind, values, sentence) => {
    expect(() => probeFromFlags(kind, values)).toThrow(sentence)
  })
})

test('the window says what a field has to be', () => {
  expect(methodFrom('mlp', { hidden: '0', dropout: '0' })).toEqual({
    method: null,
    problem: 'Hidden has to be at most two sizes from 1 to 4,096, as 256 or 500, 500.'
  })
  expect(methodFrom('knn', { k: '', metric: 'cosine' }).problem).toBe('k has to be a whole number from 1 to 1,000.')
  expect(methodFrom('linear', { penalty: 'l2', inverseRegularisation: '0,5' }).method).toMatchObject({
    inverseRegularisation: 0.5
  })
})

describe('a mix', () => {
  const layer = (at: number, accuracy: number): ProbeLayerResult => ({
    layer: at,
    accuracy,
    accuracyInterval: [0, 1],
    macroF1: 0,
    macroF1Interval: [0, 1],
    perClass: [],
    iterations: 1,
    converged: true,
    loss: 0,
    mix: { weights: [0.5, 0.25, 0.25].slice(0, at + 1), gamma: 1 }
  })

  test('its centre of gravity and expected layer, worked out by hand', () => {
    // Weights 1/2, 1/4, 1/4 over layers 0, 1, 2: 3/4. Added: 0.2 by layer 1 and 0.1 by layer 2: (0.2 + 2 * 0.1) / 0.3.
    const result = { layers: [layer(0, 0.6), layer(1, 0.8), layer(2, 0.9)] }
    expect(mixSummary(result)!.centreOfGravity).toBeCloseTo(0.75, 12)
    expect(mixSummary(result)!.expectedLayer).toBeCloseTo(4 / 3, 12)
    expect(differentialScores(result)!.get(2)).toBeCloseTo(0.1, 12)
  })

  test('says no expected layer where layers between were left out', () => {
    expect(mixSummary({ layers: [layer(0, 0.6), layer(2, 0.9)] })).toEqual({ centreOfGravity: 0.75 })
  })
})
