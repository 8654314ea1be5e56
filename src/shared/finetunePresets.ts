import { defaultAdaptation } from './adaptMethods'
import type { FinetuneOptions } from './finetuneRequests'
import type { ReferenceKey } from './references'

/** A published recipe, as close as Layerscope comes to it; docs/training.md lists the differences. */
export interface FinetunePreset {
  title: string
  /** Where it was published, and what it sets. */
  source: string
  options: Partial<FinetuneOptions>
  cites: ReferenceKey
}

/** Devlin et al. (2019), section 4.1. */
const bert = {
  method: defaultAdaptation('full'),
  learningRate: 2e-5,
  headLearningRate: 2e-5,
  epochs: 3,
  batch: 32,
  schedule: 'linear',
  warmup: 0.1,
  weightDecay: 0.01,
  dropout: 0.1
} as const satisfies FinetunePreset['options']

export const finetunePresets = {
  ulmfit: {
    title: 'ULMFiT',
    source:
      'Howard & Ruder 2018: the language model on the same text first, then gradual unfreezing with slanted ' +
      'triangular rates that fall by 2.6 a layer',
    options: {
      method: { ...defaultAdaptation('gradual'), blocksAnEpoch: 1 },
      layerDecay: 2.6,
      schedule: 'slanted',
      warmup: 0.1,
      before: { kind: 'language model', epochs: 1, learningRate: 5e-5 }
    },
    cites: 'howardRuder2018'
  },
  devlin2019: {
    title: 'BERT',
    source: 'Devlin et al. 2019: everything for 3 epochs in batches of 32 at 2e-5, warmed up over a tenth of them',
    options: bert,
    cites: 'devlin2019'
  },
  houlsby2019: {
    title: 'Houlsby 2019',
    source: 'Houlsby et al. 2019: two adapters of 64 in every block and the norms, in batches of 32',
    options: { method: { ...defaultAdaptation('adapters'), size: 64 }, batch: 32, schedule: 'linear', warmup: 0.1 },
    cites: 'houlsby2019'
  },
  peters2019: {
    title: 'Peters 2019, features',
    source: 'Peters, Ruder & Smith 2019: a head on a learned mix of all layers of the unchanged model',
    options: { method: { ...defaultAdaptation('features'), reads: 'mix' } },
    cites: 'peters2019'
  },
  phang2018: {
    title: 'STILTs',
    source:
      'Phang et al. 2018: as BERT, after another task with more data, which you name (on the command line by ' +
      '--before-task)',
    options: bert,
    cites: 'phang2018'
  },
  chronopoulou2019: {
    title: 'Chronopoulou 2019',
    source:
      'Chronopoulou et al. 2019: the language model on the same sentences beside the task, its weight falling ' +
      'exponentially from 0.2',
    options: {
      method: defaultAdaptation('full'),
      beside: { kind: 'language model', weight: 0.2, annealed: true }
    },
    cites: 'chronopoulou2019'
  },
  liu2019: {
    title: 'MT-DNN',
    source:
      'Liu et al. 2019: 5 epochs in batches of 32 at 5e-5, with a further task that you name (on the command line by ' +
      '--beside-task, with --beside-sampling proportional)',
    options: {
      method: defaultAdaptation('full'),
      learningRate: 5e-5,
      headLearningRate: 5e-5,
      epochs: 5,
      batch: 32,
      schedule: 'linear',
      warmup: 0.1,
      clip: 1,
      dropout: 0.1
    },
    cites: 'liu2019mtdnn'
  },
  xie2020: {
    title: 'UDA',
    source:
      'Xie et al. 2020: as BERT, with consistency of the answers where 15 % of the words are replaced by others; ' +
      'their sentences without labels are given on the command line by --unlabelled',
    options: { ...bert, beside: { kind: 'consistency', weight: 1, change: 'replace', share: 0.15 } },
    cites: 'xie2020'
  },
  felbo2017: {
    title: 'Chain-thaw',
    source: 'Felbo et al. 2017: the head, then each layer by itself, then everything',
    options: { method: defaultAdaptation('chainThaw'), optimizer: 'Adam' },
    cites: 'felbo2017'
  },
  tang2019: {
    title: 'Tang 2019',
    source:
      'Tang et al. 2019: the scores of the open model, which has a head, learned by a BiLSTM of one layer, by ' +
      'Adadelta in batches of 50; its word vectors are given on the command line by --vectors',
    options: {
      method: defaultAdaptation('bilstm'),
      optimizer: 'Adadelta',
      headLearningRate: 1,
      schedule: 'constant',
      weightDecay: 0,
      clip: null,
      batch: 50,
      epochs: 30,
      patience: 5
    },
    cites: 'tang2019'
  },
  hu2022: {
    title: 'LoRA',
    source: 'Hu et al. 2022: changes of rank 8 of queries and values',
    options: { method: defaultAdaptation('lora') },
    cites: 'hu2022'
  },
  benZaken2022: {
    title: 'BitFit',
    source: 'Ben Zaken et al. 2022: biases alone',
    options: { method: defaultAdaptation('bitfit') },
    cites: 'benZaken2022'
  }
} as const satisfies Record<string, FinetunePreset>

export type FinetunePresetName = keyof typeof finetunePresets
export const finetunePresetNames = Object.keys(finetunePresets) as FinetunePresetName[]
