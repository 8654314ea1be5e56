import { withData, withModel, type Action } from './action'

export const compareActions = {
  'compare.add': { title: 'Compare with another model', words: 'add second model side by side', applies: withData },
  'compare.settings': { title: 'Settings of the comparison', words: 'words pooling split task', applies: withData },
  'compare.missing': { title: 'Run the missing probes', words: 'compare curves models', applies: withData },
  'compare.cka': {
    title: 'Compare layers by similarity',
    words: 'CKA RSA SVCCA representation similar models',
    applies: withData
  },
  'compare.speed': { title: 'Measure the speed of the models', words: 'words a second benchmark', applies: withData },
  'compare.align': { title: 'Align two languages', words: 'Procrustes translation cross-lingual', applies: withData },
  'compare.fullRange': { title: 'Axis of the comparison from 0 to 100 %', words: 'scale range', applies: withData }
} as const satisfies Record<string, Action>

export const adaptActions = {
  'adapt.train': {
    title: 'Train the model on the task',
    words: 'fine-tune adapt LoRA adapters full features',
    applies: withData
  },
  'adapt.stop': { title: 'Stop training and keep what is there', words: 'end fine-tuning', applies: withData },
  'adapt.pause': { title: 'Pause or resume training', words: 'hold continue fine-tuning', applies: withData },
  'adapt.planned': {
    title: 'Layers as the method plans them',
    words: 'schedule freeze unfreeze reset',
    applies: withData
  },
  'adapt.figure': { title: 'Make the figure of methods', words: 'compare methods sizes', applies: withData },
  'adapt.pretrainSetup': {
    title: 'Set up a model trained from scratch',
    words: 'pretrain new language model',
    applies: withData
  },
  'adapt.pretrain': {
    title: 'Train a model from scratch',
    words: 'pretrain new language model',
    after: 'adapt.pretrainSetup',
    applies: withData
  },
  'adapt.openPretrained': { title: 'Open the model trained from scratch', words: 'pretrained', applies: withData },
  'adapt.openAdapted': { title: 'Open the adapted model', words: 'fine-tuned result', applies: withData },
  'adapt.compareBase': {
    title: 'Compare the adapted model with its base',
    words: 'what changed before after fine-tuning difference',
    applies: withData
  },
  'adapt.pairProbes': {
    title: 'Probe the adapted model and its base',
    words: 'before after curves missing probe',
    applies: withData
  }
} as const satisfies Record<string, Action>

export const runActions = {
  'runs.cancel': { title: 'Cancel the run on many machines', words: 'cluster SLURM stop units' },
  'runs.resume': { title: 'Resume the run on many machines', words: 'cluster SLURM continue missing units' },
  'runs.retry': { title: 'Resume the run and its failed units', words: 'cluster SLURM retry again' },
  'runs.collect': { title: 'Collect the results of the run', words: 'cluster SLURM library import' },
  'runs.forget': { title: 'Take the run from the list', words: 'cluster SLURM remove folder' }
} as const satisfies Record<string, Action>

export const resultActions = {
  'results.show': { title: 'Show the chosen result in Probes', words: 'open run', applies: withModel },
  'results.rerun': { title: 'Run the chosen result again', words: 'reproduce repeat' },
  'results.delete': { title: 'Delete the chosen results', words: 'remove' },
  'results.restore': { title: 'Undo the deletion of results', words: 'restore' },
  'results.export': { title: 'Export the chosen results', words: 'csv json latex table' },
  'report.save': { title: 'Save the report', words: 'html figures export share' },
  'report.restore': { title: 'Undo taking a figure out of the report', words: 'restore' },
  'results.copyMethods': { title: 'Copy the methods paragraph', words: 'paper text describe' }
} as const satisfies Record<string, Action>
