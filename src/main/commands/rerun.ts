import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { calls, type ProbeOptions } from '@shared/contract'
import { silentJob } from '@shared/jobs'
import type { ProbeResult } from '@shared/probe'
import type { Provenance } from '@shared/provenance'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import { openSafetensors } from '../engine/checkpoints/safetensors'
import { keptResultsFolder } from '../engine/paths'
import { resultDifferences, tensorDifference, type Difference } from '../engine/provenance/differences'
import { reopen } from '../engine/provenance/reopen'
import { readArguments, type Command } from './command'
import { withServices } from './withServices'

/** Differences that are printed. */
const shownDifferences = 10

const help = `Runs a kept probing run again and compares every number with those of the first time, bit for bit.

  layerscope rerun RESULT [--model PATH] [--train FILE] [--test FILE] [--json OUT]

  RESULT            a file that \`layerscope probe --json\` wrote, or the id of a result of the library (\`layerscope results\`)
  --model PATH      where the model is now, if not where it was
  --train FILE      the same for the file that was trained on
  --test FILE       and for the one that was tested on
  --data PATH       the same for a data set opened as a folder, or several files; given as often as it had paths
  --anyway          run it although the model or the data is not the one it was made with
  --json OUT        write the new result; OUT - writes it to standard output

Ends with 0 where every number is equal, with 1 where one differs. Equal bits can be expected on the same backend.

Examples
  layerscope rerun upos.json
  layerscope rerun upos.json --model ~/all-MiniLM-L6-v2 --train dev.conllu --test test.conllu
`

export const rerunCommand: Command = {
  name: 'rerun',
  summary: 'run a kept result again and compare it bit for bit',
  help,
  async run(parameters) {
    const { values, positionals } = readArguments('rerun', parameters, {
      model: { type: 'string' },
      train: { type: 'string' },
      test: { type: 'string' },
      data: { type: 'string', multiple: true },
      anyway: { type: 'boolean' },
      json: { type: 'string' }
    })
    if (positionals.length !== 1) throw new UserError('Name one result to run again. `layerscope rerun --help` shows examples.')
    const file = resultFile(positionals[0]!)
    const kept = readResult(file)
    const provenance = provenanceOf(kept, file)
    return withServices(async ({ models, datasets, probes, results, jobs }, backend) => {
      const { model, dataset, changed } = await reopen(provenance, values, models, datasets, silentJob())
      if (changed.length > 0 && !values.anyway) throw new UserError(`${changed.join('\n')}\n--anyway runs it all the same.`)
      changed.forEach((sentence) => process.stderr.write(`${sentence}\n`))
      if (backend.name !== provenance.backend.name)
        process.stderr.write(`The result was computed on ${provenance.backend.title}, this is ${backend.title}: the last digits will differ. LAYERSCOPE_BACKEND=${provenance.backend.name} chooses the same.\n`)
      const options = requestOf(provenance, model.id, dataset.id)
      const again = await jobs.run('probe', probes.title(options), undefined, (job) => probes.run(options, job))
      const tables = tensorDifferences(file, (name) => results.tensor(again.id, name))
      const differences = [...resultDifferences(kept, again), ...tables.found]
      if (values.json && values.json !== '-') writeFileSync(values.json, `${JSON.stringify(again, null, 1)}\n`)
      process.stdout.write(values.json === '-' ? `${JSON.stringify(again, null, 1)}\n` : report(differences, again, tables.compared))
      return differences.length === 0 ? 0 : 1
    })
  }
}

/** The file of a result by its path, or by its id in the library. */
function resultFile(given: string): string {
  if (existsSync(given)) return given
  const kept = join(keptResultsFolder(), given, 'result.json')
  if (/^[0-9a-z-]+$/.test(given) && existsSync(kept)) return kept
  throw new UserError(`There is no file ${given}, and the library (${keptResultsFolder()}) keeps no result of that id. \`layerscope results\` lists what it keeps.`)
}

function readResult(file: string): ProbeResult {
  let result: unknown
  try {
    result = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UserError(`${file} cannot be read as a result: ${(error as Error).message}. Give a file that \`layerscope probe --json\` wrote.`)
  }
  if (typeof result !== 'object' || result === null || !('layers' in result) || !('task' in result))
    throw new UserError(`${file} is not a probing result; give a file that \`layerscope probe --json\` wrote.`)
  return result as ProbeResult
}

/** @throws UserError for a result of an earlier version, saying what it lacks */
function provenanceOf({ provenance }: ProbeResult, file: string): Provenance {
  if (provenance) return provenance
  throw new UserError(
    `${file} was written by an earlier version: it lacks what was asked for (\`provenance\`: the whole request, the paths and hashes of model and data). Run \`layerscope probe\` with the same options once more; its result can be run again.`
  )
}

/** Options that came later than the result take their defaults. */
function requestOf({ request }: Provenance, modelId: string, datasetId: string): ProbeOptions {
  const parsed = v.safeParse(calls['probe.run'].input, { ...request, modelId, datasetId })
  if (parsed.success) return parsed.output
  throw new UserError(`This version cannot do what the result asked for: ${parsed.issues[0].message} (${v.getDotPath(parsed.issues[0]) ?? 'request'}). Run it with the version that made it.`)
}

/** Tables are compared where the kept ones lie beside the result, as in the library. */
function tensorDifferences(file: string, again: (name: string) => { shape: number[]; data: Float32Array }): { compared: number; found: Difference[] } {
  const path = join(dirname(file), 'tensors.safetensors')
  if (!existsSync(path)) return { compared: 0, found: [] }
  const kept = openSafetensors(path)
  try {
    const names = kept.names()
    return { compared: names.length, found: names.flatMap((name) => tensorDifference(name, { shape: kept.describe(name).shape, data: kept.read(name) }, again(name)) ?? []) }
  } finally {
    kept.close()
  }
}

function report(differences: readonly Difference[], { task, layers, seconds }: ProbeResult, tables: number): string {
  const what = `${task.title}, ${layers.length === 1 ? 'one layer' : `${layers.length} layers`}${tables > 0 ? `, ${tables} tables` : ''}; ${seconds.total.toFixed(1)} s`
  if (differences.length === 0) return `equal, bit for bit: ${what}\n`
  const lines = differences.slice(0, shownDifferences).map(({ path, kept, again }) => `  ${path}: ${kept} before, ${again} now`)
  const rest = differences.length - lines.length
  return [`${differences.length} ${differences.length === 1 ? 'number differs' : 'numbers differ'}: ${what}`, ...lines, ...(rest > 0 ? [`  and ${rest} more`] : []), ''].join('\n')
}
