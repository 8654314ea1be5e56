import type { KindsOf, ProbeKind } from '@shared/probeMethods'
import { structuralMethod } from '../structural/structuralMethod'
import { linearMethod } from './linearProbe'
import { lowRankMethod } from './lowRank'
import type { MethodFacts, ProbeMethod } from './method'
import { mixMethod } from './mix'
import { mlpMethod } from './mlp'
import { nearestMethod } from './nearest'

/** Kinds of probes that learn classes. */
export type ClassProbeKind = KindsOf<'classes'>

/** Every probe that learns classes, by its name in a request. */
export const probeMethods: Record<ClassProbeKind, ProbeMethod & MethodFacts> = {
  linear: linearMethod,
  mlp: mlpMethod,
  lowRank: lowRankMethod,
  mix: mixMethod,
  knn: nearestMethod
}

/** What is known of training every kind, those that learn trees too. */
export const methodFacts: Record<ProbeKind, MethodFacts> = {
  ...probeMethods,
  structural: structuralMethod
}
