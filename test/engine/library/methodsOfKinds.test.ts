import { describe, expect, test } from 'vitest'
import type { CurveResult } from '@shared/curve'
import { curveKinds, defaultCurve, type CurveKind } from '@shared/curveSettings'
import type { MinimalPairResult } from '@shared/minimalPairs'
import type { Intervention } from '@shared/intervention'
import { defaultMethod } from '@shared/probeMethods'
import { bibtex, type ReferenceKey } from '@shared/references'
import type { RegressionResult } from '@shared/regression'
import type { ListedResult, ResultKindId } from '@shared/results'
import type { ResultKind } from '../../../src/main/engine/results/kind'
import { resultKinds } from '../../../src/main/engine/results/kinds'

/** The line of the list that belongs to a result. */
const listed: ListedResult = {
  id: 'a',
  kind: 'curve',
  key: null,
  createdAt: '2026-11-20T10:00:00.000Z',
  name: '',
  subject: { model: { id: 'm', name: 'MiniLM' }, data: { id: 'd', name: 'UD English EWT', parts: '' } },
  summary: { method: '', score: null, curve: [], majority: null, items: null, backend: '', seconds: 1 },
  compute: null
}

const base = {
  id: 'a',
  createdAt: '2026-11-20T10:00:00.000Z',
  backend: 'TensorFlow 2.21, native CPU',
  versions: { layerscope: '0.1.0', node: '24.1.0' },
  seconds: 1
}
const software = 'Computed with Layerscope 0.1.0, TensorFlow 2.21, native CPU, Node.js 24.1.0.'

const curve: CurveResult = {
  ...base,
  settings: defaultCurve('size'),
  model: { id: 'm', name: 'MiniLM', layers: 1 },
  dataset: { id: 'd', name: 'UD English EWT', trainSplit: 'train', testSplit: 'test', hashes: {} },
  task: { id: 'upos', title: 'UPOS', unit: 'token' },
  pool: 'first',
  classes: 17,
  layers: [0, 1],
  measure: 'accuracy',
  points: [],
  baselines: [],
  options: {
    probe: defaultMethod('linear'),
    control: true,
    seed: 7,
    maxTrainWords: null,
    maxTestWords: null,
    span: 'mean'
  }
}
const regression: RegressionResult = {
  ...base,
  model: curve.model,
  dataset: { id: 'd', name: 'UD English EWT', trainSplit: 'train', testSplit: 'test', trainHash: '', testHash: '' },
  task: { id: 'tree.depth', title: 'Depth in the tree', unit: 'token' },
  pool: 'mean',
  trainItems: 900,
  testItems: 100,
  memoriser: { r2: 0, pearson: 0, spearman: 0 },
  layers: [],
  alpha: 1,
  options: { seed: 1, maxTrainWords: null, maxTestWords: null }
}
const pairs: MinimalPairResult = {
  ...base,
  model: { id: 'm', name: 'MiniLM' },
  data: 'BLiMP',
  dataHash: '',
  kind: 'masked',
  limit: 10,
  paradigms: [],
  total: { pairs: 670, accuracy: 0.6, interval: [0.5, 0.7] }
}

/** Keys of references as the text names them. */
function cited(text: string): string[] {
  return [...text.matchAll(/\[([a-z]+\d{4}[a-z]*(?:, [a-z]+\d{4}[a-z]*)*)\]/gi)].flatMap((match) =>
    match[1]!.split(', ')
  )
}

