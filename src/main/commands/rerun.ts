import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BackendReport } from '@shared/backend'
import type { ResultKindId } from '@shared/results'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { flag, output, repeated, text } from '../commandLine/option'
import type { Report } from '../commandLine/report'
import { withServices } from '../commandLine/withServices'
import { openSafetensors } from '../engine/checkpoints/safetensors'
import { keptResultsFolder } from '../engine/paths'
import { resultDifferences, tensorDifference, type Difference } from '../engine/results/provenance/differences'
import type { StoredResult } from '../engine/results/kind'
import { kindOf, kindOfFile } from '../engine/results/kinds'
import { unpackTensors } from '../engine/results/packTensors'
import type { Services } from '../engine/services'
import type { Elsewhere } from '../engine/services/reopen'
import { prepareRerun, type RerunSource } from '../engine/services/rerun'
import { runnerOf } from '../engine/services/runners'

/** Differences that are printed. */
const shownDifferences = 10

export const rerunCommand = defineCommand({
  name: 'rerun',
  description:
    'Runs a kept result of any kind again and compares every number with those of the first time, bit for bit.',
  arguments: [
    {
      name: 'RESULT',
      description:
        'a file that `probe`, `curve`, `ablate` or another command wrote with --json, or the id of a result of the ' +
        'library (`layerscope results`)',
      missing: 'Name one result to run again. `layerscope rerun --help` shows examples.'
    }
  ],
  options: {
    model: text('PATH', 'where the model is now, if it was moved'),
    train: text('FILE', 'the same for the training file'),
    test: text('FILE', 'the same for the test file'),
    data: repeated(
      text('PATH', 'the same for a data set opened as a folder or as several files, or for minimal pairs')
    ),
    anyway: flag('run it although the model or the data has changed'),
    json: output('OUT', 'write the new result; OUT - writes it to standard output')
  },
  notes: 'Equal bits can be expected only on the same backend.',
  examples: [
    'layerscope rerun upos.json',
    'layerscope rerun upos.json --model ~/all-MiniLM-L6-v2 --train dev.conllu --test test.conllu'
  ],
  exitCodes: 'Exits with 0 if all numbers are equal, with 1 if one differs.',
  run({ values, arguments: [given], report }) {
    const file = resultFile(given!)
    const flags = { ...values, data: values.data.length > 0 ? values.data : undefined }
    return withServices((services, backend) => rerun(readResult(file), file, flags, services, backend, report))
  }
})

interface RerunFlags extends Elsewhere {
  anyway?: boolean | undefined
  json?: string | undefined
}

async function rerun<K extends ResultKindId>(
  { kind, kept }: ReadResult<K>,
  file: string,
  flags: RerunFlags,
  services: Services,
  backend: BackendReport,
  report: Report
): Promise<number> {
  const rules = kindOf(kind)
  const { provenance } = kept
  if (!provenance) {
    throw new UserError(
      `${file} was written by an earlier version and lacks \`provenance\` (the whole request, ` +
        `the paths and hashes of model and data). Run \`layerscope ${rules.command ?? kind}\` with the same options ` +
        'again; that result can be rerun.'
    )
  }
  const source = { ...kept, provenance } as RerunSource
  const { title, changed, run } = await prepareRerun(kind, source, flags, services)
  if (changed.length > 0 && !flags.anyway)
    throw new UserError(`${changed.join('\n')}\nUse --anyway to run it all the same.`)
  changed.forEach((sentence) => report.note(sentence))
  if (backend.name !== provenance.backend.name)
    report.note(
      `The result was computed on ${provenance.backend.title}, this is ${backend.title}: the last digits will ` +
        `differ. LAYERSCOPE_BACKEND=${provenance.backend.name} selects the same one.`
    )
  const again = await services.jobs.run(runnerOf(kind).job, title, undefined, run)
  const tables = tensorDifferences(file, (name) => services.results.tensor(again.id, name))
  const differences = [...resultDifferences(kept, again, rules.measured), ...tables.found]
  const { subject, summary } = services.results.listed(again.id)
  report.result(flags.json, again, () =>
    verdict(differences, rules.describe(again, { subject }), tables.compared, summary.seconds)
  )
  return differences.length === 0 ? 0 : 1
}

/** The file of a result by its path, or by its id in the library. */
function resultFile(given: string): string {
  if (existsSync(given)) return given
  const kept = join(keptResultsFolder(), given, 'result.json')
  if (/^[0-9a-z-]+$/.test(given) && existsSync(kept)) return kept
  throw new UserError(
    `There is no file ${given}, and the library (${keptResultsFolder()}) has no result with that id. ` +
      '`layerscope results` lists what it keeps.'
  )
}

interface ReadResult<K extends ResultKindId> {
  kind: K
  kept: StoredResult<K>
}

function readResult(file: string): ReadResult<ResultKindId> {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UserError(
      `${file} cannot be read as a result: ${(error as Error).message}. Give a file that ${writers} wrote with --json.`
    )
  }
  const kind = kindOfFile(json)
  if (!kind) throw new UserError(`${file} is not a result; give a file that ${writers} wrote with --json.`)
  return { kind, kept: unpackTensors(json, (name) => tensorBeside(file, name)) as StoredResult<typeof kind> }
}

const writers = '`layerscope probe`, `curve`, `ablate` or another command'

/** A tensor of a result of the library, whose JSON names it. */
function tensorBeside(file: string, name: string): Float32Array {
  const tensors = openSafetensors(join(dirname(file), 'tensors.safetensors'))
  try {
    return tensors.read(name)
  } finally {
    tensors.close()
  }
}

/** Tables are compared if they are kept next to the result, as in the library. */
function tensorDifferences(
  file: string,
  again: (name: string) => { shape: number[]; data: Float32Array }
): { compared: number; found: Difference[] } {
  const path = join(dirname(file), 'tensors.safetensors')
  if (!existsSync(path)) return { compared: 0, found: [] }
  const kept = openSafetensors(path)
  try {
    const names = kept.names()
    return {
      compared: names.length,
      found: names.flatMap(
        (name) => tensorDifference(name, { shape: kept.describe(name).shape, data: kept.read(name) }, again(name)) ?? []
      )
    }
  } finally {
    kept.close()
  }
}

function verdict(differences: readonly Difference[], described: string, tables: number, seconds: number): string {
  const what = `${described}${tables > 0 ? `, ${tables} tables` : ''}; ${seconds.toFixed(1)} s`
  if (differences.length === 0) return `equal, bit for bit: ${what}\n`
  const lines = differences
    .slice(0, shownDifferences)
    .map(({ path, kept, again }) => `  ${path}: ${kept} before, ${again} now`)
  const rest = differences.length - lines.length
  return [
    `${differences.length} ${differences.length === 1 ? 'number differs' : 'numbers differ'}: ${what}`,
    ...lines,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    ''
  ].join('\n')
}
