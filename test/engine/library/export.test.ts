import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ProbeResult } from '@shared/probe'
import { defaultMethod, type ProbeMethodOptions } from '@shared/probeMethods'
import { probePresets } from '@shared/probePresets'
import { bibtex, references, type ReferenceKey } from '@shared/references'
import { recipeOf } from '../../../src/main/engine/results/recipes'
import { exportResults } from '../../../src/main/engine/results/export/exportResults'
import { escapeLatex } from '../../../src/main/engine/results/export/latex'
import { probeCitations, probeMethodsText } from '../../../src/main/engine/results/export/probeMethodsText'
import { ResultLibrary } from '../../../src/main/engine/results/resultLibrary'
import { probeRun, withControls } from './probeRun'

let folder = ''
let library: ResultLibrary
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-export-'))
  library = new ResultLibrary(folder)
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('LaTeX', () => {
  test('a table of the best layers; what is the same everywhere is in the caption', () => {
    library.save(
      'probe',
      withControls(probeRun('a', defaultMethod('linear'), { model: { id: 'm', name: 'my_model & co', layers: 1 } })),
      {},
      { name: '100 % sure' }
    )
    library.save('probe', probeRun('b', { ...defaultMethod('mlp'), hidden: [50] }))
    expect(exportResults(library, ['a', 'b'], 'latex')).toBe(
      [
        '% needs \\usepackage{booktabs}',
        '\\begin{table}',
        '  \\centering',
        '  \\caption{Best layer of each result (Data: UD English EWT; Task: UPOS). Scores are percent. Intervals ' +
          'are 95\\,\\% intervals.}',
        '  \\begin{tabular}{lllrrrrrrrr}',
        '    \\toprule',
        '    Name & Model & Probe & Layer & Accuracy & 95 \\% interval & Control & Selectivity & Codelength ' +
          '(kbit) & Majority & n \\\\',
        '    \\midrule',
        '    100 \\% sure & my\\_model \\& co & linear & 1 & 90.00 & 70.00--95.00 & 60.00 & 30.00 & 12.3 & 50.00 ' +
          '& 1200 \\\\',
        '     & MiniLM & MLP 50 & 1 & 90.00 & 70.00--95.00 &  &  &  & 50.00 & 1200 \\\\',
        '    \\bottomrule',
        '  \\end{tabular}',
        '\\end{table}',
        ''
      ].join('\n')
    )
  })

  test('a scalar mix is the best of no layer', () => {
    library.save('probe', probeRun('a', defaultMethod('mix')))
    const table = exportResults(library, ['a'], 'latex')
    expect(table).toContain('\\caption{Best layer, or mix of layers, of each result.')
    expect(table).toContain(' & mix, linear & 0 to 1, mixed & 90.00 & ')
  })

  test('its special characters are escaped, and nothing else', () => {
    expect(escapeLatex('a\\b {c} $1 & #2 50% x_y ^ ~ <tag> "q" |')).toBe(
      'a\\textbackslash{}b \\{c\\} \\$1 \\& \\#2 50\\% x\\_y \\textasciicircum{} \\textasciitilde{} ' +
        '\\textless{}tag\\textgreater{} \\textquotedbl{}q\\textquotedbl{} \\textbar{}'
    )
    expect(escapeLatex('Präposition (1.5), ünï')).toBe('Präposition (1.5), ünï')
  })
})

