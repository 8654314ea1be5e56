import { adaptTitle } from '@shared/adaptMethods'
import { countedInputs, itemOfResult, layerName, type FinetuneResult } from '@shared/finetune'
import type { EnsembleScore } from '../../engine/training/task/ensemble'
import { formatCount, formatCounted } from '@shared/counts'
import { deviationOf, meanOf } from '@shared/spread'

/** One run as lines of text. */
export function finetuneTable(result: FinetuneResult): string {
  const { model, task, method, dataset, epochs, movement, trained, parameters, notes } = result
  const { measure, score, interval, majority, macroF1, keptEpoch, checkpoint, mix } = result
  const share = measure === 'accuracy'
  const shown = (value: number): string => (share ? `${(100 * value).toFixed(2)} %` : value.toFixed(4))
  const hasLoss = epochs.some(({ languageModelLoss }) => languageModelLoss !== null)
  const lines = [
    `${model.name}, ${task.title}, ${adaptTitle(method)}, seed ${result.settings.seed}; ${result.backend}, ` +
      `${result.seconds.toFixed(1)} s`,
    `Trained on ${countedInputs(result.trainSentences, itemOfResult(task))} of '${dataset.trainSplit}', watched on ` +
      `${dataset.heldOut}; ${formatCount(trained)} of ${formatCount(parameters)} parameters trained`,
    '',
    `epoch  update  held-out loss  held-out ${measure}${hasLoss ? '  language-model loss' : ''}`,
    ...epochs.map(
      ({ epoch, step, heldOutLoss, heldOutScore, languageModelLoss }) =>
        `${String(epoch).padStart(5)}${String(step).padStart(8)}${heldOutLoss.toFixed(4).padStart(15)}` +
        shown(heldOutScore).padStart(measure.length + 11) +
        `${languageModelLoss === null ? '' : languageModelLoss.toFixed(4).padStart(21)}` +
        `${epoch === keptEpoch ? '  kept' : ''}`
    ),
    ...selfTrainingLines(result, shown),
    '',
    `Test: ${measure} ${shown(score)}` +
      `${interval ? ` (95 % ${shown(interval[0])} to ${shown(interval[1])})` : ''} on ` +
      `${formatCounted(result.testItems, 'item')}${macroF1 === null ? '' : `, macro-F1 ${shown(macroF1)}`}` +
      `${majority > 0 ? `, majority ${shown(majority)}` : ''}`,
    ...(movement.length > 0
      ? [
          '',
          'layer                 weights moved   cosine      CKA',
          ...movement
            .filter(({ weights, cosine }) => weights > 0 || cosine !== null)
            .map(
              ({ layer, weights, cosine, cka }) =>
                `${layerName(layer, movement.length - 2).padEnd(20)}${`${(100 * weights).toFixed(3)} %`.padStart(15)}` +
                [cosine, cka].map((value) => (value === null ? '' : value.toFixed(4).padStart(9))).join('')
            )
        ]
      : []),
    ...probeLines(result),
    ...sliceLines(result),
    ...(mix ? ['', `Mix of layers: ${mix.map((one) => one.toFixed(3)).join(' ')}`] : []),
    ...(checkpoint === null ? [] : ['', `Stored in ${checkpoint}`]),
    ...notes
  ]
  return `${lines.join('\n')}\n`
}

/** Scores by slice of the test items, of the unchanged model and of the adapted one. */
function sliceLines({ slices = [] }: FinetuneResult): string[] {
  if (slices.length === 0) return []
  const share = (value: number): string => (100 * value).toFixed(2)
  return [
    '',
    'Slices, accuracy in % of a linear classifier on the unchanged model (base) and of the adapted one',
    `${'slice'.padEnd(40)}   items  weight     base  adapted    difference (95 %)        p (Holm)`,
    ...slices.map(({ title, items, weight, base, adapted, test }) => {
      const ends = test?.interval ? ` (${test.interval.map(share).join(' to ')})` : ''
      return (
        title.slice(0, 40).padEnd(40) +
        formatCount(items).padStart(8) +
        String(weight).padStart(8) +
        [base, adapted].map((score) => share(score).padStart(9)).join('') +
        `    ${`${share(adapted - base)}${ends}`.padEnd(24)}` +
        (test ? test.corrected.toFixed(4).padStart(9) : 'not tested'.padStart(9))
      )
    })
  ]
}

/** Accuracy of probes of other labels by layer and moment, and the change from the first moment to the last. */
function probeLines({ probes = [] }: FinetuneResult): string[] {
  const share = (value: number): string => (100 * value).toFixed(2)
  return probes.flatMap(({ task, data, testItems, majority, points }) => {
    const layers = points[0]!.layers.map(({ layer }) => layer)
    return [
      '',
      `Probes of ${task.title} along the way, accuracy in % on ${formatCounted(testItems, 'item')} of ` +
        `'${data.testSplit}' (majority ${share(majority)})`,
      `layer${points.map(({ step }) => `update ${step}`.padStart(14)).join('')}    change (95 %)${' '.repeat(15)}p`,
      ...layers.map((layer, l) => {
        const change = points.at(-1)!.layers[l]!.change
        const ends = change?.interval ? ` (${change.interval.map(share).join(' to ')})` : ''
        return (
          String(layer).padStart(5) +
          points.map((point) => share(point.layers[l]!.accuracy).padStart(14)).join('') +
          (change
            ? `    ${`${share(change.difference)}${ends}`.padEnd(24)}${change.corrected.toFixed(4).padStart(9)}`
            : '')
        )
      })
    ]
  })
}

/** The trainings of self-training; the last is the one above and below. */
function selfTrainingLines({ selfTraining, task }: FinetuneResult, shown: (value: number) => string): string[] {
  if (!selfTraining) return []
  const { rounds, unlabelled, settled } = selfTraining
  return [
    '',
    `Self-training on ${formatCounted(unlabelled, itemOfResult(task))} without labels` +
      `${settled ? '; it ended because nothing changed any more' : ''}`,
    'round     added  held-out score',
    ...rounds.map(
      ({ round, added, epochs }) =>
        `${String(round).padStart(5)}${formatCount(added).padStart(10)}` +
        shown(epochs.at(-1)!.heldOutScore).padStart(16)
    )
  ]
}

/** Several seeds in a line. */
export function seedsLine(results: readonly FinetuneResult[], ensemble: EnsembleScore): string {
  const [{ measure }] = results as [FinetuneResult]
  const isShare = measure === 'accuracy'
  const scores = results.map(({ score }) => (isShare ? 100 * score : score))
  const shown = (score: number): string => `${(isShare ? 100 * score : score).toFixed(2)}${isShare ? ' %' : ''}`
  return (
    `\n${results.length} seeds: ${measure} ${meanOf(scores).toFixed(2)}${isShare ? ' %' : ''} on average, standard ` +
    `deviation ${deviationOf(scores).toFixed(2)}; their mean answer ${shown(ensemble.score)}` +
    `${ensemble.macroF1 === null ? '' : `, macro-F1 ${shown(ensemble.macroF1)}`}\n`
  )
}
