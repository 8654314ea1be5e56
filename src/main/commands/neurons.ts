import type { Effect, MeasureInfo } from '@shared/ablation'
import { neuronOptions } from '@shared/ablationRequests'
import { drawnText } from '@shared/drawing'
import type { ModelInfo } from '@shared/model'
import type { NeuronCurves, NeuronResult } from '@shared/neurons'
import { defineCommand } from '../commandLine/command'
import {
  drawFrom,
  inOrder,
  json,
  keep,
  labelledData,
  layer,
  seed,
  transformer,
  wordCount
} from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { checkLayers, openData, openModel } from '../commandLine/opening'
import { choice, flag, number, required, text, withDefault } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'

const { site, edit, randomOrders } = neuronOptions.entries

export const neuronsCommand = defineCommand({
  name: 'neurons',
  description: 'Ranks neurons by a linear probe, and removes them from the top, from the bottom and at random.',
  options: {
    model: transformer,
    train: required(text('FILE', `data to train the probe on: ${labelledData}`)),
    data: required(text('FILE', 'the corpus to measure on')),
    label: required(text('NAME', 'word labels to probe for')),
    layer: layer('layer of the neurons (default: the middle one)'),
    site: withDefault(
      choice(site.options, 'KIND', "resid: features of the hidden states; mlp: neurons inside the layer's MLP"),
      'resid'
    ),
    edit: withDefault(choice(edit.options, 'HOW', 'what replaces them; mean: their mean over the corpus'), 'zero'),
    random: withDefault(number(randomOrders, 'N', 'random orders for comparison'), '3'),
    loss: flag('also the loss of the language-model head without them'),
    'max-train-words': wordCount('whole sentences of --train, up to about N words, drawn with the seed', '10000'),
    'max-words': wordCount('whole sentences of --data, up to about N words, drawn with the seed', '5000'),
    'in-order': inOrder,
    seed: seed('of all random draws'),
    json,
    keep,
    ...dataOptions
  },
  notes: 'The probe has an elastic net (the NeuroX recipe); docs/ablations.md says how its weights become a ranking.',
  examples: [
    'layerscope neurons --model resources/models/all-MiniLM-L6-v2 --train dev.conllu --data test.conllu ' +
      '--label upos --layer 3'
  ],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const { jobs } = services
      const model = await openModel(services, report, values.model)
      checkLayers('layer', [values.layer ?? 0], model)
      const data = { paths: [values.train, values.data], splitNames: ['train', 'test'] }
      const dataset = await openData(services, report, data, values, [values.label])
      const request = parseRequest(
        'ablation.neurons',
        {
          modelId: model.id,
          datasetId: dataset.id,
          split: 'test',
          trainSplit: 'train',
          task: values.label,
          pool: readsForward(model) ? 'last' : 'first',
          site: values.site,
          layer: values.layer ?? Math.ceil(model.layers / 2),
          edit: values.edit,
          loss: values.loss,
          randomOrders: values.random,
          maxTrainWords: values['max-train-words'],
          maxWords: values['max-words'],
          ...drawFrom(values, values['max-words']),
          seed: values.seed
        },
        {
          task: 'label',
          layer: 'layer',
          randomOrders: 'random',
          maxTrainWords: 'max-train-words',
          maxWords: 'max-words',
          seed: 'seed'
        }
      )
      const result = await jobs.run('ablation', 'Removing neurons', undefined, (job) =>
        services.runs.run('neurons', request, job)
      )
      report.result(values.json, result, () => table(result))
      return 0
    }, values.keep)
})

/** A causal model has read all of a word only at its last subword. */
function readsForward({ head, masked }: ModelInfo): boolean {
  return head === true && !masked
}

function table(result: NeuronResult): string {
  const { neurons, counts, probe, mass, order, classes } = result
  const lines = [
    `${result.modelName}, ${neurons} neurons of ${result.at}, ${result.task} on ` +
      `${result.words.toLocaleString('en')} words` +
      `${result.drawn ? ` ${drawnText(result.drawn)}` : ''}; ${result.seconds.toFixed(1)} s\n`,
    `Ranking probe: ${(100 * probe.accuracy).toFixed(2)} %, ${probe.nonZero} of ${probe.weights} weights are ` +
      `not 0${probe.converged ? '' : ', not converged'}; half of their mass in ` +
      `${1 + mass.findIndex((share) => share >= 0.5)} neurons\n`,
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
      `\n${curves.title}, ${result.edit.toLowerCase()} in place of neurons\n  gone  ` +
        `${['top first', 'bottom first', 'random'].map((name) => name.padStart(14)).join('')}\n`
    )
    counts.forEach((count, i) => {
      const values = [curves.top[i]!.value, curves.bottom[i]!.value, meanOf(curves, i)]
      const cells = values.map((value) => show(curves.unit, value).padStart(14))
      lines.push(`${String(count).padStart(6)}  ${cells.join('')}\n`)
    })
  }
  return lines.join('')
}

function meanOf({ random }: NeuronCurves, i: number): number {
  return random.reduce((sum, curve: readonly Effect[]) => sum + curve[i]!.value, 0) / random.length
}

function show(unit: MeasureInfo['unit'], value: number): string {
  return unit === 'share' ? (value * 100).toFixed(2) : value.toFixed(4)
}
