import type { ResultKindId } from '@shared/results'
import {
  Aperture,
  Archive,
  Blocks,
  ChartLine,
  ChartNoAxesColumnDecreasing,
  ChartScatter,
  ChartSpline,
  EqualApproximately,
  Eraser,
  Focus,
  Gauge,
  GitCompareArrows,
  Grid3x3,
  Languages,
  ListOrdered,
  Repeat2,
  Replace,
  Scale,
  ScatterChart,
  Scissors,
  Sigma,
  SpellCheck,
  SpellCheck2,
  Text,
  TextSelect,
  Waypoints
} from '@lucide/vue'
import type { Component } from 'vue'

/** The same icons as in the list of jobs where a kind of job has a single kind of result. */
const icons: { readonly [K in ResultKindId]?: Component } = {
  probe: ChartLine,
  regression: ChartScatter,
  curve: ChartSpline,
  pairs: SpellCheck,
  scan: Scissors,
  ablationSet: Blocks,
  change: Waypoints,
  retrained: Repeat2,
  setPairs: SpellCheck2,
  similarity: EqualApproximately,
  eraser: Eraser,
  pruning: ChartNoAxesColumnDecreasing,
  taskMap: Grid3x3,
  neurons: ListOrdered,
  heads: Focus,
  patch: Replace,
  lens: Aperture,
  sentence: Text,
  cka: Scale,
  adapted: GitCompareArrows,
  alignment: Languages,
  speed: Gauge,
  facts: TextSelect,
  tests: Sigma,
  differences: GitCompareArrows,
  projection: ScatterChart
}

/** The icon of a kind of result. */
export function kindIcon(kind: ResultKindId): Component {
  return icons[kind] ?? Archive
}
