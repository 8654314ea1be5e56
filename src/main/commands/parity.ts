import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { isUserError, UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { flag, output, text } from '../commandLine/option'
import { pickBackend } from '../engine/backends/pick'
import { resolveModel } from '../engine/hub/resolveModel'
import { loadModel } from '../engine/models/loadModel'
import {
  casesIn,
  compareWithReference,
  parityCases,
  parityTolerance,
  type ParityCase,
  type ParityResult
} from '../engine/models/parity'
import {
  compareGradients,
  hasGradients,
  modelOfGradients,
  type GradientParity
} from '../engine/training/gradientParity'

export const parityCommand = defineCommand({
  name: 'parity',
  description: 'Compares hidden states, attention maps, logits or gradients with values that PyTorch computed.',
  arguments: [
    {
      name: 'FOLDER',
      description:
        'a folder with config.json, model.safetensors, inputs.json and expected.safetensors, or a folder of ' +
        'such folders',
      missing: 'Name the folder with the reference: layerscope parity FOLDER.'
    }
  ],
  options: {
    model: text(
      'DIR',
      'the checkpoint, if it is elsewhere, or the name of a model in the cache; for a folder of folders, ' +
        "the folder that has a checkpoint of each one's name"
    ),
    gradients: flag('compare the gradient of a loss with respect to every parameter and hidden state'),
    models: text(
      'DIR',
      "with --gradients: a folder with a checkpoint of each case's name; otherwise ../parity beside it"
    ),
    json: output('OUT', 'write all differences; OUT - writes them to standard output instead of the table')
  },
  notes: `Prints for each case the largest absolute differences and ok or FAIL.
docs/parity.md says how to make the files for your own checkpoint.`,
  examples: [
    'layerscope parity test/fixtures/parity',
    'layerscope parity references/my-model --model ~/models/my-model',
    'layerscope parity test/fixtures/gradients --gradients'
  ],
  exitCodes: `Exits with 1 if a difference is larger than ${parityTolerance}, or a gradient is out of its tolerance.`,
  async run({ values, arguments: [folder], report }) {
    if (values.models !== undefined && !values.gradients)
      throw new UserError('--models belongs to --gradients; --model names the checkpoint of hidden states and logits.')
    if (values.model !== undefined && values.gradients)
      throw new UserError('With --gradients, --models names the folder with the checkpoints.')
    const comparison: Comparison = values.gradients ? gradients(values.models) : outputs(values.model)
    const cases = comparison.cases(resolve(folder!))
    const backend = await pickBackend()
    const nameWidth = Math.max(4, ...cases.map(({ name }) => name.length))
    const asTable = values.json !== '-'
    const print = (name: string, columns: readonly string[], verdict: string): void => {
      const line = `${name.padEnd(nameWidth)}  ${columns.map((column) => column.padStart(13)).join('')}  ${verdict}\n`
      if (asTable) process.stdout.write(line)
    }
    print('case', comparison.columns, '')
    const outcomes: ParityOutcome[] = []
    for (const one of cases) {
      try {
        const { columns, result } = await comparison.compare(one)
        outcomes.push({ name: one.name, ...result })
        print(one.name, columns, result.ok ? 'ok' : 'FAIL')
      } catch (error) {
        if (!isUserError(error)) throw error
        outcomes.push({ name: one.name, ok: false, error: error.message })
        print(
          one.name,
          comparison.columns.map(() => ''),
          `FAIL: ${error.message}`
        )
      }
    }
    const agreeing = outcomes.filter(({ ok }) => ok).length
    report.result(
      values.json,
      { cases: outcomes, agreeing, ...comparison.tolerance, backend },
      () => `${agreeing} of ${cases.length} agree with PyTorch ${comparison.within}; ${backend.title}.\n`
    )
    return agreeing === cases.length ? 0 : 1
  }
})

/** What is compared with PyTorch's values. */
interface Comparison {
  columns: readonly string[]
  /** Of the summary: "agree with PyTorch ..." */
  within: string
  tolerance: { tolerance?: number }
  /** @throws UserError where the folder has none */
  cases(folder: string): ParityCase[]
  compare(one: ParityCase): Promise<{ columns: readonly string[]; result: ParityResult | GradientParity }>
}

function outputs(model: string | undefined): Comparison {
  return {
    columns: ['hidden states', 'attentions', 'logits'],
    within: `within ${parityTolerance}`,
    tolerance: { tolerance: parityTolerance },
    cases: parityCases,
    async compare({ folder }) {
      const result = await compareOutputs(checkpointOf(folder, model), folder)
      return { columns: [result.hiddenStates, result.attentions, result.logits].map(exponential), result }
    }
  }
}

function gradients(models: string | undefined): Comparison {
  return {
    columns: ['loss', 'parameters', 'hidden states'],
    within: 'within the tolerance of gradients (docs/parity.md); their columns are in parts of it',
    tolerance: {},
    cases: (folder) => casesIn(folder, hasGradients, 'inputs.json, given, expected and gradients.safetensors'),
    async compare({ folder }) {
      const model = modelOfGradients(folder, models === undefined ? undefined : resolve(resolveModel(models)))
      const result = await compareGradients(folder, model)
      const columns = [exponential(result.loss), result.parameters.toFixed(3), result.hiddenStates.toFixed(3)]
      return { columns, result }
    }
  }
}

/** The outcome of one case: its differences, or why there are none. */
type ParityOutcome = { name: string } & (ParityResult | GradientParity | { ok: false; error: string })

function checkpointOf(reference: string, model: string | undefined): string {
  if (!model) return reference
  const folder = resolve(resolveModel(model))
  const ofThisName = join(folder, basename(reference))
  return existsSync(join(ofThisName, 'config.json')) ? ofThisName : folder
}

async function compareOutputs(checkpoint: string, reference: string): Promise<ParityResult> {
  const model = await loadModel(checkpoint)
  try {
    return compareWithReference(model, reference)
  } finally {
    model.dispose()
  }
}

function exponential(difference: number | null): string {
  return difference === null ? '-' : difference.toExponential(1)
}
