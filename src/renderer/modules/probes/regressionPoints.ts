import type { RegressionPoints, RegressionResult } from '@shared/regression'

/** Positions of the points with the worst predictions, the largest error first. */
export function worstPredicted(
  { gold, predicted }: Pick<RegressionPoints, 'gold' | 'predicted'>,
  count: number
): number[] {
  const off = (place: number): number => Math.abs(gold.data[place]! - predicted.data[place]!)
  return Array.from(gold.data.keys())
    .sort((a, b) => off(b) - off(a) || a - b)
    .slice(0, count)
}

/** One row an item, as it leaves the window. */
export function pointTable(
  { items, gold, predicted }: RegressionPoints,
  { model, dataset, task, id }: RegressionResult,
  layer: number
) {
  return Array.from(items.data, (item, place) => ({
    model: model.name,
    dataset: dataset.name,
    split: dataset.testSplit,
    task: task.id,
    layer,
    item,
    true: gold.data[place]!,
    predicted: predicted.data[place]!,
    run: id
  }))
}
