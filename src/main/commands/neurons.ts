import { writeFileSync } from 'node:fs'
import type { Effect, MeasureInfo } from '@shared/ablation'
import { silentJob } from '@shared/jobs'
import type { ModelInfo } from '@shared/model'
import type { NeuronCurves, NeuronResult } from '@shared/neurons'
import { need, oneOf, readArguments, wholeNumber, type Command } from './command'
import { withServices } from './withServices'

const help = `Ranks neurons by a linear probe, and takes them away from the top, the bottom and at random.

  layerscope neurons --model DIR --train FILE --data FILE --label NAME [--layer N] [--site resid|mlp] [options]

  --model DIR            the checkpoint's folder
  --train FILE           what the probe is trained on: CoNLL-U, TSV, CSV or JSONL; .gz is read
  --data FILE            the corpus to measure on
  --label NAME           labels of words to probe for
  --layer N              layer of the neurons (default: the middle one)
  --site KIND            resid (default): features of the hidden states; mlp: neurons inside the layer's MLP
  --edit HOW             what takes their place: zero (default) or their mean over the corpus
  --random N             random orders beside it (default 3)
  --loss                 the loss of the language-model head without them as well
  --max-train-words N    default 10000
  --max-words N          default 5000
  --seed N               of everything drawn (default 1)
  --json OUT             write the whole result; OUT - writes it to standard output instead of the table

The probe has an elastic net (the NeuroX recipe); docs/ablations.md says how its weights make an order.

Example
  layerscope neurons --model resources/models/all-MiniLM-L6-v2 --train dev.conllu --data test.conllu --label upos --layer 3
`

export const neuronsCommand: Command = {
  name: 'neurons',
  summary: 'rank neurons by a probe and take them away',
  help,
  async run(parameters) {
    const { values } = readArguments('neurons', parameters, {
      model: { type: 'string' },
      train: { type: 'string' },
      data: { type: 'string' },
      label: { type: 'string' },
      layer: { type: 'string' },
      site: { type: 'string', default: 'resid' },
      edit: { type: 'string', default: 'zero' },
      random: { type: 'string', default: '3' },
      loss: { type: 'boolean', default: false },
      'max-train-words': { type: 'string', default: '10000' },
      'max-words': { type: 'string', default: '5000' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' }
    })
    const modelPath = need('neurons', 'model', values.model)
    const paths = [need('neurons', 'train', values.train), need('neurons', 'data', values.data)]
    const task = need('neurons', 'label', values.label)
    const site = oneOf('site', values.site, ['resid', 'mlp'] as const)
    const edit = oneOf('edit', values.edit, ['zero', 'mean'] as const)
    const numbers = {
      randomOrders: wholeNumber('random', values.random, 1),
      maxTrainWords: wholeNumber('max-train-words', values['max-train-words'], 1),
      maxWords: wholeNumber('max-words', values['max-words'], 1),
      seed: wholeNumber('seed', values.seed, 0)
    }
    const wanted = values.layer === undefined ? null : wholeNumber('layer', values.layer, 0)
    return withServices(async ({ models, datasets, neurons, jobs }) => {
      const model = await models.open(modelPath, silentJob())
      const dataset = await datasets.open({ paths, splitNames: ['train', 'test'] })
      const result = await jobs.run('ablation', 'Taking neurons away', undefined, (job) =>
        neurons.rank(
          {
            modelId: model.id,
            datasetId: dataset.id,
            split: 'test',
            trainSplit: 'train',
            task,
            pool: readsForward(model) ? 'last' : 'first',
            site,
            layer: wanted ?? Math.ceil(model.layers / 2),
            edit,
            loss: values.loss,
            ...numbers
          },
          job
        )
      )
      const json = `${JSON.stringify(result, null, 1)}\n`
      if (values.json && values.json !== '-') writeFileSync(values.json, json)
      process.stdout.write(values.json === '-' ? json : table(result))
      return 0
    })
  }
}

/** A model that says the next token has read all of a word at its last piece. */
function readsForward({ head, masked }: ModelInfo): boolean {
  return head === true && !masked
}

function table(result: NeuronResult): string {
  const { neurons, counts, probe, mass, order, classes } = result
  const lines = [
    `${result.modelName}, ${neurons} neurons of ${result.at}, ${result.task} on ${result.words.toLocaleString('en')} words; ${result.seconds.toFixed(1)} s\n`,
    `Ranking probe: ${(100 * probe.accuracy).toFixed(2)} %, ${probe.nonZero} of ${probe.weights} weights are not 0${probe.converged ? '' : ', not converged'}; half of their mass in ${1 + mass.findIndex((share) => share >= 0.5)} neurons\n`,
    `Most important: ${order.slice(0, 20).join(' ')}\n`,
    ...classes.slice(0, 8).map(
      ({ label, top, half }) =>
        `  ${label.padEnd(14)} half in ${String(half).padStart(4)}: ${top
          .slice(0, 6)
          .map(({ neuron, share }) => `${neuron} ${(100 * share).toFixed(1)}`)
          .join(', ')}\n`
    )
  ]
  for (const curves of [result.inProbe, ...result.inModel]) {
    lines.push(
      `\n${curves.title}, ${result.edit.toLowerCase()} in place of neurons\n  gone  ${['top first', 'bottom first', 'random'].map((name) => name.padStart(14)).join('')}\n`
    )
    counts.forEach((count, i) =>
      lines.push(
        `${String(count).padStart(6)}  ${[curves.top[i]!.value, curves.bottom[i]!.value, meanOf(curves, i)].map((value) => show(curves.unit, value).padStart(14)).join('')}\n`
      )
    )
  }
  return lines.join('')
}

function meanOf({ random }: NeuronCurves, i: number): number {
  return random.reduce((sum, curve: readonly Effect[]) => sum + curve[i]!.value, 0) / random.length
}

function show(unit: MeasureInfo['unit'], value: number): string {
  return unit === 'share' ? (value * 100).toFixed(2) : value.toFixed(4)
}
