import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { flag, output, text } from '../commandLine/option'
import { resolveModel } from '../engine/hub/resolveModel'
import { loadModel } from '../engine/models/loadModel'
import { casesIn, compareModel, parityTolerance, type ParityResult } from '../engine/models/parity'
import { endsAsStated, parityCases, undamagedBeside, type ParityCase } from '../engine/models/parityCases'
import { hasTensors } from '../engine/models/parityFiles'
import { compareReleased, type ParityOutcome } from '../engine/models/releasedParity'
import {
  compareGradients,
  hasGradients,
  modelOfGradients,
  type GradientParity
} from '../engine/training/gradientParity'
import { compareCases, type Comparison } from './compareCases'

export const parityCommand = defineCommand({
  name: 'parity',
  description: 'Compares hidden states, attention maps, logits or gradients with values that PyTorch computed.',
  arguments: [
    {
      name: 'FOLDER',
      description:
        'a folder with a model, inputs.json and expected.safetensors, or a folder with such folders in it; a ' +
        'cases.json beside damaged ones says how opening each is to end',
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
    const path = resolve(folder!)
    return values.gradients
      ? compareCases(gradients(path, values.models), values.json, report)
      : compareCases(outputs(path, values.model), values.json, report)
  }
})

/** @throws UserError where the folder has no case */
function outputs(folder: string, model: string | undefined): Comparison<ParityOutcome, ParityCase> {
  return {
    cases: parityCases(folder),
    columns: ['hidden states', 'attentions', 'logits', 'inside blocks'],
    within: `within ${parityTolerance}`,
    facts: { tolerance: parityTolerance },
    compare: (one) =>
      one.outcome === null
        ? compareOutputs(checkpointOf(one.folder, model), one.folder)
        : compareDamaged(one, one.outcome),
    figures: ({ hiddenStates, attentions, logits, inside }) =>
      [hiddenStates, attentions, logits, inside].map(exponential),
    remark: ({ remark }) => remark
  }
}

/** @throws UserError where the folder has no case */
function gradients(folder: string, models: string | undefined): Comparison<GradientParity> {
  const checkpoints = models === undefined ? undefined : resolve(resolveModel(models))
  return {
    cases: casesIn(folder, hasGradients, 'inputs.json, given, expected and gradients.safetensors'),
    columns: ['loss', 'parameters', 'hidden states'],
    within: 'within the tolerance of gradients (docs/parity.md); their columns are in parts of it',
    compare: (one) => compareGradients(one.folder, modelOfGradients(one.folder, checkpoints)),
    figures: ({ loss, parameters, hiddenStates }) => [
      exponential(loss),
      parameters.toFixed(3),
      hiddenStates?.toFixed(3) ?? '-'
    ],
    blame: ({ worst }) => worst
  }
}

function checkpointOf(reference: string, model: string | undefined): string {
  if (!model) return reference
  const folder = resolve(resolveModel(model))
  const ofThisName = join(folder, basename(reference))
  return existsSync(join(ofThisName, 'config.json')) ? ofThisName : folder
}

/** A damaged case agrees if opening it ends as stated; one that is read is compared with the undamaged reference. */
async function compareDamaged(one: ParityCase, outcome: string): Promise<ParityOutcome> {
  let result: ParityResult = { hiddenStates: null, attentions: null, logits: null, inside: null, ok: true }
  const refusal = await endsAsStated(outcome, async () => {
    const model = await loadModel(one.folder)
    const reference = undamagedBeside(one)
    try {
      if (reference !== null) result = await compareModel(model, reference)
    } finally {
      model.dispose()
    }
  })
  return { ...result, ...(refusal !== null && { remark: `refused: ${refusal}` }) }
}

async function compareOutputs(checkpoint: string, reference: string): Promise<ParityOutcome> {
  if (hasTensors(reference)) return compareReleased(reference, checkpoint)
  const model = await loadModel(checkpoint)
  try {
    return await compareModel(model, reference)
  } finally {
    model.dispose()
  }
}

function exponential(difference: number | null): string {
  return difference === null ? '-' : difference.toExponential(1)
}
