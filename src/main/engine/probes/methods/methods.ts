import type { ProbeKind } from '@shared/probeMethods'
import { linearMethod } from './linearProbe'
import { lowRankMethod } from './lowRank'
import type { ProbeMethod } from './method'
import { mixMethod } from './mix'
import { mlpMethod } from './mlp'
import { nearestMethod } from './nearest'

/** Kinds of probes that tell classes; the structural probe tells trees. */
export type ClassProbeKind = Exclude<ProbeKind, 'structural'>

/** Every probe that tells classes, by its name in a request. */
export const probeMethods: Record<ClassProbeKind, ProbeMethod> = {
  linear: linearMethod,
  mlp: mlpMethod,
  lowRank: lowRankMethod,
  mix: mixMethod,
  knn: nearestMethod
}
