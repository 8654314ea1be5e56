import { drawnPartsText } from '@shared/drawing'
import { partsText, poolingText, trainedOnText } from '@shared/probeSetUp'
import type { RegressionLayer, RegressionResult } from '@shared/regression'
import { intervalRefusal, type Interval } from '@shared/probe'
import type { LayerLine } from '@/plots/layerLine'
import { formatCount } from '@/plots/format'
import type { SeriesLook } from '@/plots/markers'
import { unitOf } from '@/plots/taskWords'

export const regressionMeasures = ['r2', 'pearson', 'spearman'] as const
export type RegressionMeasure = (typeof regressionMeasures)[number]

export const regressionTexts: Record<RegressionMeasure, { title: string; hint: string }> = {
  r2: {
    title: 'R²',
    hint: 'Share of the variance of the test values that the probe explains; below 0 if their mean would do better'
  },
  pearson: { title: 'Pearson', hint: 'Correlation of predicted and true values' },
  spearman: { title: 'Spearman', hint: 'Rank correlation of predicted and true values' }
}

const intervals = { r2: 'r2Interval', pearson: 'pearsonInterval', spearman: 'spearmanInterval' } as const

export function measuredAt(layer: RegressionLayer, measure: RegressionMeasure): { value: number; interval: Interval } {
  return { value: layer[measure], interval: layer[intervals[measure]] }
}

/** The layer that predicts the values best; the lowest of equal ones. */
export function bestOf(result: RegressionResult, measure: RegressionMeasure): RegressionLayer {
  return result.layers.reduce((a, b) => (b[measure] > a[measure] ? b : a))
}

/** The lines of the chart: the task in question with what it is held against, the others behind it. */
export function regressionLines(
  results: readonly RegressionResult[],
  measure: RegressionMeasure,
  task: string,
  style: (task: string) => SeriesLook
): LayerLine[] {
  return results.map((result): LayerLine => {
    const emphasised = result.task.id === task
    const cosine =
      measure === 'r2' || !emphasised
        ? []
        : result.layers.flatMap(({ layer, cosine }) => (cosine ? [{ layer, value: cosine[measure] }] : []))
    return {
      id: result.id,
      title: result.task.title,
      ...style(result.task.id),
      dash: null,
      points: result.layers.map((layer) => {
        const { value, interval } = measuredAt(layer, measure)
        const [low, high] = interval ?? [value, value]
        return { layer: layer.layer, value, low, high }
      }),
      companion: cosine.length > 0 ? { title: 'cosine, untrained', points: cosine } : null,
      baselines: emphasised
        ? [{ id: 'memoriser', title: memoriserTitle(result), value: result.memoriser[measure], dash: '2 3' }]
        : [],
      emphasised
    }
  })
}

function memoriserTitle({ task }: RegressionResult): string {
  return task.unit === 'token' ? 'word alone' : task.unit === 'pair' ? 'both words alone' : 'seen items'
}

export function written(value: number): string {
  return value.toFixed(3).replace('-', '−')
}

/** What the curve says, in two sentences. */
export function regressionVerdict(result: RegressionResult): { headline: string; details: string } {
  const best = bestOf(result, 'r2')
  const interval = best.r2Interval
  const beats = interval !== null && interval[0] > result.memoriser.r2
  const refusal = intervalRefusal(result.clusters)
  const cosine = best.cosine
    ? ` The cosine of the two vectors, untrained, reaches Spearman ${written(best.cosine.spearman)}.`
    : ''
  return {
    headline:
      `${result.task.title} is predicted best at layer ${best.layer}: R² ${written(best.r2)}` +
      `${interval ? ` (${interval.map(written).join(' to ')})` : ''}${trainedOnText(result.dataset)}.`,
    details:
      `Spearman ${written(best.spearman)}. ${beats ? 'Better' : 'Not clearly better'} than ` +
      `${memoriserTitle(result)}, which reaches R² ${written(result.memoriser.r2)}.${cosine} Ridge ` +
      `regression, alpha ${result.alpha}, trained on ${formatCount(result.trainItems)}, tested on ` +
      `${formatCount(result.testItems)} ${unitOf(result, result.testItems)}.${refusal === null ? '' : ` ${refusal}`}`
  }
}

/** One row a layer, as it leaves the window. */
export function regressionRows(results: readonly RegressionResult[]) {
  return results.flatMap((result) =>
    result.layers.map((layer) => ({
      model: result.model.name,
      dataset: result.dataset.name,
      task: result.task.id,
      train_split: result.dataset.trainSplit,
      test_split: result.dataset.testSplit,
      pool: result.pool,
      train_items: result.trainItems,
      test_items: result.testItems,
      alpha: result.alpha,
      layer: layer.layer,
      r2: layer.r2,
      r2_low: layer.r2Interval?.[0] ?? null,
      r2_high: layer.r2Interval?.[1] ?? null,
      pearson: layer.pearson,
      pearson_low: layer.pearsonInterval?.[0] ?? null,
      pearson_high: layer.pearsonInterval?.[1] ?? null,
      spearman: layer.spearman,
      spearman_low: layer.spearmanInterval?.[0] ?? null,
      spearman_high: layer.spearmanInterval?.[1] ?? null,
      cosine_pearson: layer.cosine?.pearson,
      cosine_spearman: layer.cosine?.spearman,
      memoriser_r2: result.memoriser.r2,
      memoriser_pearson: result.memoriser.pearson,
      memoriser_spearman: result.memoriser.spearman,
      run: result.id
    }))
  )
}

/** How a regression was made, part by part, as a probing run says it. */
export function regressionLine({
  alpha,
  dataset,
  task,
  pool,
  trainItems,
  testItems,
  drawn,
  options
}: RegressionResult): string[] {
  const drawnText = drawnPartsText(drawn, task.unit)
  return [
    `ridge, alpha ${alpha}`,
    partsText(dataset, trainItems, testItems, task.unit),
    ...(drawnText ? [drawnText] : []),
    poolingText({ pool, unit: task.unit }),
    `seed ${options.seed}`
  ]
}
