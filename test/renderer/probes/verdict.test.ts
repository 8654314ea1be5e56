import type { ProbeResult } from '@shared/probe'
import { defaultMethod } from '@shared/probeMethods'
import { controlNames, type ProbeTests } from '@shared/signal'
import { describe, expect, it } from 'vitest'
import { bestLayer } from '@/plots/probeMeasures'
import { comparison, verdictOf } from '@/modules/probes/verdict'
import { layerList, points } from '@/plots/format'
import { labelLayer, probeResult, uposClasses } from './fixture'

const upos = probeResult('upos')
const deprel = probeResult('deprel')
/** As it is read: thin spaces are spaces. */
const plain = (text: string | null | undefined) => (text ?? '').replaceAll('\u202f', ' ')
const all = (...texts: Parameters<typeof verdictOf>) => {
  const verdict = verdictOf(...texts)
  return plain([verdict?.headline, ...(verdict?.details ?? [])].join(' '))
}

const weights = [0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1]
const mix = probeResult('upos', {
  id: 'mix',
  options: { ...upos.options, probe: defaultMethod('mix') },
  layers: upos.layers.map((layer) => ({ ...layer, mix: { weights: weights.slice(0, layer.layer + 1), gamma: 1 } }))
})
/** A structural probe whose best UUAS is `best`, at layer 2, where the linear chain has 40.3 %. */
function chain(best: number): ProbeResult {
  const score = (value: number) => ({ value, interval: [value - 0.01, value + 0.01] as [number, number] })
  return probeResult('upos', {
    task: { id: 'tree', title: 'Dependency tree', unit: 'token' },
    options: { ...upos.options, probe: defaultMethod('structural') },
    majority: { label: 'next word', accuracy: 0.403, macroF1: 0.403 },
    layers: upos.layers.map(({ control: _control, ...layer }) => {
      const uuas = score(layer.layer === 2 ? best : best - 0.1)
      return {
        ...layer,
        accuracy: uuas.value,
        structure: { uuas, dspr: score(0.4), root: score(0.4), nspr: score(0.4) }
      }
    })
  })
}

