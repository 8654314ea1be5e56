import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { isUserError, UserError } from '@shared/userError'
import { pickBackend } from '../engine/backends/pick'
import { resolveModel } from '../engine/hub/resolveModel'
import { loadModel } from '../engine/models/loadModel'
import { compareWithReference, parityCases, parityTolerance, type ParityResult } from '../engine/models/parity'
import { readArguments, type Command } from './command'

const help = `Compares hidden states, attention maps and logits with values that PyTorch computed.

  layerscope parity FOLDER [--model DIR]

  FOLDER        a folder with config.json, model.safetensors, inputs.json and expected.safetensors, or a folder of such folders
  --model DIR   the checkpoint, where it lies elsewhere, or the name of a model in the cache; for a folder of folders, the folder that has a checkpoint of each one's name

Prints for each case the largest absolute differences and ok or FAIL; ends with 1 where one is larger than ${parityTolerance}.
docs/parity.md says how to make the files for a checkpoint of your own.

Examples
  layerscope parity test/fixtures/parity
  layerscope parity references/my-model --model ~/models/my-model
`

export const parityCommand: Command = {
  name: 'parity',
  summary: 'compare a checkpoint with values that PyTorch computed',
  help,
  async run(parameters) {
    const { values, positionals } = readArguments('parity', parameters, { model: { type: 'string' } })
    const folder = positionals[0]
    if (!folder) throw new UserError('Name the folder with the reference: layerscope parity FOLDER.')
    const cases = parityCases(resolve(folder))
    const backend = await pickBackend()
    const nameWidth = Math.max(4, ...cases.map(({ name }) => name.length))
    const print = (name: string, columns: readonly string[], verdict: string): void => {
      process.stdout.write(
        `${name.padEnd(nameWidth)}  ${columns.map((column) => column.padStart(13)).join('')}  ${verdict}\n`
      )
    }
    print('case', ['hidden states', 'attentions', 'logits'], '')
    let agreeing = 0
    for (const { name, folder: reference } of cases) {
      try {
        const result = await compare(checkpointOf(reference, values.model), reference)
        if (result.ok) agreeing++
        print(name, [result.hiddenStates, result.attentions, result.logits].map(exponential), result.ok ? 'ok' : 'FAIL')
      } catch (error) {
        if (!isUserError(error)) throw error
        print(name, ['', '', ''], `FAIL: ${error.message}`)
      }
    }
    process.stdout.write(
      `${agreeing} of ${cases.length} agree with PyTorch within ${parityTolerance}; ${backend.title}.\n`
    )
    return agreeing === cases.length ? 0 : 1
  }
}

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
