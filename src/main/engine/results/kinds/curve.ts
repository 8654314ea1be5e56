import { curveSteps, paretoPoints, type CurveResult } from '@shared/curve'
import { curveKinds } from '@shared/curveSettings'
import { hypervolume } from '@shared/pareto'
import { methodTitle } from '@shared/probeMethods'
import type { ResultFigures } from '@shared/results'
import { curveCitations, curveMethodsText } from '../export/curveMethodsText'
import { layersText } from '../export/layersText'
import type { ResultKind } from '../kind'

export const curveKind: ResultKind<'curve'> = {
  id: 'curve',
  command: 'curve',
  earlier: {
    mark: 'points',
    subject: (result) => ({
      model: { id: result.model.id, name: result.model.name },
      data: { id: result.dataset.id, name: result.dataset.name, parts: partsOf(result) },
      task: { id: result.task.id, title: result.task.title }
    }),
    backend: ({ backend }) => backend,
    seconds: ({ seconds }) => seconds
  },
  summarise(result) {
    if (result.settings.kind === 'pareto') return paretoFigures(result)
    const best = result.points.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
    return {
      method: `${curveKinds[result.settings.kind].title.toLowerCase()}, ${methodTitle(result.options.probe)}`,
      score: { measure: result.measure, value: best.accuracy, layer: best.layer },
      // The highest mean along the axis, over seeds.
      curve: result.layers.map((layer) => ({
        layer,
        value: Math.max(...curveSteps(result, layer).map(({ mean }) => mean))
      })),
      majority: null,
      items: best.testItems
    }
  },
  rows: ({ points, measure, random }) => ({
    columns: [
      ...['layer', 'at', 'seed', 'train_part', 'test_part', 'train_items', 'items', measure, 'control'],
      ...(random ? ['complexity'] : [])
    ],
    rows: [...points, ...(random ?? [])].map(({ layer, at, seed, trainSplit, testSplit, trainItems, ...point }) => [
      layer,
      at,
      seed,
      trainSplit,
      testSplit,
      trainItems,
      point.testItems,
      point.accuracy,
      point.control ?? null,
      ...(random ? [point.complexity ?? null] : [])
    ])
  }),
  methods: curveMethodsText,
  cites: curveCitations,
  describe: ({ task, layers, points }) => `${task.title}, ${layersText(layers)}, ${points.length} points`
}

function paretoFigures(result: CurveResult): ResultFigures {
  const curve = result.layers.map((layer) => ({ layer, value: hypervolume(paretoPoints(result, layer)) }))
  const best = curve.reduce((a, b) => (b.value > a.value ? b : a))
  return {
    method: 'complexity, linear and MLP',
    score: { measure: 'hypervolume', ...best },
    curve,
    majority: null,
    items: result.points[0]!.testItems
  }
}

function partsOf({ settings, dataset }: CurveResult): string {
  return settings.kind === 'languages' ? settings.splits.join(', ') : `${dataset.trainSplit} to ${dataset.testSplit}`
}
