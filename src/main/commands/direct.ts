import type { DirectLogits } from '@shared/ablation'
import { count } from '@shared/fields'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { json, keep, transformer } from '../commandLine/commonOptions'
import { openModel } from '../commandLine/opening'
import { number, text } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'
import { readPatchPairs } from '../engine/minimalPairs/readPatchPairs'

export const directCommand = defineCommand({
  name: 'direct',
  description: 'Shows what embeddings, heads and MLPs add to a logit (direct logit attribution).',
  options: {
    model: transformer,
    text: text('TEXT', 'the sentence'),
    first: text('WORD', 'the token whose logit is divided (default: the most probable)'),
    second: text('WORD', 'the token whose logit is subtracted'),
    place: number(count, 'N', 'token whose prediction is read, counted from 0 (default: the mask, or the last)'),
    pairs: text('FILE', 'the mean over the sentences of a table or JSON Lines: text, and first, second, place'),
    json,
    keep
  },
  notes: `The last hidden state is read through the final norm with its own mean and scale, so all parts add up to the
model's answer. For models whose residual stream is a plain sum, such as GPT-2 and Llama; others are refused.`,
  examples: [
    'layerscope direct --model resources/models/gpt2-ud-tiny --text "The man near the door" --first is --second are'
  ],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const { jobs } = services
      const { text: typed, first = null, second = null, place = null, pairs } = values
      if ((typed === undefined) === (pairs === undefined))
        throw new UserError('direct needs --text, a sentence, or --pairs, a file of them; give one of the two.')
      const sentences =
        pairs === undefined
          ? [{ text: typed!, first, second, place }]
          : (await readPatchPairs(pairs, ['text'])).map((row) => ({
              text: row.text,
              first: row.first ?? first,
              second: row.second ?? second,
              place: row.place ?? place
            }))
      const model = await openModel(services, report, values.model)
      const request = parseRequest('ablation.direct', { modelId: model.id, sentences }, { sentences: 'text' })
      const result = await jobs.run('ablation', 'Dividing logits', undefined, (job) =>
        services.runs.run('direct', request, job)
      )
      report.result(values.json, result, () => table(result))
      return 0
    }, values.keep)
})

function table({ layers, heads, sentences, first, second, total, embeddings, offset, ...parts }: DirectLogits): string {
  const cell = (value: number): string => value.toFixed(3).padStart(9)
  const mean = sentences > 1 ? `, mean over ${sentences} sentences` : ''
  const pair = sentences > 1 ? 'first − second' : second === null ? `'${first}'` : `'${first}' − '${second}'`
  return [
    `logit of ${pair}${mean}: ${total.toFixed(3)}; embeddings ${embeddings.toFixed(3)}, offset ${offset.toFixed(3)}`,
    `layer${Array.from({ length: heads }, (_, head) => `head ${head + 1}`.padStart(9)).join('')}     bias      MLP`,
    ...Array.from({ length: layers }, (_, block) => {
      const row = parts.byHead.slice(block * heads, (block + 1) * heads)
      return `${String(block + 1).padEnd(5)}${[...row, parts.biases[block]!, parts.mlps[block]!].map(cell).join('')}`
    }),
    ''
  ].join('\n')
}