describe('the finding in words', () => {
  it('of test items of one sentence has no interval, and says why', () => {
    const alone = probeResult('upos', {
      clusters: { by: 'sentence', count: 1 },
      layers: upos.layers.map((layer) => ({ ...layer, accuracyInterval: null, macroF1Interval: null }))
    })
    const text = all(alone, 'accuracy')
    expect(text).toMatch(/^UPOS is decoded best at layer 2: 92\.8 %, trained on dev\./)
    expect(text).toContain('not distinguishable from each word’s most frequent label')
    expect(text).toContain('No interval is given: all that was tested is of one sentence, and intervals need several.')
    expect(text).not.toContain('intervals overlap')
  })

  it('names the best layer with its interval, its baselines and its selectivity', () => {
    expect(all(upos, 'accuracy')).toBe(
      'UPOS is decoded best at layer 2: 92.8 % (95 % interval 92.5–93.2 %), trained on dev. That is 76 points above ' +
        'always predicting NOUN (16.4 %) and ' +
        '8.2 points above each word’s most frequent label (84.6 %). Selectivity 23.7 points. Layers 2 and 3 are ' +
        'not distinguishable: their intervals overlap.'
    )
  })
  it('follows the data: other numbers, other words', () => {
    const other = probeResult('upos', {
      layers: upos.layers.map((layer) =>
        layer.layer === 5 ? { ...layer, accuracy: 0.97, accuracyInterval: [0.968, 0.972] } : layer
      )
    })
    expect(all(other, 'accuracy')).toContain('layer 5: 97.0 % (95 % interval 96.8–97.2 %)')
    expect(all(other, 'accuracy')).not.toContain('distinguishable')
  })
  it('does not claim a difference from a baseline inside the interval', () => {
    const level = probeResult('upos', { memoriser: { accuracy: 0.928, macroF1: 0.8 } })
    expect(all(level, 'accuracy')).toContain('and not distinguishable from each word’s most frequent label (92.8 %)')
  })
  it('names the training part in the headline unless it is the training split', () => {
    const trainedOn = (trainSplit: string): string =>
      verdictOf(probeResult('upos', { dataset: { ...upos.dataset, trainSplit } }), 'accuracy')!.headline
    expect(trainedOn('train')).not.toContain('trained')
    expect(trainedOn('dev')).toMatch(/%\), trained on dev\.$/)
    expect(trainedOn('test')).toMatch(/%\), trained and tested on test\.$/)
  })
  it('says when the probe is below a baseline', () => {
    const below = probeResult('upos', { memoriser: { accuracy: 0.95, macroF1: 0.8 } })
    expect(all(below, 'accuracy')).toContain('2.2 points below each word’s most frequent label (95.0 %)')
  })
  it('says it in the headline, and praises nothing', () => {
    const below = probeResult('upos', { memoriser: { accuracy: 0.95, macroF1: 0.8 } })
    expect(plain(verdictOf(below, 'accuracy')!.headline)).toBe(
      'UPOS stays below each word’s most frequent label (95.0 %): 92.8 % at best, at layer 2 (95 % interval ' +
        '92.5–93.2 %), trained on dev.'
    )
    const level = probeResult('upos', { memoriser: { accuracy: 0.93, macroF1: 0.8 } })
    expect(plain(verdictOf(level, 'accuracy')!.headline)).toMatch(
      /^UPOS does not exceed each word’s most frequent label \(93\.0 %\): 92\.8 % at best/
    )
    expect(plain(verdictOf(chain(0.331), 'uuas')!.headline)).toBe(
      'Dependency tree stays below the linear chain (40.3 %): 33.1 % at best, at layer 2 (95 % interval 32.1–34.1 %), ' +
        'trained on dev.'
    )
    expect(verdictOf(chain(0.331), 'uuas')!.details.join(' ')).not.toContain('linear')
    expect(all(chain(0.5), 'uuas')).toContain('has its best UUAS at layer 2: 50.0 %')
    expect(all(chain(0.5), 'uuas')).toContain('The linear-chain baseline reaches 40.3 %.')
  })
  it('speaks of a mix as a mix, and claims nothing of a single layer', () => {
    expect(plain(verdictOf(mix, 'accuracy')!.headline)).toBe(
      'UPOS is decoded best with a mix of layers 0 to 2: 92.8 % (95 % interval 92.5–93.2 %), trained on dev.'
    )
    expect(all(mix, 'accuracy')).toContain('The mixes that end at layers 2 and 3 are not distinguishable')
    expect(all(mix, 'accuracy')).toContain('In the mix of all layers, layer 3 has the largest weight.')
    expect(all(mix, 'accuracy')).not.toMatch(/at layer 2|peaks/)
    expect(plain(verdictOf(mix, 'mixWeight')!.headline)).toBe(
      'UPOS has the largest mixing weight at layer 3: 0.40, trained on dev.'
    )
  })
  it('speaks of macro-F1 against the baselines’ macro-F1', () => {
    expect(all(upos, 'macroF1')).toContain('(1.7 %)')
    expect(all(upos, 'macroF1')).toContain('(70.1 %)')
  })
  it('speaks of selectivity in points, with accuracy and control', () => {
    const text = all(upos, 'selectivity')
    expect(text).toContain(
      'UPOS is most selective at layer 5: 25.1 points (95 % interval 24.5–25.7 points), trained on dev.'
    )
    expect(text).toContain(
      'Accuracy there is 90.6 %; on random labels by word type, 65.5 %. It is not distinguishable from layers 3 and 4'
    )
  })
  it('has nothing to say of a selectivity that was not measured', () => {
    const bare = probeResult('upos', {
      layers: upos.layers.map(({ control: _c, selectivity: _s, selectivityInterval: _i, ...layer }) => layer)
    })
    expect(verdictOf(bare, 'selectivity')).toBeNull()
    expect(verdictOf(bare, 'accuracy')?.cautions.join(' ')).toContain('without a control task')
  })
  it('tells the spread over the seeds of a run', () => {
    const seeded = probeResult('upos', {
      layers: upos.layers.map((layer) => ({
        ...layer,
        seeds: { accuracy: [0.92, 0.93, 0.94], selectivity: [0.2, 0.2, 0.2] }
      }))
    })
    expect(all(seeded, 'accuracy')).toContain(
      'Over 3 seeds accuracy has a standard deviation of 1.00 points, selectivity one of 0.00 points.'
    )
  })
  it('warns of what makes the numbers doubtful', () => {
    const doubtful = probeResult('upos', {
      testWords: 120,
      layers: upos.layers.map((layer) => ({ ...layer, converged: layer.layer !== 4 }))
    })
    const cautions = verdictOf(doubtful, 'accuracy')!.cautions
    expect(cautions).toEqual([
      'The solver stopped before it converged at layer 4; its figure is a lower bound.',
      'Only 120 test words: the intervals are wide.'
    ])
    expect(verdictOf(upos, 'accuracy')!.cautions).toEqual([])
  })
  it('calls the items of a sentence task sentences', () => {
    const sentences = probeResult('upos', { task: { id: 'intent', title: 'Intent', unit: 'sentence' }, testWords: 90 })
    expect(verdictOf(sentences, 'accuracy')!.cautions.join(' ')).toContain('90 test sentences')
    expect(all(sentences, 'accuracy')).toContain('remembering the sentences seen in training')
  })
  it('does not sell selectivity where no item is seen twice', () => {
    const once = probeResult('upos', { memoriser: { accuracy: 0.164, macroF1: 0.0166 } })
    expect(all(once, 'accuracy')).not.toContain('Selectivity')
    expect(all(once, 'accuracy')).not.toContain('each word’s')
    expect(verdictOf(once, 'accuracy')!.cautions).toEqual([
      'Hardly any test item’s text occurs in training, so a control task cannot be learnt: selectivity says ' +
        'nothing here.'
    ])
  })
  it('tells accuracy on seen and unseen word types apart, each beside the memoriser', () => {
    const types = { seen: 750, unseen: 250, memoriser: { seen: 0.908, unseen: 0.386 }, recur: true }
    const split = probeResult('upos', {
      types,
      layers: upos.layers.map((layer) => ({ ...layer, types: { seen: 0.948, unseen: 0.827 } }))
    })
    expect(all(split, 'accuracy')).toContain(
      'On 75.0 % of the test items, whose word occurs in training, it is 94.8 % (memoriser 90.8 %); on the others ' +
        '82.7 % (38.6 %).'
    )
    const texts = probeResult('upos', { types: { ...types, recur: false } })
    expect(all(texts, 'accuracy')).not.toContain('Selectivity')
    expect(verdictOf(texts, 'selectivity')).toBeNull()
  })
  it('warns where the tested part is unlike its split, as the beginning of a sorted file is', () => {
    const layer = labelLayer('upos', 'UPOS', uposClasses)
    expect(verdictOf(upos, 'accuracy', layer)!.cautions).toEqual([])
    const sorted = probeResult('upos', {
      layers: upos.layers.map((one) => ({
        ...one,
        perClass: one.perClass.map((score, index) => ({ ...score, support: index < 4 ? score.support : 0 }))
      }))
    })
    expect(verdictOf(sorted, 'accuracy', layer)!.cautions).toEqual([
      'The tested beginning of test has a different label distribution from the rest, as in a sorted file. Probe ' +
        'all of it.'
    ])
    const test = { words: 2_000, sentences: 100, documents: null, seed: 1 }
    expect(verdictOf({ ...sorted, drawn: { test } }, 'accuracy', layer)!.cautions).toEqual([])
  })
  it('claims no more than overlap with the best layer shows', () => {
    const flat = (low: number) =>
      probeResult('upos', {
        layers: upos.layers.map((layer, index) => (index < low ? layer : { ...layer, accuracyInterval: [0.8, 0.98] }))
      })
    expect(all(flat(3), 'accuracy')).toContain('It is not distinguishable from layers 3 to 6: their intervals overlap.')
    expect(all(flat(0), 'accuracy')).toContain('No other layer is distinguishable from it')
  })
})