test('CSV has one row a result and layer, numbers in full, fields quoted where needed', () => {
  const run = withControls(probeRun('a'))
  const layers = run.layers.map((layer) => ({
    ...layer,
    types: { seen: 0.75, unseen: null },
    conditional: { accuracy: 0.8125, baseline: 0.75, bits: 1, baselineBits: 1.25, items: 500 }
  }))
  library.save('probe', { ...run, layers }, {}, { name: 'first, "best"' })
  expect(exportResults(library, ['a'], 'csv').split('\r\n')).toEqual([
    'id,name,created,kind,model,dataset,parts,task,method,measure,layer,value,low,high,control,selectivity,' +
      'seen_types,unseen_types,conditional,conditional_bits,codelength_bits,majority,items,backend',
    'a,"first, ""best""",2026-11-20T10:00:00.000Z,probe,MiniLM,UD English EWT,train to test,upos,linear,accuracy,' +
      '0,0.8,0.7,0.95,0.6,0.20000000000000007,0.75,,0.0625,0.25,12345,0.5,1200,"TensorFlow 2.21, native CPU"',
    'a,"first, ""best""",2026-11-20T10:00:00.000Z,probe,MiniLM,UD English EWT,train to test,upos,linear,accuracy,' +
      '1,0.9,0.7,0.95,0.6,0.30000000000000004,0.75,,0.0625,0.25,12345,0.5,1200,"TensorFlow 2.21, native CPU"',
    ''
  ])
})

test('JSON holds the whole result beside its name', () => {
  library.save('probe', probeRun('a'), {}, { name: 'mine' })
  expect(JSON.parse(exportResults(library, ['a'], 'json'))).toEqual([
    expect.objectContaining({ id: 'a', name: 'mine', result: probeRun('a') })
  ])
})

