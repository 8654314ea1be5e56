import { siteWords, type InsideRouting, type InsideSeries, type SentenceInside } from '@shared/inside'
import { shownTokens, type TokenSpelling } from '@shared/tokenText'
import { defineCommand } from '../commandLine/command'
import { anyModel, json } from '../commandLine/commonOptions'
import { openModel } from '../commandLine/opening'
import { required, text } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'

export const insideCommand = defineCommand({
  name: 'inside',
  description: 'Shows gates, states and routers of every layer over a sentence, and the norms of its hidden states.',
  options: { model: anyModel, text: required(text('TEXT', 'the sentence')), json },
  notes: `Of a gate the mean magnitude of its numbers is printed, of a state its Euclidean norm, of a router the experts
that each token goes through with their weights. A model without gates, states and routers has hidden states alone.`,
  examples: [
    'layerscope inside --model ~/models/elmo --text "The keys to the old cabinet are on the table"',
    'layerscope inside --model ~/models/mixtral-tiny --text "The keys are here" --json -'
  ],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const model = await openModel(services, report, values.model)
      const request = parseRequest(
        'sentence.inside',
        { modelId: model.id, sentence: { kind: 'text', text: values.text } },
        { sentence: 'text' }
      )
      const result = await services.sentences.inside(request.modelId, request.sentence)
      report.result(values.json, { model: model.name, text: values.text, ...result }, () =>
        table(result, model.spelling)
      )
      return 0
    })
})

function table({ tokens, series, routing }: SentenceInside, spelling: TokenSpelling): string {
  const names = shownTokens(tokens, spelling)
  const measures = { gate: 'mean magnitude', state: 'norm', hidden: 'norm' } as const
  const rowsOf = ({ layers, values }: InsideSeries): string[][] =>
    layers.map((layer, row) => [String(layer), ...names.map((_, t) => values.data[row * names.length + t]!.toFixed(3))])
  return [
    ...series.map((one) => grid(`${titleOf(one.site)}: ${measures[one.kind]}`, names, rowsOf(one))),
    ...routing.map((one) => grid(`${titleOf(one.site)} of layer ${one.layer}`, names, expertRows(one)))
  ].join('\n')
}

function titleOf(site: string): string {
  const { title, direction } = siteWords(site)
  return direction ? `${title}, ${direction}` : title
}

/** An expert a row; those that no token goes through are left out. */
function expertRows({ weights: { shape, data } }: InsideRouting): string[][] {
  const [tokens, experts] = shape as [number, number]
  return Array.from({ length: experts }, (_, expert) => [
    String(expert + 1),
    ...Array.from({ length: tokens }, (_, t) => {
      const weight = data[t * experts + expert]!
      return weight === 0 ? '' : weight.toFixed(3)
    })
  ]).filter(([, ...weights]) => weights.some((weight) => weight !== ''))
}

function grid(title: string, columns: readonly string[], rows: readonly string[][]): string {
  const widths = columns.map((name, c) => Math.max(name.length, ...rows.map((row) => row[c + 1]!.length)) + 2)
  const line = ([first, ...cells]: readonly string[]): string =>
    `${first!.padEnd(7)}${cells.map((cell, c) => cell.padStart(widths[c]!)).join('')}`.trimEnd()
  return [title, line(['', ...columns]), ...rows.map(line), ''].join('\n')
}