describe('how a curve was made', () => {
  test('everything there is to say of one by training size', () => {
    expect(resultKinds.curve.methods(curve, listed)).toBe(
      'We probed all 2 layers of MiniLM, the embeddings (layer 0) included for UPOS on UD English EWT, with 1.6 %, 3.1 %, 6.3 %, 12.5 %, 25 %, 50 %, 100 % of the training sentences, 3 draws of them, each smaller set part of the larger ones. ' +
        "Probes were trained on the part 'train' and tested on 'test', which decided nothing else. A word is represented by the hidden state of its first subword. Features were standardised over the training items. " +
        'The probe is multinomial logistic regression [alainBengio2017] with an L2 penalty (C = 1, as scikit-learn defines it), solved to convergence by preconditioned L-BFGS [liuNocedal1989]. ' +
        'Selectivity is accuracy minus that on a control task, which gives every word type a random label from the distribution of the real ones [hewittLiang2019]. ' +
        `Scores are accuracies; all draws follow the seed 7. ${software}`
    )
  })

  test.each<[CurveKind, CurveResult['options']['probe'], string]>([
    ['hidden', defaultMethod('mlp'), 'with a hidden layer of 0 (a linear probe), 8, 32, 128, 512 units. '],
    [
      'pareto',
      defaultMethod('mlp'),
      'Complexity is memorisation: the same probe was trained on the training labels shuffled over the items, with all ' +
        'passes, and scored on them.'
    ],
    [
      'rank',
      defaultMethod('lowRank'),
      'Each probe is a softmax over a linear map of that rank. It was trained by Adam'
    ],
    ['restarts', defaultMethod('mlp'), 'from 20 random starts. '],
    [
      'languages',
      defaultMethod('linear'),
      'trained on each of en, de and tested on all of them: on 70 % of the sentences, the same places in every ' +
        'part, and on the words of the rest, so that no sentence was tested on whose translation was trained on.'
    ]
  ])('by %s', (kind, probe, sentence) => {
    const text = resultKinds.curve.methods(
      {
        ...curve,
        settings: defaultCurve(kind, ['en', 'de']),
        options: { ...curve.options, probe }
      },
      listed
    )
    expect(text).toContain(sentence)
  })

  test('what it names is in the list of what to cite', () => {
    for (const kind of Object.keys(curveKinds) as CurveKind[])
      for (const probe of [defaultMethod('linear'), defaultMethod('mlp'), defaultMethod('structural')]) {
        const one = { ...curve, settings: defaultCurve(kind, ['en', 'de']), options: { ...curve.options, probe } }
        expect(resultKinds.curve.cites(one, listed)).toEqual(
          expect.arrayContaining(cited(resultKinds.curve.methods(one, listed)))
        )
      }
  })
})

test('how a regression was made', () => {
  const text = resultKinds.regression.methods({ ...regression, clusters: { by: 'document', count: 12 } }, listed)
  expect(text).toBe(
    'A ridge regression [hoerlKennard1970] with alpha 1 over standardised features was trained on every layer of ' +
      'MiniLM to predict depth in the tree, on 900 items of UD English EWT (train), and tested on 100 of test. ' +
      'A word is represented by the mean of its subwords’ hidden states. Features were standardised over the ' +
      'training items. Intervals are 95 % bias-corrected and accelerated bootstrap intervals over 12 documents, ' +
      'expanded for their number [efronTibshirani1993]. ' +
      software
  )
  // Those of earlier versions were percentiles.
  expect(resultKinds.regression.methods(regression, listed)).toContain(
    'Intervals are 95 % percentile intervals by resampling sentences [efronTibshirani1993].'
  )
  expect(resultKinds.regression.cites(regression, listed)).toEqual(expect.arrayContaining(cited(text)))
})

test('parts and values are named as a person names them, not by words of the program', () => {
  const about = (kind: ResultKindId, result: object): string => {
    const { summarise, describe: brief } = resultKinds[kind] as ResultKind<ResultKindId>
    return `${summarise(result as never).method}; ${brief(result as never, listed)}`
  }
  expect(about('patch', { kind: 'resid', tokens: ['a'], restored: { data: [1] } })).toBe(
    'patching of the residual stream, 1 tokens; Patching of the residual stream, 1 places'
  )
  expect(about('scan', { kind: 'mlp', edit: 'Zero', units: [1, 2], measures: [] })).toBe(
    'every MLP, zero, 2 parts; Every MLP, 2 parts, 0 measures'
  )
  expect(about('pruning', { kind: 'block', counts: [0, 1], order: [1, 2] })).toBe(
    '2 layers, 1 steps; Pruning of layers, 2 points'
  )
})

test('how minimal pairs were scored', () => {
  const text = resultKinds.pairs.methods(pairs, listed)
  expect(text).toContain(
    'on BLiMP (the first 10 pairs of each paradigm): the pseudo-log-likelihood, each token masked in turn ' +
      '[salazar2020]. Intervals are Wilson’s, 95 %, over 670 pairs.'
  )
  expect(resultKinds.pairs.cites(pairs, listed)).toEqual(['smilkov2019', 'salazar2020', 'warstadt2020'])
})