describe('methods paragraph', () => {
  test('says everything there is to say of a linear run', () => {
    expect(probeMethodsText(withControls(probeRun('a')))).toBe(
      "We probed MiniLM (one layer) for UPOS (2 classes) on UD English EWT. For all 2 layers, the embeddings (layer 0) included, one probe was trained on 12,000 words of the part 'train' and tested on 1,200 words in 90 sentences of 'test'; " +
        'the test part decided nothing else. A word is represented by the hidden state of its first subword. Features were standardised over the training items. ' +
        'The probe is multinomial logistic regression [alainBengio2017] with an L2 penalty (C = 1, as scikit-learn defines it), solved to convergence by preconditioned L-BFGS [liuNocedal1989]. ' +
        "Baselines are the most frequent training label (50 %) and each word type's most frequent label (62.5 %). " +
        'Selectivity is accuracy minus that on a control task, which gives every word type a random label from the distribution of the real ones [hewittLiang2019]. ' +
        'Online description length was computed with the time steps of [voitaTitov2020]. ' +
        'Intervals are 95 % percentile intervals of 1,000 bootstrap resamples of whole test sentences [efronTibshirani1993]. All draws follow the seed 7. ' +
        'Computed with Layerscope (an earlier version), TensorFlow 2.21, native CPU, Node.js 24.1.0.'
    )
  })

  const training =
    'It was trained by Adam [kingmaBa2015] (learning rate 0.001) in batches of 256 items for at most 40 passes; ' +
    '10 % of the training sentences were held out: after a pass without gain on them the learning rate was ' +
    'multiplied by 0.5, and after 4 such passes in a row training ended.'
  test.each<[string, ProbeMethodOptions, string, ReferenceKey[]]>([
    [
      'linear L1',
      { ...defaultMethod('linear'), penalty: 'l1', inverseRegularisation: 0.1 },
      'with an L1 penalty (C = 0.1, as scikit-learn defines it), solved by FISTA [beckTeboulle2009].',
      ['alainBengio2017', 'beckTeboulle2009']
    ],
    [
      'elastic net',
      { ...defaultMethod('linear'), penalty: 'elastic' },
      'with an elastic net [zouHastie2005] (L1 share 0.5) (C = 1',
      ['zouHastie2005', 'dalvi2019']
    ],
    [
      'mlp',
      { ...defaultMethod('mlp'), hidden: [256], dropout: 0.2 },
      `The probe is a multi-layer perceptron with one hidden layer of 256 rectified units and dropout 0.2. ${training}`,
      ['kingmaBa2015']
    ],
    [
      'mlp of two',
      { ...defaultMethod('mlp'), hidden: [100, 50] },
      'with hidden layers of 100 and 50 rectified units.',
      ['kingmaBa2015']
    ],
    [
      'mlp of none',
      { ...defaultMethod('mlp'), hidden: [] },
      `The probe is a softmax over a linear map. ${training}`,
      ['kingmaBa2015']
    ],
    [
      'lowRank',
      { ...defaultMethod('lowRank'), ranks: [2, 8] },
      'The probe is a softmax over a linear map of rank 8, chosen in advance; ranks 2, 8 were trained as well. It ' +
        'was trained by Adam',
      ['kingmaBa2015']
    ],
    [
      'mix',
      defaultMethod('mix'),
      'The probe reads a learned scalar mix of the layers up to each layer [peters2018, tenney2019acl], through a ' +
        'linear map. It was trained by Adam',
      ['peters2018', 'tenney2019acl']
    ],
    [
      'knn',
      { ...defaultMethod('knn'), k: 3, metric: 'cosine' },
      'The probe is a vote of the 3 nearest training items by cosine distance [coverHart1967].',
      ['coverHart1967']
    ],
    [
      'structural',
      { ...defaultMethod('structural'), heldOut: 0 },
      'in batches of 20 sentences for at most 40 passes; no training sentences were held out.',
      ['hewittManning2019', 'kingmaBa2015']
    ]
  ])('%s', (_name, probe, sentence, cited) => {
    const result = probeRun('a', probe)
    expect(probeMethodsText(result)).toContain(sentence)
    expect(probeCitations(result)).toEqual(expect.arrayContaining(cited))
  })

  test('the variational code is cited with its probe and its approximation', () => {
    const { options, ...run } = probeRun('a')
    const result = { ...run, options: { ...options, codelength: 'variational' as const } }
    expect(probeMethodsText(result)).toContain('by the variational code [voitaTitov2020]')
    expect(probeMethodsText(result)).not.toContain('Online')
    expect(probeCitations(result)).toEqual(expect.arrayContaining(['louizos2017', 'molchanov2017', 'voitaTitov2020']))
  })

  test.each(Object.entries(probePresets))('a run by the recipe %s cites it', (name, { probe }) => {
    const sources: Record<string, ReferenceKey> = {
      liu2019: 'liu2019',
      hewittLiang2019: 'hewittLiang2019',
      tenney2019: 'tenney2019acl',
      neuroX: 'dalvi2019',
      hewittManning2019: 'hewittManning2019',
      voitaTitov2020: 'voitaTitov2020'
    }
    expect(probeCitations(probeRun('a', probe))).toContain(sources[name])
  })

  test('what is cited in the text is in the list of what to cite', () => {
    for (const probe of [
      defaultMethod('linear'),
      defaultMethod('mix'),
      defaultMethod('structural'),
      defaultMethod('knn')
    ]) {
      const result = withControls(probeRun('a', probe))
      const cited = [...probeMethodsText(result).matchAll(/\[([a-z]+\d{4}[a-z]*(?:, [a-z]+\d{4}[a-z]*)*)\]/gi)].flatMap(
        (match) => match[1]!.split(', ')
      )
      expect(cited.length).toBeGreaterThan(3)
      expect(probeCitations(result)).toEqual(expect.arrayContaining(cited))
    }
  })

  test('of a cross-validation, its folds and what each chose', () => {
    const run = probeRun('a')
    const tuning = (chosen: number) => ({
      heldOutSentences: 90,
      heldOutItems: 900,
      folds: 5,
      tried: [0.1, 1].map((value) => ({ setting: { inverseRegularisation: value }, accuracy: [0.8, 0.9] })),
      chosen: { inverseRegularisation: chosen }
    })
    const fold = { trainItems: 600, testItems: 300, accuracy: [0.8, 0.9] }
    const result: ProbeResult = {
      ...run,
      options: {
        ...run.options,
        tuning: tuning(1),
        folds: {
          by: 'document',
          inner: 5,
          folds: [
            { ...fold, tuning: tuning(0.1) },
            { ...fold, tuning: tuning(1) }
          ]
        }
      }
    }
    const text = probeMethodsText(result)
    expect(text).toContain('divided into 2 folds of whole documents: each fold was predicted by a probe trained on the')
    expect(text).toContain(
      'In each fold, options were chosen (C from 0.1, 1) by the mean accuracy of the layers in 5 inner folds of its ' +
        'training part (nested cross-validation) [varmaSimon2006]; chosen were C = 0.1; C = 1, and of all items C = 1.'
    )
    expect(text).toContain('They take the pooled predictions as they are, not the draw of the folds.')
    expect(probeCitations(result)).toEqual(expect.arrayContaining(['stone1974', 'varmaSimon2006']))
    const plain = probeMethodsText({ ...run, options: { ...run.options, tuning: tuning(1) } })
    expect(plain).toContain(
      'C = 1 was chosen (C from 0.1, 1) by the mean accuracy of the layers on 90 training sentences (900 items) held ' +
        'out from those probes.'
    )
  })

  test('what did not converge, was left out or was repeated is reported', () => {
    const run = probeRun('a')
    run.layers[1]!.converged = false
    const text = probeMethodsText({
      ...run,
      coverage: { train: { words: 100, missing: 3 }, test: { words: 10, missing: 1 } },
      options: { ...run.options, restarts: 5, seeds: 4 }
    })
    expect(text).toContain('4 words without a vector were left out.')
    expect(text).toContain('Training had not converged on layer 1.')
    expect(text).toContain('Each probe was trained from 5 random starts; the first is scored in full.')
    expect(text).toContain('Everything was repeated with 4 seeds; the first is scored in full.')
  })
})

