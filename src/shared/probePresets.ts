import { defaultMethod, type ProbeMethodOptions } from './probeMethods'
import type { ReferenceKey } from './references'
import type { SpanPooling } from './task'

/** A published probing setup, as close as Layerscope comes to it; docs/probing.md lists the differences. */
export interface ProbePreset {
  title: string
  /** Where it was published. */
  source: string
  probe: ProbeMethodOptions
  control: boolean
  codelength: boolean
  /** How spans are pooled, in tasks of spans and pairs; the mean by default. */
  span?: SpanPooling
  /** The publication. */
  cites: ReferenceKey
}

export type PresetName =
  'liu2019' | 'hewittLiang2019' | 'tenney2019' | 'neuroX' | 'hewittManning2019' | 'voitaTitov2020'

export const probePresets: Record<PresetName, ProbePreset> = {
  liu2019: {
    title: 'Liu 2019',
    source:
      'Liu et al. 2019, Linguistic Knowledge and Transferability of Contextual Representations: a linear ' +
      'softmax, Adam at 0.001, batches of 80, at most 50 passes, patience 3',
    probe: { ...defaultMethod('mlp'), hidden: [], batch: 80, epochs: 50, patience: 3, annealing: 1 },
    control: false,
    codelength: false,
    cites: 'liu2019'
  },
  hewittLiang2019: {
    title: 'Hewitt & Liang 2019',
    source:
      'Hewitt & Liang 2019, Designing and Interpreting Probes with Control Tasks: one hidden layer of 1,000, ' +
      'Adam at 0.001, at most 40 passes, annealing 0.5',
    probe: { ...defaultMethod('mlp'), hidden: [1000], annealing: 0.5, epochs: 40 },
    control: true,
    codelength: false,
    cites: 'hewittLiang2019'
  },
  tenney2019: {
    title: 'Tenney 2019',
    source:
      'Tenney et al. 2019, BERT Rediscovers the Classical NLP Pipeline: a scalar mix below an MLP of 256, ' +
      'Adam at 0.0001, batches of 32, annealing 0.5',
    probe: { ...defaultMethod('mix'), hidden: [256], learningRate: 1e-4, batch: 32 },
    control: false,
    codelength: false,
    span: 'attention',
    cites: 'tenney2019acl'
  },
  neuroX: {
    title: 'NeuroX',
    source: 'Dalvi et al. 2019, NeuroX: a linear probe with an elastic net',
    probe: { ...defaultMethod('linear'), penalty: 'elastic' },
    control: true,
    codelength: false,
    cites: 'dalvi2019'
  },
  hewittManning2019: {
    title: 'Hewitt & Manning 2019',
    source:
      'Hewitt & Manning 2019, A Structural Probe for Finding Syntax in Word Representations, by their code: ' +
      'full rank (up to 1,024), Adam at 0.001, batches of 20 sentences, at most 40 passes, patience 5, annealing ' +
      '0.1. Choose mean pooling of subwords, as they do',
    probe: { ...defaultMethod('structural'), ranks: [1024], patience: 5 },
    control: false,
    codelength: false,
    cites: 'hewittManning2019'
  },
  voitaTitov2020: {
    title: 'Voita & Titov 2020',
    source:
      'Voita & Titov 2020, Information-Theoretic Probing with Minimum Description Length: two hidden layers ' +
      'of 1,000, online codelength',
    probe: { ...defaultMethod('mlp'), hidden: [1000, 1000] },
    control: true,
    codelength: true,
    cites: 'voitaTitov2020'
  }
}