describe('a further task in one clause', () => {
  it('says how much later it peaks where that can be shown', () => {
    expect(plain(comparison(upos, deprel, 'accuracy'))).toBe(
      'Dependency relation peaks one layer later, at layer 3 (78.0 %).'
    )
  })
  it('claims no step between layers that are not distinguishable', () => {
    expect(plain(comparison(deprel, upos, 'accuracy'))).toBe(
      'UPOS peaks at layer 2 (92.8 %), though not distinguishably from layer 3.'
    )
  })
  it('compares no runs that were made differently, and says how they were', () => {
    const elsewhere = probeResult('deprel', { testWords: 2_022 })
    expect(comparison(upos, elsewhere, 'accuracy')).toBe(
      'Dependency relation was probed differently (2,022 test words), so they are not compared.'
    )
    expect(comparison(mix, deprel, 'accuracy')).toBe(
      'Dependency relation was probed differently (linear), so they are not compared.'
    )
    expect(comparison(deprel, mix, 'accuracy')).toBe(
      'UPOS was probed differently (mix, linear), so they are not compared.'
    )
  })
  it('says when both peak at the same layer', () => {
    expect(
      plain(comparison(upos, probeResult('upos', { task: { id: 'xpos', title: 'XPOS', unit: 'token' } }), 'accuracy'))
    ).toBe('XPOS peaks there too, at layer 2 (92.8 %).')
  })
})