describe('BibTeX', () => {
  test('every entry has author, title and year, balanced braces and a place of publication', () => {
    for (const [key, { type, fields }] of Object.entries(references) as [
      string,
      { type: string; fields: Record<string, string> }
    ][]) {
      expect(fields, key).toMatchObject({
        author: expect.any(String),
        title: expect.any(String),
        year: expect.stringMatching(/^\d{4}$/)
      })
      expect(key).toContain(fields.year)
      expect(fields.journal ?? fields.booktitle ?? fields.publisher, key).toBeTruthy()
      expect(type === 'article' ? fields.journal : 'none', key).toBeTruthy()
      for (const value of Object.values(fields))
        expect(value.split('{').length, `${key}: ${value}`).toBe(value.split('}').length)
    }
  })

  test('each once, in order', () => {
    expect(bibtex(['kingmaBa2015', 'coverHart1967', 'kingmaBa2015'])).toBe(
      '@article{coverHart1967,\n  author = {Cover, Thomas M. and Hart, Peter E.},\n' +
        '  title = {Nearest neighbor pattern classification},\n' +
        '  journal = {IEEE Transactions on Information Theory},\n  year = {1967},\n' +
        '  volume = {13},\n  pages = {21--27},\n  doi = {10.1109/TIT.1967.1053964}\n}\n\n' +
        '@inproceedings{kingmaBa2015,\n  author = {Kingma, Diederik P. and Ba, Jimmy},\n' +
        '  title = {{Adam}: A Method for Stochastic Optimization},\n' +
        '  booktitle = {International Conference on Learning Representations},\n  year = {2015},\n' +
        '  eprint = {1412.6980},\n  archiveprefix = {arXiv}\n}\n'
    )
  })

  test('of several results together', () => {
    library.save('probe', probeRun('a'))
    library.save('probe', probeRun('b', defaultMethod('knn')))
    const text = exportResults(library, ['a', 'b'], 'bibtex')
    expect([...text.matchAll(/^@\w+\{(\w+),/gm)].map((match) => match[1])).toEqual([
      'alainBengio2017',
      'coverHart1967',
      'efronTibshirani1993',
      'liuNocedal1989',
      'marneffe2021',
      'silveira2014',
      'smilkov2019'
    ])
  })
})

test('the methods of a result by an earlier recipe say so, those of a new one do not', () => {
  library.save('probe', probeRun('a'))
  library.save('probe', { ...probeRun('b'), recipe: recipeOf('probe') })
  const sentence = 'It was run by an earlier recipe'
  expect(exportResults(library, ['a'], 'methods')).toContain(sentence)
  expect(exportResults(library, ['b'], 'methods')).not.toContain(sentence)
})
