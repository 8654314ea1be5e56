import type { CurveResult } from '@shared/curve'
import type { CurveSettings } from '@shared/curveSettings'
import { defaultMethod, learnsTrees, methodSentence } from '@shared/probeMethods'
import { trainingSentence } from '@shared/probeMethods/fields'
import type { ReferenceKey } from '@shared/references'
import { aboutSoftware, aboutVectors, itemNames, probeKeys } from './probeMethodsText'

/** A methods paragraph of one curve, from the result alone, as `probeMethodsText` writes one of a run. */
export function curveMethodsText(result: CurveResult): string {
  const { model, dataset, task, layers, settings, options, measure } = result
  const items = learnsTrees(options.probe) ? 'sentences' : itemNames[task.unit]
  const probed =
    layers.length === model.layers + 1
      ? `all ${layers.length} layers of ${model.name}, the embeddings (layer 0) included`
      : `layer${layers.length === 1 ? '' : 's'} ${layers.join(', ')} of ${model.name}`
  const about = learnsTrees(options.probe) ? 'the dependency trees' : task.title
  const parts =
    settings.kind === 'languages'
      ? ''
      : ` Probes were trained on the part '${dataset.trainSplit}' and tested on '${dataset.testSplit}', which ` +
        'decided nothing else.'
  return [
    `We probed ${probed} for ${about} on ${dataset.name}, ${axes[settings.kind](settings as never, items)}.${parts}`,
    aboutVectors(result),
    aboutProbes(result),
    ...(options.control
      ? [
          'Selectivity is accuracy minus that on a control task, which gives every word type a random label ' +
            'from the distribution of the real ones [hewittLiang2019].'
        ]
      : []),
    `Scores are ${measure === 'UUAS' ? 'UUAS' : 'accuracies'}; all draws follow the seed ${options.seed}` +
      `${options.draw === undefined ? '' : `, those of limited parts the seed ${options.draw}`}.`,
    aboutSoftware(result)
  ].join(' ')
}

// The setting on the axis varies.
function aboutProbes({ settings, options: { probe } }: CurveResult): string {
  if (settings.kind === 'pareto')
    return (
      'The linear probe is multinomial logistic regression with an L2 penalty (C = 1); each other one is a ' +
      'multi-layer perceptron with that hidden layer of rectified units. ' +
      `${trainingSentence(probe.kind === 'mlp' ? probe : defaultMethod('mlp'), 'items')} ` +
      'Complexity is memorisation: the same probe was trained on the training labels shuffled over the items, with ' +
      'all passes, and scored on them. Of each layer the Pareto front and its hypervolume are given, up to a ' +
      'complexity of 1 and down to an accuracy of 0 [pimentel2020pareto], beside those of a random vector for every ' +
      'word type.'
    )
  if (settings.kind === 'hidden' && probe.kind === 'mlp')
    return (
      'Each probe is a multi-layer perceptron with that hidden layer of rectified units. ' +
      `${trainingSentence(probe, 'items')}`
    )
  if (settings.kind === 'rank' && probe.kind === 'lowRank')
    return `Each probe is a softmax over a linear map of that rank. ${trainingSentence(probe, 'items')}`
  return methodSentence(probe)
}

/** What a curve's recipe and task are cited by. */
export function curveCitations(result: CurveResult): ReferenceKey[] {
  const { options, task, dataset } = result
  return [
    ...new Set([
      ...probeKeys({ probe: options.probe, task, datasetName: dataset.name, control: options.control }),
      ...(result.settings.kind === 'pareto' ? (['kingmaBa2015', 'pimentel2020pareto'] as const) : []),
      'smilkov2019' as const
    ])
  ].sort()
}

const axes: {
  readonly [K in CurveSettings['kind']]: (settings: Extract<CurveSettings, { kind: K }>, items: string) => string
} = {
  size: ({ shares, draws }) =>
    `with ${shares.map((share) => `${Number((share * 100).toFixed(1))} %`).join(', ')} of the training ` +
    `sentences, ${draws === 1 ? 'one draw' : `${draws} draws`} of them, each smaller set part of the larger ones`,
  hidden: ({ sizes }) =>
    'with a hidden layer of ' +
    `${sizes.map((size) => (size === 0 ? '0 (a linear probe)' : String(size))).join(', ')} units`,
  pareto: ({ sizes }) =>
    'with probes from simple to complex: hidden layers of ' +
    `${sizes.map((size) => (size === 0 ? '0 (a linear probe)' : String(size))).join(', ')} units`,
  rank: ({ ranks }) => `through ranks ${ranks.join(', ')}`,
  restarts: ({ starts }) => `from ${starts} random starts`,
  languages: ({ splits, trainShare }, items) =>
    `trained on each of ${splits.join(', ')} and tested on all of them: on ` +
    `${Number((trainShare * 100).toFixed(1))} % of the sentences, the same places in every part, and on the ` +
    `${items} of the rest, so that no sentence was tested on whose translation was trained on`
}
