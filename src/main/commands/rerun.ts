import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BackendReport } from '@shared/backend'
import type { OpenedData, PathData, Provenance } from '@shared/provenance'
import type { ResultKindId } from '@shared/results'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { keep } from '../commandLine/commonOptions'
import { flag, output, repeated, text } from '../commandLine/option'
import type { Report } from '../commandLine/report'
import { withServices } from '../commandLine/withServices'
import { openSafetensors } from '../engine/checkpoints/safetensors'
import { readNamedJson } from '../engine/files/namedFile'
import { keptResultsFolder } from '../engine/paths'
import { resultDifferences, tensorDifference, type Difference } from '../engine/results/provenance/differences'
import type { StoredResult } from '../engine/results/kind'
import { kindOf } from '../engine/results/kinds'
import { unpackTensors } from '../engine/results/packTensors'
import { resultsOfFile } from '../engine/results/resultsOfFile'
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
        'a file that `probe`, `curve`, `ablate` or another command wrote with --json (all its results are run), or ' +
        'the id of a result of the library (`layerscope results`)',
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
    json: output('OUT', 'write the new result; OUT - writes it to standard output'),
    keep
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
    return withServices(async (services, backend) => {
      const outcomes: RerunOutcome[] = []
      for (const result of readResults(file)) outcomes.push(await rerun(result, flags, services, backend, report))
      const [first, ...rest] = outcomes.map(({ again }) => again)
      report.result(values.json, rest.length > 0 ? { results: [first, ...rest] } : first!, () =>
        outcomes.map(({ text }) => text).join('')
      )
      return outcomes.every(({ equal }) => equal) ? 0 : 1
    }, values.keep)
  }
})

interface RerunFlags extends Elsewhere {
  anyway?: boolean | undefined
}

/** A result to run again. */
interface ReadResult {
  kind: ResultKindId
  kept: StoredResult<ResultKindId>
  /** Its file. */
  file: string
  /** Where it is in a file of several; empty for the only one. */
  place: string
}

interface RerunOutcome {
  again: object
  equal: boolean
  /** The verdict. */
  text: string
}

async function rerun(
  { kind, kept, file, place }: ReadResult,
  flags: RerunFlags,
  services: Services,
  backend: BackendReport,
  report: Report
): Promise<RerunOutcome> {
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
  for (const sentence of notesOf(again.provenance)) report.note(sentence)
  const tables = tensorDifferences(file, (name) => services.results.tensor(again.id, name))
  const differences = [...resultDifferences(kept, again, rules.measured), ...tables.found]
  const { subject, summary } = services.results.listed(again.id)
  const described = `${place === '' ? '' : `${place}: `}${rules.describe(again, { subject })}`
  return {
    again,
    equal: differences.length === 0,
    text: verdict(differences, described, tables.compared, summary.seconds)
  }
}

/** What was said when the model and the data were opened again. */
function notesOf({ model, data }: Provenance<object, OpenedData | PathData | null>): readonly string[] {
  const ofData = data && 'opened' in data ? data.notes : undefined
  return [...(model.notes ?? []), ...(ofData ?? [])]
}

/** The file of a result by its path, or by its id in the library. */
function resultFile(given: string): string {
  if (existsSync(given)) return given
  const kept = keptFile(given)
  if (kept) return kept
  throw new UserError(
    `There is no file ${given}, and the library (${keptResultsFolder()}) has no result with that id. ` +
      '`layerscope results` lists what it keeps.'
  )
}

/** Null for what the library does not keep. */
function keptFile(id: string): string | null {
  const kept = join(keptResultsFolder(), id, 'result.json')
  return /^[0-9a-z-]+$/.test(id) && existsSync(kept) ? kept : null
}

/** The results of a file, and those of the library that it names. */
function readResults(file: string): ReadResult[] {
  const items = resultsOfFile(readNamedJson(file))
  if (items.length === 0) throw new UserError(`${file} is not a result; give a file that ${writers} wrote with --json.`)
  return items.flatMap((item) => {
    if ('id' in item) {
      const kept = keptFile(item.id)
      if (kept) return readResults(kept).map((result) => ({ ...result, place: item.place }))
      throw new UserError(`${file} names the result ${item.id}, which the library does not keep any more.`)
    }
    const { kind, place, result } = item
    const kept = unpackTensors(result, (name) => tensorBeside(file, name)) as StoredResult<typeof kind>
    return [{ kind, kept, file, place }]
  })
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
