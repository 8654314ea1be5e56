import type { KeptKind } from '@shared/kept'
import type { KindRules } from './kind'
import { curveRecords } from './kinds/curveRecords'
import { pairRecords } from './kinds/pairRecords'
import { probeRecords } from './kinds/probeRecords'
import { regressionRecords } from './kinds/regressionRecords'

/** Every kind of results, a line each. */
export const keptKinds: { readonly [K in KeptKind]: KindRules<K> } = {
  probe: probeRecords,
  curve: curveRecords,
  regression: regressionRecords,
  pairs: pairRecords
}
