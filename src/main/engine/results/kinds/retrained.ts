import { eraserSentence } from '@shared/ablationEffects'
import type { ResultKind } from '../kind'
import { aboutIntervals, effectCells, effectColumns, figures, methodsOf, sampled, setText } from './ablationWords'

export const retrainedKind: ResultKind<'retrained'> = {
  id: 'retrained',
  command: 'ablate',
  summarise: ({ tasks, provenance }) =>
    figures(
      `${setText(provenance?.request)}, ${tasks.map(({ task }) => task.title).join(', ')}`,
      null,
      tasks[0]?.testItems ?? null
    ),
  rows: ({ tasks }) => ({
    columns: ['task', 'layer', 'set', 'probe', 'plain', ...effectColumns],
    rows: tasks.flatMap(({ task, layers }) =>
      layers.flatMap(({ layer, plain, random, ...pair }) =>
        [pair, ...random].flatMap(({ kept, retrained }, i) => {
          const about = [task.title, layer, i === 0 ? 'the set' : `random ${i}`]
          return [
            [...about, 'trained before', plain, ...effectCells(kept)],
            [...about, 'trained again', plain, ...effectCells(retrained)]
          ]
        })
      )
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `${result.modelName} was changed by ${setText(result.provenance?.request)}. Linear probes were trained on ` +
        `'${result.trainSplit}' of ${result.datasetName} before the change and again after it, and tested on ` +
        `'${result.testSplit}', beside ${result.randomSets} random sets of the same size.`,
      ...[eraserSentence(result) ?? []].flat(),
      aboutIntervals(result.tasks[0] ?? {})
    ),
  cites: sampled,
  describe: ({ tasks }) => `Probes of ${tasks.map(({ task }) => task.title).join(', ')}, trained again`
}
