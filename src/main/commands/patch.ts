import { writeFileSync } from 'node:fs'
import type { PatchGrid } from '@shared/ablation'
import { silentJob } from '@shared/jobs'
import { need, oneOf, readArguments, wholeNumber, type Command } from './command'
import { withServices } from './withServices'

const help = `Puts values of one sentence into the run of another and says how much of the answer each carries over.

  layerscope patch --model DIR --text TEXT --source TEXT --first WORD --second WORD [--kind KIND]

  --model DIR       the checkpoint's folder; it needs a language-model head
  --text TEXT       the sentence that is run
  --source TEXT     the sentence whose values are put into it; as many tokens
  --first WORD      watched is log p(first) - log p(second); each word has to be one token
  --second WORD
  --place N         token whose scores are read, counted from 0 (default: the last)
  --kind KIND       resid (default), attention, mlp: layer by token; head: block by head
  --json OUT        write the whole grid; OUT - writes it to standard output instead of the table

0 is the answer of the sentence as it is, 1 that of the other.

Example
  layerscope patch --model ~/gpt2 --text "The key to the cabinets" --source "The keys to the cabinet" --first is --second are
`

export const patchCommand: Command = {
  name: 'patch',
  summary: 'put values of one sentence into another',
  help,
  async run(parameters) {
    const { values } = readArguments('patch', parameters, {
      model: { type: 'string' },
      text: { type: 'string' },
      source: { type: 'string' },
      first: { type: 'string' },
      second: { type: 'string' },
      place: { type: 'string' },
      kind: { type: 'string', default: 'resid' },
      json: { type: 'string' }
    })
    const modelPath = need('patch', 'model', values.model)
    const request = {
      text: need('patch', 'text', values.text),
      source: need('patch', 'source', values.source),
      first: need('patch', 'first', values.first),
      second: need('patch', 'second', values.second),
      place: values.place === undefined ? null : wholeNumber('place', values.place, 0),
      kind: oneOf('kind', values.kind, ['resid', 'attention', 'mlp', 'head'] as const)
    }
    return withServices(async ({ models, ablations, jobs }) => {
      const model = await models.open(modelPath, silentJob())
      const grid = await jobs.run('ablation', 'Patching values', undefined, (job) =>
        ablations.patch({ modelId: model.id, ...request }, job)
      )
      const json = `${JSON.stringify({ ...grid, restored: { shape: grid.restored.shape, data: [...grid.restored.data] } }, null, 1)}\n`
      if (values.json && values.json !== '-') writeFileSync(values.json, json)
      process.stdout.write(values.json === '-' ? json : table(grid))
      return 0
    })
  }
}

function table({ kind, tokens, plain, source, restored }: PatchGrid): string {
  const [rows, columns] = restored.shape as [number, number]
  const names = kind === 'head' ? Array.from({ length: columns }, (_, head) => `head ${head}`) : tokens
  const widths = names.map((name) => Math.max(6, name.length + 1))
  const line = (title: string, cells: readonly string[]): string =>
    `${title.padEnd(8)}${cells.map((cell, i) => cell.padStart(widths[i]!)).join('')}\n`
  const first = kind === 'resid' ? 'layer' : 'block'
  return [
    `As it is ${plain.toFixed(3)}, the other sentence ${source.toFixed(3)}\n`,
    line(first, names),
    ...Array.from({ length: rows }, (_, row) =>
      line(
        String(row),
        Array.from({ length: columns }, (_, column) => restored.data[row * columns + column]!.toFixed(2))
      )
    )
  ].join('')
}
