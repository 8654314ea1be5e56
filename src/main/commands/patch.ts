import type { PatchGrid } from '@shared/ablation'
import type { PatchPair } from '@shared/patching'
import { UserError } from '@shared/userError'
import { readPatchPairs } from '../engine/minimalPairs/readPatchPairs'
import { shownTokens, type TokenSpelling } from '@shared/tokenText'
import { calls } from '@shared/contract'
import { defineCommand } from '../commandLine/command'
import { json, keep, transformer } from '../commandLine/commonOptions'
import { openModel } from '../commandLine/opening'
import { choice, number, text, withDefault } from '../commandLine/option'
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
    text: text('TEXT', 'the sentence that is run'),
    source: text('TEXT', 'the sentence whose values are patched in; it must have as many tokens'),
    first: text('WORD', 'the score is log p(first) - log p(second); each word must be one token'),
    second: text('WORD', 'the word it is compared with'),
    place: number(
      place.wrapped,
      'N',
      'token whose prediction is read, counted from 0 (default: the mask, or the last)'
    ),
    pairs: text('FILE', 'the mean over the pairs of a table or JSON Lines: text, source, first, second, and place'),
    kind: withDefault(
      choice(
        kind.options,
        'KIND',
        'resid, attention and mlp: layer by token; head: layer by head; path: what one receiver reads of each head'
      ),
      'resid'
    ),
    to: text(
      'RECEIVER',
      "of paths, where they end: 'logits' (default), 'mlp:3', or 'q:3.2', 'k:3.2', 'v:3.2' of a head"
    ),
    measure: withDefault(
      choice(['difference', 'kl'], 'WAY', 'difference of both words, or divergence (KL) from the other predictions'),
      'difference'
    ),
    json,
    keep
  },
  notes: '0 is the score of the unchanged sentence, 1 that of the other. The model needs its language-model head.',
  examples: [
    'layerscope patch --model ~/gpt2 --text "The key to the cabinets" --source "The keys to the cabinet" ' +
      '--first is --second are',
    'layerscope patch --model ~/gpt2 --pairs ioi.tsv --kind path --to logits --measure kl'
  ],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const { jobs } = services
      const [pair, ...more] = (await pairsOf(values)) as [PatchPair, ...PatchPair[]]
      if (values.to !== undefined && values.kind !== 'path')
        throw new UserError('--to is where paths end; give --kind path with it.')
      const model = await openModel(services, report, values.model)
      const request = parseRequest(
        'ablation.patch',
        {
          modelId: model.id,
          ...pair,
          kind: values.kind,
          ...(values.to !== undefined && values.to !== 'logits' && { receiver: values.to }),
          ...(values.measure === 'kl' && { measure: 'kl' }),
          ...(more.length > 0 && { more })
        },
        {
          text: 'text',
          source: 'source',
          first: 'first',
          second: 'second',
          place: 'place',
          kind: 'kind',
          receiver: 'to',
          measure: 'measure',
          more: 'pairs'
        }
      )
      const grid = await jobs.run('ablation', 'Patching values', undefined, (job) =>
        services.runs.run('patch', request, job)
      )
      report.result(values.json, grid, () => table(grid, model.spelling))
      return 0
    }, values.keep)
})

/** @throws UserError for a pair that is not whole, and for one beside a file */
async function pairsOf(values: {
  readonly pairs: string | undefined
  readonly text: string | undefined
  readonly source: string | undefined
  readonly first: string | undefined
  readonly second: string | undefined
  readonly place: number | undefined
}): Promise<PatchPair[]> {
  const { pairs, text, source, first, second, place = null } = values
  if (pairs === undefined) {
    const missing = Object.entries({ text, source, first, second }).find(([, value]) => value === undefined)
    if (missing) throw new UserError(`patch needs --${missing[0]}, or --pairs with a file of pairs.`)
    return [{ text: text!, source: source!, first: first!, second: second!, place }]
  }
  const both = Object.entries({ text, source, first, second }).find(([, value]) => value !== undefined)
  if (both) throw new UserError(`--${both[0]} is of a single pair, and --pairs is a file of them; give one of the two.`)
  const rows = await readPatchPairs(pairs, ['text', 'source', 'first', 'second'])
  return rows.map((row) => ({
    text: row.text,
    source: row.source!,
    first: row.first!,
    second: row.second!,
    place: row.place ?? place
  }))
}

/** Layers and heads count from 1, as in the window; layer 0 of the residual stream is the embeddings. */
function table({ kind, tokens, plain, source, restored, pairs }: PatchGrid, spelling: TokenSpelling): string {
  const [rows, columns] = restored.shape as [number, number]
  const byHead = kind === 'head' || kind === 'path'
  const names = byHead
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
    `Unchanged ${plain.toFixed(3)}, the other sentence ${source.toFixed(3)}` +
      `${pairs === undefined ? '' : `, means over ${pairs} pairs`}\n`,
    line('layer', names),
    ...Array.from({ length: rows }, (_, row) =>
      line(
        String(row + lowest),
        Array.from({ length: columns }, (_, column) => restored.data[row * columns + column]!.toFixed(2))
      )
    )
  ].join('')
}