test('how minimal pairs were scored with words masked and divided by length', () => {
  const scored = { ...pairs, withinWord: true, length: 'mean' as const }
  const text = resultKinds.pairs.methods(scored, listed)
  expect(text).toContain(
    'each token masked in turn [salazar2020] together with the rest of its word [kaufIvanova2023], divided by the ' +
      'number of tokens [lau2020]. Intervals'
  )
  expect(resultKinds.pairs.cites(scored, listed)).toEqual(expect.arrayContaining(cited(text)))
})

describe('what a method is cited by', () => {
  const stamp = (interventions: readonly Intervention[] = []) => ({
    ...base,
    provenance: {
      request: { interventions },
      backend: { name: 'wasm', title: 'CPU', version: '1', threads: 1 },
      versions: { layerscope: '0.1.0', node: '24.1.0' }
    }
  })
  const erased = (method: 'leace' | 'inlp'): Intervention => ({
    at: 'blocks.1.resid_post',
    edit: { kind: 'zero' },
    fitted: { model: { id: 'm', name: 'MiniLM' }, data: '', split: '', task: '', layer: 2, method, items: 9, rank: 1 }
  })
  const set = { modelName: 'MiniLM', datasetName: 'EWT', split: 'dev', words: 9, sentences: 2, measures: [] }
  const model = { id: 'm', name: 'MiniLM', layers: 2 }
  const cka = { modelA: model, modelB: model, dataset: { id: 'd', name: 'EWT', split: 'dev' }, words: 9 }

  test('what was drawn, by documents where that is known, is said of every kind', () => {
    const drawn = { words: 9, sentences: 2, documents: 1, seed: 3 }
    const draws = (result: object): object => ({
      ...result,
      provenance: { ...stamp().provenance, request: { draw: 3 } }
    })
    const text = (kind: ResultKindId, result: object): string =>
      (resultKinds[kind] as ResultKind<ResultKindId>).methods(result as never, listed)
    expect(text('change', draws({ ...set, movement: [], similarityTokens: 9, drawn }))).toContain(
      "on 9 words in 2 sentences of 'dev' of EWT, of 1 document drawn with seed 3"
    )
    expect(text('cka', draws({ ...cka, estimator: 'biased' }))).toContain(
      'Limits of words were filled at random with seed 3.'
    )
    expect(resultKinds.regression.methods({ ...regression, drawn: { test: drawn } }, listed)).toContain(
      'tested on 100 of test (test words of 1 document drawn with seed 3). '
    )
  })

  test.each<[ResultKindId, object, ReferenceKey[]]>([
    ['cka', { ...stamp(), ...cka, estimator: 'biased' }, ['kornblith2019']],
    ['cka', { ...stamp(), ...cka, estimator: 'debiased' }, ['kornblith2019', 'song2012']],
    ['change', { ...stamp(), ...set, movement: [], similarityTokens: 9 }, ['kornblith2019', 'song2012']],
    ['pruning', { ...stamp(), kind: 'head', measure: { title: 'Loss' }, random: [] }, ['michel2019']],
    ['eraser', { ...stamp(), name: 'e', interventions: [erased('leace')] }, ['belrose2023']],
    ['eraser', { ...stamp(), name: 'e', interventions: [erased('inlp')] }, ['ravfogel2020']],
    ['ablationSet', { ...stamp([erased('leace'), erased('leace')]), ...set }, ['belrose2023']],
    ['sentence', stamp(), []]
  ])('%s: in the paragraph and in BibTeX', (kind, result, expected) => {
    const { methods, cites } = resultKinds[kind] as ResultKind<ResultKindId>
    const text = methods(result as never, listed)
    expect(cited(text).filter((key) => key !== 'efronTibshirani1993')).toEqual(expected)
    expect(cites(result as never, listed)).toEqual(expect.arrayContaining(cited(text)))
  })

  test('entries have what BibTeX needs', () => {
    expect(bibtex(['michel2019'])).toBe(
      '@inproceedings{michel2019,\n' +
        '  author = {Michel, Paul and Levy, Omer and Neubig, Graham},\n' +
        '  title = {Are Sixteen Heads Really Better than One?},\n' +
        '  booktitle = {Advances in Neural Information Processing Systems},\n' +
        '  year = {2019},\n  eprint = {1905.10650},\n  archiveprefix = {arXiv}\n}\n'
    )
  })
})
