import { curveSteps, type CurveResult } from '@shared/curve'
import { curveKinds } from '@shared/curveSettings'
import { methodTitle } from '@shared/probeMethods'
import { curveCitations, curveMethodsText } from '../export/curveMethodsText'
import type { KindRules } from '../kind'

export const curveRecords: KindRules<'curve'> = {
  title: 'curve',
  summarise(result) {
    const best = result.points.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
    return {
      model: { id: result.model.id, name: result.model.name },
      dataset: { id: result.dataset.id, name: result.dataset.name, parts: partsOf(result) },
      task: { id: result.task.id, title: result.task.title },
      method: `${curveKinds[result.settings.kind].title.toLowerCase()}, ${methodTitle(result.options.probe)}`,
      score: { measure: result.measure, value: best.accuracy, layer: best.layer },
      // The highest mean along the axis, over seeds.
      curve: result.layers.map((layer) => ({
        layer,
        value: Math.max(...curveSteps(result, layer).map(({ mean }) => mean))
      })),
      majority: null,
      items: best.testItems,
      backend: result.backend,
      seconds: result.seconds
    }
  },
  methods: curveMethodsText,
  cites: curveCitations
}

function partsOf({ settings, dataset }: CurveResult): string {
  return settings.kind === 'languages' ? settings.splits.join(', ') : `${dataset.trainSplit} to ${dataset.testSplit}`
}
