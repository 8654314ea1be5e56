import { writeFileSync } from 'node:fs'
import { exportFormats, isShare, mentions, type KeptSummary } from '@shared/kept'
import { UserError } from '@shared/userError'
import { exportResults } from '../engine/results/export/exportResults'
import { ResultLibrary } from '../engine/results/resultLibrary'
import { keptResultsFolder } from '../engine/paths'
import { oneOf, readArguments, type Command } from './command'

const help = `Lists the results that are kept, and exports some of them.

  layerscope results [--filter TEXT] [--json]
  layerscope results --export FORMAT [--out FILE] ID...

  --filter TEXT     only those whose name, model, data, task or probe has every word of TEXT
  --json            the list as JSON
  --export FORMAT   csv      one row a result and layer
                    json     everything
                    latex    a table of the best layers (booktabs)
                    methods  how each was made, as a paragraph for a paper
                    bibtex   what such a paper cites
  --out FILE        write to a file instead of standard output
  --rename TEXT     name the one result ID
  --delete          delete the results ID...; for a day \`--restore\` takes them back
  ID                an id, the beginning of one, or a name; all that --filter leaves when none is given

Results are kept by the window, by \`layerscope probe --keep NAME\` and by \`layerscope sweep\`.

Examples
  layerscope results --filter "upos linear"
  layerscope results --export latex mi3k2 mi3k9
`

export const resultsCommand: Command = {
  name: 'results',
  summary: 'list kept results; export tables, methods paragraphs and BibTeX',
  help,
  run(parameters) {
    const { values, positionals } = readArguments('results', parameters, {
      filter: { type: 'string', default: '' },
      json: { type: 'boolean' },
      export: { type: 'string' },
      out: { type: 'string' },
      rename: { type: 'string' },
      delete: { type: 'boolean' },
      restore: { type: 'boolean' }
    })
    const library = new ResultLibrary(keptResultsFolder())
    if (values.restore) {
      needIds(positionals).forEach((id) => library.restore(id))
      return Promise.resolve(0)
    }
    const listed = library.list()
    const chosen =
      positionals.length > 0
        ? positionals.map((given) => find(listed, given))
        : listed.filter((summary) => mentions(summary, values.filter))
    if (values.rename !== undefined || values.delete) {
      const ids = needIds(positionals.length > 0 ? chosen.map(({ id }) => id) : [])
      if (values.rename !== undefined && ids.length > 1) throw new UserError('--rename names one result; give one ID.')
      for (const id of ids) {
        if (values.rename !== undefined) library.rename(id, values.rename)
        if (values.delete) library.delete(id)
      }
      return Promise.resolve(0)
    }
    const text = values.export
      ? exported(library, chosen, values.export)
      : values.json
        ? `${JSON.stringify(chosen, null, 1)}\n`
        : table(chosen)
    if (values.out) writeFileSync(values.out, text)
    else process.stdout.write(text)
    return Promise.resolve(0)
  }
}

function exported(library: ResultLibrary, chosen: readonly KeptSummary[], format: string): string {
  if (chosen.length === 0)
    throw new UserError('There is no such result; `layerscope results` lists those that are kept.')
  return exportResults(
    library,
    chosen.map(({ id }) => id),
    oneOf('export', format, exportFormats)
  )
}

function needIds(ids: readonly string[]): readonly string[] {
  if (ids.length === 0) throw new UserError('Say which result by its ID; `layerscope results` lists them.')
  return ids
}

function find(listed: readonly KeptSummary[], given: string): KeptSummary {
  const exact = listed.filter(({ id, name }) => id === given || name === given)
  const found = exact.length > 0 ? exact : listed.filter(({ id }) => id.startsWith(given))
  if (found.length === 1) return found[0]!
  if (found.length === 0)
    throw new UserError(`No kept result is called '${given}', and no id begins so; \`layerscope results\` lists them.`)
  throw new UserError(
    `'${given}' stands for ${found.length} results (${found.map(({ id }) => id).join(', ')}); give the id of one.`
  )
}

function table(results: readonly KeptSummary[]): string {
  if (results.length === 0) return 'no results\n'
  const rows = results.map(({ id, createdAt, name, model, dataset, task, method, score }) => {
    const value = isShare(score.measure) ? `${(score.value * 100).toFixed(2)} %` : score.value.toFixed(4)
    return [
      id,
      createdAt.slice(0, 16).replace('T', ' '),
      name,
      model.name,
      `${dataset.name}, ${dataset.parts}`,
      task.title,
      method,
      `${score.measure} ${value}${score.layer === null ? '' : ` (layer ${score.layer})`}`
    ]
  })
  const header = ['id', 'computed', 'name', 'model', 'data', 'task', 'probe', 'best']
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
