import {
  exportFormats,
  isOfMix,
  isShare,
  mentions,
  resultTitles,
  type ListedResult,
  type ResultFormat,
  type ResultScore
} from '@shared/results'
import { layersRead } from '@shared/probeSetUp'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { jsonAlone } from '../commandLine/commonOptions'
import { choice, flag, output, parsed, text } from '../commandLine/option'
import { exportResults } from '../engine/results/export/exportResults'
import { ResultLibrary } from '../engine/results/resultLibrary'
import { keptResultsFolder } from '../engine/paths'

export const resultsCommand = defineCommand({
  name: 'results',
  description: 'Lists kept results, and exports some of them.',
  usage: ['[--filter TEXT] [--json]', '--export FORMAT [--out FILE] ID...'],
  arguments: [
    {
      name: 'ID',
      description: 'an id, the beginning of one, or a name; without any, all results that match --filter',
      several: true
    }
  ],
  options: {
    filter: text('TEXT', 'only results whose name, model, data, task or probe contains every word of TEXT'),
    json: jsonAlone,
    export: choice(
      exportFormats,
      'FORMAT',
      'csv: one row for each result and layer; json: everything; latex: a table of the best layers (booktabs); ' +
        'methods: how each was made, as a paragraph for a paper; bibtex: the references of that paragraph'
    ),
    out: output('FILE', 'write to a file instead of standard output'),
    rename: parsed('TEXT', 'name the one result ID', '', (given) => given),
    delete: flag('delete the results ID...; `--restore` brings them back within a day'),
    restore: flag('bring back deleted results ID...')
  },
  notes: 'Results are kept by the window, by --keep NAME of every command that makes them, and by `layerscope sweep`.',
  examples: ['layerscope results --filter "upos linear"', 'layerscope results --export latex mi3k2 mi3k9'],
  run({ values, arguments: given, report }) {
    const library = new ResultLibrary(keptResultsFolder())
    if (values.restore) {
      library.restoreAll(needIds(given))
      return 0
    }
    const listed = library.list()
    for (const note of library.notes) report.note(note)
    const chosen =
      given.length > 0
        ? given.map((id) => find(listed, id))
        : listed.filter(
            (summary) => (!summary.passing || summary.name !== '') && mentions(summary, values.filter ?? '')
          )
    if (values.rename !== undefined || values.delete) {
      const ids = needIds(given.length > 0 ? chosen.map(({ id }) => id) : [])
      if (values.rename !== undefined && ids.length > 1)
        throw new UserError('--rename applies to one result; give one ID.')
      if (values.rename !== undefined) library.rename(ids[0]!, values.rename)
      if (values.delete) library.deleteAll(ids)
      return 0
    }
    const json = (): string => `${JSON.stringify(chosen, null, 1)}\n`
    if (values.json !== undefined && values.json !== '-') report.write(values.json, json())
    const listing = (): string => (values.json === '-' ? json() : table(chosen))
    const printed = values.export ? exported(library, chosen, values.export) : listing()
    report.write(values.out ?? '-', printed)
    return 0
  }
})

function exported(library: ResultLibrary, chosen: readonly ListedResult[], format: ResultFormat): string {
  if (chosen.length === 0)
    throw new UserError('There is no such result; `layerscope results` lists those that are kept.')
  return exportResults(
    library,
    chosen.map(({ id }) => id),
    format
  )
}

function needIds(ids: readonly string[]): readonly string[] {
  if (ids.length === 0) throw new UserError('Give the ID of a result; `layerscope results` lists them.')
  return ids
}

function find(listed: readonly ListedResult[], given: string): ListedResult {
  const exact = listed.filter(({ id, name }) => id === given || name === given)
  const found = exact.length > 0 ? exact : listed.filter(({ id }) => id.startsWith(given))
  if (found.length === 1) return found[0]!
  if (found.length === 0)
    throw new UserError(
      `No kept result has the name '${given}' or an id that begins with it; \`layerscope results\` lists them.`
    )
  throw new UserError(
    `'${given}' matches ${found.length} results (${found.map(({ id }) => id).join(', ')}); give the id of one.`
  )
}

function table(results: readonly ListedResult[]): string {
  if (results.length === 0) return 'no results\n'
  const rows = results.map(({ id, createdAt, name, kind, subject: { model, data, task }, summary }) => [
    id,
    createdAt.slice(0, 16).replace('T', ' '),
    name,
    resultTitles[kind],
    model.name,
    [data.name, data.parts].filter(Boolean).join(', '),
    task?.title ?? '',
    summary.method,
    summary.score ? scoreText(summary.score, isOfMix({ kind, summary })) : ''
  ])
  const header = ['id', 'computed', 'name', 'kind', 'model', 'data', 'task', 'method', 'best']
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  return [header, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`
    )
    .join('')
}

function scoreText({ measure, value, layer }: ResultScore, ofMix: boolean): string {
  const shown = isShare(measure) ? `${(value * 100).toFixed(2)} %` : value.toFixed(4)
  return `${measure} ${shown}${layer === null ? '' : ` (${layersRead(!ofMix, layer)})`}`
}
