import { resolve } from 'node:path'
import { defineCommand } from '../commandLine/command'
import { output, required, text } from '../commandLine/option'
import { casesIn } from '../engine/models/parity'
import { hasTrainingCase, runCase } from '../engine/training/trainingCases'
import { compareCases } from './compareCases'

export const finetuneCommand = defineCommand({
  name: 'finetune',
  description: 'Trains as recipes say and compares every step with what PyTorch computed.',
  options: {
    cases: required(text('FOLDER', 'a folder with recipe.json and expected.safetensors, or a folder of such folders')),
    json: output('OUT', 'write all distances; OUT - writes them to standard output instead of the table')
  },
  notes: `Prints for each case how far losses, gradient norms, final parameters and predictions are from PyTorch's, in
parts of the case's tolerance (1 is the limit), and ok or FAIL. docs/training.md describes recipes and methods.`,
  examples: ['layerscope finetune --cases test/fixtures/training'],
  exitCodes: 'Exits with 1 if a case is out of its tolerance.',
  run: ({ values, report }) =>
    compareCases(
      {
        cases: casesIn(resolve(values.cases), hasTrainingCase, 'recipe.json and expected.safetensors'),
        columns: ['losses', 'gradients', 'parameters', 'predictions'],
        within: 'within their tolerances',
        compare: ({ folder }) => runCase(folder),
        figures: ({ loss, gradientNorm, final, evaluation }) =>
          [loss, gradientNorm, final, evaluation].map((distance) => distance.toFixed(3)),
        blame: ({ worst }) => worst
      },
      values.json,
      report
    )
})