it('finds the layers whose interval reaches the best one’s', () => {
  expect(bestLayer(upos, 'accuracy')).toMatchObject({ best: { layer: 2, value: 0.9284 }, level: [3] })
  expect(bestLayer(probeResult('upos', { layers: [] }), 'accuracy')).toBeNull()
})

it('writes lists of layers and differences', () => {
  expect([[2], [3, 2], [4, 1, 2], [1, 2, 3, 4, 5], [0, 2, 3, 4, 6]].map(layerList)).toEqual([
    'layer 2',
    'layers 2 and 3',
    'layers 1, 2 and 4',
    'layers 1 to 5',
    'layers 0, 2 to 4 and 6'
  ])
  expect([0.0123, 0.01, 0.0995, 0.764, -0.05].map(points)).toEqual([
    '1.2 points',
    '1.0 point',
    '10 points',
    '76 points',
    '5.0 points'
  ])
})

describe('with paired tests', () => {
  const test = { words: 25_094, sentences: 2_077, interval: [-0.01, 0.01] as [number, number] }
  const against = (layer: number, corrected: number) => ({
    layer,
    ...test,
    difference: -0.01,
    p: corrected / 6,
    corrected
  })
  const controls = (corrected: number) =>
    controlNames.map((control) => ({ layer: 2, control, ...test, difference: 0.05, p: 0.0001, corrected }))
  const tests = (level: readonly number[], corrected = 0.001): ProbeTests => ({
    runId: upos.id,
    twinRunId: 'twin',
    twin: [],
    best: 2,
    againstBest: [0, 1, 3, 4, 5, 6].map((layer) => against(layer, level.includes(layer) ? 0.3 : 0.0006)),
    controls: controls(corrected),
    missing: [],
    permutations: 9999,
    resamples: 1000,
    seed: 1
  })
  it('they decide which layers differ, not the intervals', () => {
    expect(bestLayer(upos, 'accuracy', tests([]))).toMatchObject({ level: [], tested: true })
    expect(bestLayer(upos, 'accuracy', tests([1, 4]))!.level).toEqual([1, 4])
    // Tests of accuracy say nothing of another measure, nor of another run.
    expect(bestLayer(upos, 'selectivity', tests([1, 4]))!.tested).toBe(false)
    expect(bestLayer(deprel, 'accuracy', tests([]))!.tested).toBe(false)
  })
  it('the finding says so, and what may be claimed', () => {
    expect(all(upos, 'accuracy', null, tests([]))).toContain(
      'Every other layer differs from it (paired tests, corrected).'
    )
    expect(all(upos, 'accuracy', null, tests([3]))).toContain(
      'Layers 2 and 3 are not significantly different (paired tests, corrected).'
    )
    expect(all(upos, 'accuracy', null, tests([1, 3]))).toContain(
      'It is not significantly different from layers 1 and 3 (paired tests, corrected).'
    )
    expect(all(upos, 'accuracy', null, tests([]))).toContain(
      'Signal at layer 2: beside the word type and layer 0 it makes the probe 5.0 points more accurate.'
    )
    expect(all(upos, 'accuracy', null, tests([], 0.2))).toContain(
      'No signal can be claimed at layer 2: beside the word type and layer 0 it makes the probe 5.0 points more ' +
        'accurate, which may be chance.'
    )
    expect(all(upos, 'accuracy', null, tests([], 0.2))).toContain(
      'not distinguishable from each word’s most frequent label'
    )
  })
})
