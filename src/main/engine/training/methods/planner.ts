import type { AdaptKind, AdaptOptionsOf } from '@shared/adaptMethods'
import { layerName } from '@shared/finetune'
import { UserError } from '@shared/userError'
import type { TransformerConfig } from '../../models/transformer/config'
import type { Adaptation } from '../recipe'

/** What a method has to plan with. */
export interface PlanContext {
  config: TransformerConfig
  /** Names of the model's parameters by layer: 0 embeddings, i block i, layers + 1 the rest. */
  layers: readonly (readonly string[])[]
  /** Names of the head's parameters. */
  head: readonly string[]
  epochs: number
}

/** A parameter that the checkpoint does not have. */
export interface NewParameter {
  name: string
  shape: number[]
  /** Standard deviation of its normal values at first, cut at two deviations; 0: zeros, null: ones. */
  deviation: number | null
}

/** Parameters that train together. */
export interface PlannedGroup {
  name: string
  /** Layer whose learning rate they have: 0 embeddings ... layers; null for the head's rate. */
  layer: number | null
  parameters: readonly string[]
  /** Epochs [from, to) of the stage in which they train. */
  from: number
  to: number
  /** Learning rate set by hand; without one that of the layer. */
  rate?: number
}

/** What trains when. */
export interface AdaptPlan {
  adaptation: Adaptation | null
  newParameters: NewParameter[]
  /** One after the other, each with a new optimiser and all epochs. */
  stages: { name: string; groups: PlannedGroup[] }[]
}

/** How a way to adapt a model plans: the half of a method that the engine has. */
export type Planner<K extends AdaptKind> = (options: AdaptOptionsOf<K>, context: PlanContext) => AdaptPlan

/** Groups of the head, and of each layer from `from` to `to`, that train in all epochs. */
export function wholeGroups({ layers, head, epochs }: PlanContext, lowest = 0): PlannedGroup[] {
  const top = layers.length - 2
  const groups: PlannedGroup[] = [{ name: 'head', layer: null, parameters: head, from: 0, to: epochs }]
  layers.forEach((parameters, layer) => {
    // What belongs to no layer lies above them all.
    if (layer >= lowest && parameters.length > 0)
      groups.push({ name: layerName(layer, top), layer: Math.min(layer, top), parameters, from: 0, to: epochs })
  })
  return groups
}

/** A plan of one stage that adds nothing to the model. */
export function plainPlan(name: string, groups: PlannedGroup[]): AdaptPlan {
  return { adaptation: null, newParameters: [], stages: [{ name, groups }] }
}

/**
 * @param method what adds to attention's matrices, as a sentence begins
 * @throws UserError for a model of other blocks
 */
export function requireAttentionAlone({ blocks }: TransformerConfig, method: string): void {
  if (blocks.every(({ mixer, beside }) => !mixer && !beside)) return
  throw new UserError(
    `${method} to attention's matrices, which in this model a part other than attention reads too; choose another ` +
      'method.'
  )
}

/** Names of norms, as checkpoints spell them. */
export function isNorm(name: string): boolean {
  return /norm|\bln_|\bln\d|(^|\.)ln\b/i.test(name)
}
