import { resolve } from 'node:path'
import { isUserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { output, required, text } from '../commandLine/option'
import { pickBackend } from '../engine/backends/pick'
import { casesIn } from '../engine/models/parity'
import { hasTrainingCase, runCase, type CaseResult } from '../engine/training/trainingCases'

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
  async run({ values, report }) {
    const cases = casesIn(resolve(values.cases), hasTrainingCase, 'recipe.json and expected.safetensors')
    const backend = await pickBackend()
    const nameWidth = Math.max(4, ...cases.map(({ name }) => name.length))
    const print = (name: string, columns: readonly string[], verdict: string): void => {
      const line = `${name.padEnd(nameWidth)}  ${columns.map((column) => column.padStart(13)).join('')}  ${verdict}\n`
      if (values.json !== '-') process.stdout.write(line)
    }
    print('case', ['losses', 'gradients', 'parameters', 'predictions'], '')
    const outcomes: ({ name: string } & (CaseResult | { ok: false; error: string }))[] = []
    for (const { name, folder } of cases) {
      try {
        const result = await runCase(folder)
        outcomes.push({ name, ...result })
        const { loss, gradientNorm, final, evaluation } = result
        const columns = [loss, gradientNorm, final, evaluation].map((distance) => distance.toFixed(3))
        print(name, columns, result.ok ? 'ok' : `FAIL: ${result.worst}`)
      } catch (error) {
        if (!isUserError(error)) throw error
        outcomes.push({ name, ok: false, error: error.message })
        print(name, ['', '', '', ''], `FAIL: ${error.message}`)
      }
    }
    const agreeing = outcomes.filter(({ ok }) => ok).length
    report.result(
      values.json,
      { cases: outcomes, agreeing, backend },
      () => `${agreeing} of ${cases.length} agree with PyTorch within their tolerances; ${backend.title}.\n`
    )
    return agreeing === cases.length ? 0 : 1
  }
})
