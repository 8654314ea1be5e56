import type { PretrainOptions } from '@shared/pretrain'
import { number, readNumbers, type TextField } from './adaptSettings'

/** What is typed of a new model; an empty text takes what is usual. */
export type PretrainField =
  'layers' | 'width' | 'heads' | 'window' | 'epochs' | 'batch' | 'learningRate' | 'maxTrain' | 'seed'
export type PretrainTexts = Readonly<Record<PretrainField, string>>

export const pretrainFields: readonly (TextField<PretrainField> & { usual: string })[] = [
  { ...number('layers', 'Layers', 'Blocks of the model', [1, 100], true), usual: '4' },
  { ...number('width', 'Width', 'Numbers of a hidden state', [2, 8192], true), usual: '128' },
  {
    ...number('heads', 'Heads', 'Attention heads of a block, which share the width evenly', [1, 256], true),
    usual: '4'
  },
  { ...number('window', 'Window', 'Tokens of the longest sequence', [4, 8192], true), usual: '128' },
  { ...number('epochs', 'Epochs', 'Passes over the text', [1, 10_000], true), usual: '10' },
  { ...number('batch', 'Batch', 'Sequences of an update', [1, 4096], true), usual: '32' },
  { ...number('learningRate', 'Rate', 'Highest learning rate', [1e-8, 1]), usual: '0.001' },
  { ...number('maxTrain', 'Train on', 'Sentences, drawn with the seed; empty: all', [2, 1e9], true), usual: 'all' },
  { ...number('seed', 'Seed', 'Of the first weights and of all other draws', [0, 4294967295], true), usual: '1' }
]

export const noPretrainTexts: PretrainTexts = {
  layers: '',
  width: '',
  heads: '',
  window: '',
  epochs: '',
  batch: '',
  learningRate: '',
  maxTrain: '',
  seed: ''
}

/** The numbers that are typed, or a sentence about the first that is wrong. */
export function typedPretrain(texts: PretrainTexts): {
  numbers: Partial<Pick<PretrainOptions, PretrainField>>
  problem: string
} {
  const { numbers, problem } = readNumbers(pretrainFields, texts)
  const { width = 128, heads = 4 } = numbers
  return {
    numbers,
    problem: problem || (width % heads === 0 ? '' : `A width of ${width} cannot be shared evenly by ${heads} heads.`)
  }
}
