import type { PatchGrid } from '@shared/ablation'
import { shownTokens, type TokenSpelling } from '@shared/tokenText'
import { calls } from '@shared/contract'
import { defineCommand } from '../commandLine/command'
import { json, keep, transformer } from '../commandLine/commonOptions'
import { openModel } from '../commandLine/opening'
import { choice, number, required, text, withDefault } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'

const { kind, place } = calls['ablation.patch'].input.entries

export const patchCommand = defineCommand({
  name: 'patch',
  description:
    'Patches values of one sentence into the run of another and measures how much of the answer each carries ' +
    'over.',
  options: {
    model: transformer,
    text: required(text('TEXT', 'the sentence that is run')),
    source: required(text('TEXT', 'the sentence whose values are patched in; it must have as many tokens')),
    first: required(text('WORD', 'the score is log p(first) - log p(second); each word must be one token')),
    second: required(text('WORD', 'the word it is compared with')),
    place: number(place.wrapped, 'N', 'token whose prediction is read, counted from 0 (default: the last)'),
    kind: withDefault(
      choice(kind.options, 'KIND', 'resid, attention and mlp: layer by token; head: layer by head'),
      'resid'
    ),
    json,
    keep
  },
  notes: '0 is the score of the unchanged sentence, 1 that of the other. The model needs its language-model head.',
  examples: [
    'layerscope patch --model ~/gpt2 --text "The key to the cabinets" --source "The keys to the cabinet" ' +
      '--first is --second are'
  ],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const { jobs } = services
      const model = await openModel(services, report, values.model)
      const request = parseRequest(
        'ablation.patch',
        {
          modelId: model.id,
          text: values.text,
          source: values.source,
          first: values.first,
          second: values.second,
          place: values.place ?? null,
          kind: values.kind
        },
        { text: 'text', source: 'source', first: 'first', second: 'second', place: 'place', kind: 'kind' }
      )
      const grid = await jobs.run('ablation', 'Patching values', undefined, (job) =>
        services.runs.run('patch', request, job)
      )
      report.result(values.json, grid, () => table(grid, model.spelling))
      return 0
    }, values.keep)
})

/** Layers and heads count from 1, as in the window; layer 0 of the residual stream is the embeddings. */
function table({ kind, tokens, plain, source, restored }: PatchGrid, spelling: TokenSpelling): string {
  const [rows, columns] = restored.shape as [number, number]
  const names =
    kind === 'head'
      ? Array.from({ length: columns }, (_, head) => `head ${head + 1}`)
      : shownTokens(
          tokens.map((text) => ({ text })),
          spelling
        )
  const widths = names.map((name) => Math.max(6, name.length + 1))
  const line = (title: string, cells: readonly string[]): string =>
    `${title.padEnd(8)}${cells.map((cell, i) => cell.padStart(widths[i]!)).join('')}\n`
  const lowest = kind === 'resid' ? 0 : 1
  return [
    `Unchanged ${plain.toFixed(3)}, the other sentence ${source.toFixed(3)}\n`,
    line('layer', names),
    ...Array.from({ length: rows }, (_, row) =>
      line(
        String(row + lowest),
        Array.from({ length: columns }, (_, column) => restored.data[row * columns + column]!.toFixed(2))
      )
    )
  ].join('')
}
