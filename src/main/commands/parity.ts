import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { isUserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { output, text } from '../commandLine/option'
import { pickBackend } from '../engine/backends/pick'
import { resolveModel } from '../engine/hub/resolveModel'
import { loadModel } from '../engine/models/loadModel'
import { compareWithReference, parityCases, parityTolerance, type ParityResult } from '../engine/models/parity'

export const parityCommand = defineCommand({
  name: 'parity',
  description: 'Compares hidden states, attention maps and logits with values that PyTorch computed.',
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
    json: output('OUT', 'write all differences; OUT - writes them to standard output instead of the table')
  },
  notes: `Prints for each case the largest absolute differences and ok or FAIL.
docs/parity.md says how to make the files for your own checkpoint.`,
  examples: [
    'layerscope parity test/fixtures/parity',
    'layerscope parity references/my-model --model ~/models/my-model'
  ],
  exitCodes: `Exits with 1 if a difference is larger than ${parityTolerance}.`,
  async run({ values, arguments: [folder], report }) {
    const cases = parityCases(resolve(folder!))
    const backend = await pickBackend()
    const nameWidth = Math.max(4, ...cases.map(({ name }) => name.length))
    const asTable = values.json !== '-'
    const print = (name: string, columns: readonly string[], verdict: string): void => {
      const line = `${name.padEnd(nameWidth)}  ${columns.map((column) => column.padStart(13)).join('')}  ${verdict}\n`
      if (asTable) process.stdout.write(line)
    }
    print('case', ['hidden states', 'attentions', 'logits'], '')
    const outcomes: ParityOutcome[] = []
    for (const { name, folder: reference } of cases) {
      try {
        const result = await compare(checkpointOf(reference, values.model), reference)
        outcomes.push({ name, ...result })
        print(name, [result.hiddenStates, result.attentions, result.logits].map(exponential), result.ok ? 'ok' : 'FAIL')
      } catch (error) {
        if (!isUserError(error)) throw error
        outcomes.push({ name, ok: false, error: error.message })
        print(name, ['', '', ''], `FAIL: ${error.message}`)
      }
    }
    const agreeing = outcomes.filter(({ ok }) => ok).length
    report.result(
      values.json,
      { cases: outcomes, agreeing, tolerance: parityTolerance, backend },
      () => `${agreeing} of ${cases.length} agree with PyTorch within ${parityTolerance}; ${backend.title}.\n`
    )
    return agreeing === cases.length ? 0 : 1
  }
})

/** The outcome of one case: its differences, or why there are none. */
type ParityOutcome = { name: string } & (ParityResult | { ok: false; error: string })

function checkpointOf(reference: string, model: string | undefined): string {
  if (!model) return reference
  const folder = resolve(resolveModel(model))
  const ofThisName = join(folder, basename(reference))
  return existsSync(join(ofThisName, 'config.json')) ? ofThisName : folder
}

async function compare(checkpoint: string, reference: string): Promise<ParityResult> {
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
