import type { LogitLens } from '@shared/ablation'
import { drawnText } from '@shared/drawing'
import { shownTokens, type TokenSpelling } from '@shared/tokenText'
import { tunedLensDefaults, tunedLensOptions, type TunedLens } from '@shared/tunedLens'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { drawFrom, inOrder, json, keep, seed, transformer, wordCount } from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { openData, openModel } from '../commandLine/opening'
import { number, repeated, required, text, withDefault } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'

const { steps, batch, rate } = tunedLensOptions.entries

export const lensCommand = defineCommand({
  name: 'lens',
  description: 'Shows what the language-model head predicts at every layer (logit lens), or after a trained map.',
  options: {
    model: transformer,
    text: required(text('TEXT', 'the sentence')),
    watch: repeated(text('WORD', 'a word of one token whose probability and rank are measured (several times)')),
    tuned: text('FILE', 'a tuned lens: train maps of every layer on this text, and read through them'),
    'tuned-run': text('ID', 'read through this kept tuned lens; `layerscope results` lists them'),
    'max-words': wordCount('of --tuned: whole sentences, up to about N words, drawn with the seed', '10000'),
    'in-order': inOrder,
    steps: withDefault(number(steps, 'N', 'updates of the maps'), String(tunedLensDefaults.steps)),
    batch: withDefault(number(batch, 'N', 'tokens of an update'), String(tunedLensDefaults.batch)),
    rate: withDefault(number(rate, 'N', 'first learning rate; it falls to 0'), String(tunedLensDefaults.rate)),
    seed: seed('of the drawn words, of masks and of the order of sentences'),
    json,
    keep,
    ...dataOptions
  },
  notes: `Maps are trained so that each layer's predictions come nearest to the top layer's (Belrose et al. 2023). A
trained lens is kept: the same training again is not repeated. Layer 0 is the embeddings.`,
  examples: [
    'layerscope lens --model resources/models/gpt2-ud-tiny --text "The man near the door" --watch is',
    'layerscope lens --model ~/gpt2 --text "The man near the door" --tuned dev.conllu'
  ],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const { jobs, runs } = services
      const { tuned: file, 'tuned-run': runId } = values
      if (file !== undefined && runId !== undefined)
        throw new UserError('--tuned trains a lens and --tuned-run takes a kept one; give one of them.')
      const model = await openModel(services, report, values.model)
      let tuned: (TunedLens & { id: string }) | null = null
      if (file !== undefined) {
        const dataset = await openData(services, report, { paths: [file], splitNames: ['all'] }, values)
        const maxWords = values['max-words']
        const training = parseRequest(
          'lens.train',
          {
            modelId: model.id,
            datasetId: dataset.id,
            split: 'all',
            maxWords,
            ...drawFrom(values, maxWords),
            steps: values.steps,
            batch: values.batch,
            rate: values.rate,
            seed: values.seed
          },
          { maxWords: 'max-words', steps: 'steps', batch: 'batch', rate: 'rate', seed: 'seed', draw: 'seed' }
        )
        tuned = await jobs.run('ablation', 'Training a tuned lens', undefined, (job) =>
          runs.run('tunedLens', training, job)
        )
      }
      const lens = tuned?.id ?? runId
      const request = parseRequest(
        'ablation.lens',
        {
          modelId: model.id,
          sentence: { kind: 'text', text: values.text },
          watched: values.watch,
          interventions: [],
          corpus: null,
          ...(lens !== undefined && { tuned: { runId: lens } })
        },
        { sentence: 'text', watched: 'watch' }
      )
      const result = await jobs.run('ablation', 'Reading every layer', undefined, (job) =>
        runs.run('lens', request, job)
      )
      report.result(values.json, tuned ? { tuned, lens: result } : result, () =>
        [...(tuned ? [training(tuned)] : []), table(result, model.spelling)].join('\n')
      )
      return 0
    }, values.keep)
})

function training({ layers, words, drawn, steps, heldOut }: TunedLens): string {
  return [
    `Tuned on ${words.toLocaleString('en')} words${drawn ? ` ${drawnText(drawn)}` : ''}, ${steps} updates; ` +
      `divergence (KL) from the top layer in nats, on ${heldOut} sentences that were held out`,
    'layer  logit lens  tuned lens',
    ...layers.map(
      ({ layer, logit, tuned }) =>
        `${String(layer).padEnd(5)}  ${logit.toFixed(3).padStart(10)}  ${tuned.toFixed(3).padStart(10)}`
    ),
    ''
  ].join('\n')
}

/** The top layer first. */
function table({ tokens, best, watched }: LogitLens, spelling: TokenSpelling): string {
  const shown = (texts: readonly string[]): string[] =>
    shownTokens(
      texts.map((token) => ({ text: token })),
      spelling
    )
  const rows = best.map((guesses) => shown(guesses.map(({ text: guess }) => guess)))
  const columns = shown(tokens).map((token, i) => Math.max(token.length, ...rows.map((row) => row[i]!.length)) + 2)
  const line = (title: string, cells: readonly string[]): string =>
    `${title.padEnd(7)}${cells.map((cell, i) => cell.padEnd(columns[i]!)).join('')}`.trimEnd()
  const last = tokens.length - 1
  return [
    line('layer', shown(tokens)),
    ...rows.map((row, layer) => line(String(layer), row)).reverse(),
    ...watched.map(
      ({ text: word, rank }) =>
        `rank of ${shown([word])[0]!} at the last token, from layer 0 up: ` +
        best.map((_, layer) => rank.data[layer * tokens.length + last]).join(' ')
    ),
    ''
  ].join('\n')
}
