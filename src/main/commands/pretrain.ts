import { cpSync } from 'node:fs'
import { formatCount, formatCounted } from '@shared/counts'
import { pretrainFamilies, pretrainOptions, type PretrainEstimate, type PretrainResult } from '@shared/pretrain'
import { defineCommand } from '../commandLine/command'
import { json, keep, labelledData, seed } from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { explained } from '../commandLine/help'
import { openData, openModel } from '../commandLine/opening'
import { flag, fraction, fromField, group, number, required, text } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { checkNewFolder } from '../commandLine/report'
import { withServices } from '../commandLine/withServices'
import { plainName } from '../engine/datasets/readers/source'
import { atomicFolder } from '../engine/files/atomicFolder'

const [{ entries }] = pretrainOptions.pipe

/** Options by the field of the request that they set. */
const fields = {
  family: 'family',
  layers: 'layers',
  width: 'width',
  heads: 'heads',
  'mlp-width': 'mlpWidth',
  window: 'window',
  epochs: 'epochs',
  batch: 'batch',
  'learning-rate': 'learningRate',
  warmup: 'warmup',
  'weight-decay': 'weightDecay',
  dropout: 'dropout',
  'max-train': 'maxTrain'
} as const

export const pretrainCommand = defineCommand({
  name: 'pretrain',
  description: 'Trains a small model of a new shape from random weights on your text, and keeps its loss curve.',
  options: {
    train: required(
      text('FILE', `text to train on: .txt, a sentence a line, or ${labelledData}, whose labels are not read`)
    ),
    dev: text('FILE', 'text to watch the loss on; without it a tenth of the sentences is held out'),
    tokenizer: required(text('DIR', 'the model whose tokenizer the new one has: its folder, or its name in the cache')),
    'max-train': number(entries.maxTrain, 'N', 'sentences to train on, drawn with the seed'),
    out: text('DIR', "a new folder for the model, in Hugging Face's layout"),
    'dry-run': flag('say what it would take, and train nothing'),
    seed: seed('of the first weights, of masked tokens and of the order of the sentences'),
    json,
    keep,
    ...group('Shape', {
      family: fromField(entries.family, 'NAME', 'what it is like, and what it learns; below'),
      layers: number(entries.layers, 'N', 'blocks'),
      width: number(entries.width, 'N', 'numbers of a hidden state'),
      heads: number(entries.heads, 'N', 'attention heads of a block, which share the width evenly'),
      'mlp-width': number(entries.mlpWidth, 'N', 'units of an MLP (four times the width when not given)'),
      window: number(entries.window, 'N', 'tokens of the longest sequence; longer sentences are cut into pieces')
    }),
    ...group('How to train', {
      epochs: number(entries.epochs, 'N', 'passes over the text'),
      batch: number(entries.batch, 'N', 'sequences of an update'),
      'learning-rate': number(entries.learningRate, 'RATE', 'the highest; it rises, and then falls to 0', Number),
      warmup: number(entries.warmup, 'SHARE', 'of the updates, in which the rate rises', fraction),
      'weight-decay': number(entries.weightDecay, 'NUMBER', 'decay of the weights', Number),
      dropout: number(entries.dropout, 'SHARE', 'of the numbers that are set to 0 in each update', fraction)
    }),
    ...dataOptions
  },
  notes: explained(
    'Families',
    Object.entries(pretrainFamilies).map(([name, { title, learns }]) => [name, `${title}: learns ${learns}`] as const)
  ),
  examples: [
    'layerscope pretrain --train resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz' +
      ' --tokenizer resources/models/all-MiniLM-L6-v2 --layers 2 --width 64 --heads 2 --epochs 5 --out tiny-bert'
  ],
  resume: 'A run that was interrupted goes on where it was measured last; run the same command again.',
  run({ values, report }) {
    if (values.out !== undefined) checkNewFolder('out', values.out)
    return withServices(async (services) => {
      const opened = await openModel(services, report, values.tokenizer)
      const paths = [values.train, ...(values.dev === undefined ? [] : [values.dev])]
      const splitNames = ['train', 'dev'].slice(0, paths.length)
      const isText = paths.some((path) => plainName(path).endsWith('.txt'))
      const dataset = isText
        ? await openData(services, report, { paths, splitNames, choice: { format: 'text' } })
        : await openData(services, report, { paths, splitNames }, values)
      const set = Object.entries(fields).flatMap(([name, field]) => {
        const value = values[name as keyof typeof fields]
        return value === undefined ? [] : [[field, value]]
      })
      const request = parseRequest(
        'pretrain.run',
        {
          ...(Object.fromEntries(set) as object),
          modelId: opened.id,
          datasetId: dataset.id,
          split: 'train',
          heldOutSplit: values.dev === undefined ? null : 'dev',
          save: values.out !== undefined,
          seed: values.seed
        },
        { ...Object.fromEntries(Object.entries(fields).map(([name, field]) => [field, name])), seed: 'seed' }
      )
      if (values['dry-run']) {
        const estimate = await services.pretraining.estimate(request)
        report.result(values.json, estimate, () => estimateText(estimate))
        return 0
      }
      const title = services.pretraining.title(request)
      const result = await services.jobs.run('finetune', title, undefined, (job) =>
        services.runs.run('pretrain', request, job)
      )
      const { out } = values
      const stored = out !== undefined && result.checkpoint !== null ? out : null
      if (stored !== null) atomicFolder(stored, (folder) => cpSync(result.checkpoint!, folder, { recursive: true }))
      const shown = stored === null ? result : { ...result, checkpoint: stored }
      report.result(values.json, shown, () => table(shown))
      return 0
    }, values.keep)
  }
})

function table(result: PretrainResult): string {
  const { family, shape, parameters, sentences, dataset, heldOut, tokens, tokenizer, steps, epochs, checkpoint } =
    result
  let from = 0
  return [
    `${pretrainFamilies[family].title}, ${shape.layers} x ${shape.width}, ${formatCount(parameters)} parameters, ` +
      `tokenizer of ${tokenizer}; ${result.backend}, ${result.seconds.toFixed(1)} s`,
    `Trained on ${formatCounted(sentences, 'sentence')} of '${dataset.split}' (${formatCount(tokens)} tokens), ` +
      `watched on ${heldOut}`,
    '',
    ' epoch  update  training loss  held-out loss  perplexity  right',
    ...epochs.map(({ epoch, step, heldOutLoss, heldOutScore }) => {
      const made = steps.slice(from, step)
      from = step
      const loss = made.reduce((sum, update) => sum + update.loss, 0) / made.length
      return (
        epoch.toFixed(2).padStart(6) +
        String(step).padStart(8) +
        (made.length > 0 ? loss.toFixed(4) : '').padStart(15) +
        heldOutLoss.toFixed(4).padStart(15) +
        Math.exp(heldOutLoss).toFixed(1).padStart(12) +
        `${(100 * heldOutScore).toFixed(1)} %`.padStart(9)
      )
    }),
    ...(checkpoint === null ? [] : ['', `Stored in ${checkpoint}`]),
    ''
  ].join('\n')
}

function estimateText({ seconds, memoryBytes, diskBytes, parameters, steps, sentences }: PretrainEstimate): string {
  const mib = (bytes: number): string => `${formatCount(Math.ceil(bytes / 2 ** 20))} MiB`
  return (
    `${formatCounted(steps, 'update')} on ${formatCounted(sentences, 'sentence')}, about ` +
    `${formatCount(Math.ceil(seconds))} s, ${mib(memoryBytes)} of memory, ${mib(diskBytes)} on disk; ` +
    `${formatCount(parameters)} parameters.\n`
  )
}
