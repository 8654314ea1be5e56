import type { ResultFigures, ResultRows } from '@shared/results'

const columns = [
  'measure',
  'layer',
  'value',
  'low',
  'high',
  'control',
  'selectivity',
  'seen_types',
  'unseen_types',
  'conditional',
  'conditional_bits',
  'codelength_bits',
  'majority',
  'items'
]

/** A row a layer, of results whose numbers are a score at every layer. Shares are between 0 and 1. */
export function layerRows({ score, curve, majority, items }: ResultFigures): ResultRows {
  return {
    columns,
    rows: curve.map(({ layer, value, interval, control, selectivity, bits, ...point }) => [
      score?.measure ?? null,
      layer,
      value,
      interval?.[0] ?? null,
      interval?.[1] ?? null,
      control ?? null,
      selectivity ?? null,
      point.seen ?? null,
      point.unseen ?? null,
      point.conditional ?? null,
      point.conditionalBits ?? null,
      bits ?? null,
      majority,
      items
    ])
  }
}
