import type { AblationCorpusInfo, Effect, MeasureInfo } from './ablation'

/**
 * Where neurons are looked for: features of the residual stream after a layer (0 the embeddings), or the MLP's neurons
 * in it.
 */
export type NeuronSite = 'resid' | 'mlp'

/**
 * A measure as more and more neurons are removed; the first value of every curve is that of the unchanged model.
 */
export interface NeuronCurves extends MeasureInfo {
  plain: number
  /** The most important first, and last: effects by count. */
  top: Effect[]
  bottom: Effect[]
  /** By random order. */
  random: Effect[][]
}

/** Neurons ranked by a probe, and the effect of removing them on the probe and on the model. */
export interface NeuronResult extends AblationCorpusInfo {
  task: string
  site: NeuronSite
  layer: number
  /** The value's name (src/shared/hookNames.ts). */
  at: string
  neurons: number
  edit: string
  trainWords: number
  /** Neurons, the most important first. */
  order: number[]
  /** By rank: mean over classes of the share of its weights' mass that neurons up to this one hold. */
  mass: number[]
  probe: { accuracy: number; nonZero: number; weights: number; converged: boolean }
  /**
   * Of each class, the most frequent first: its heaviest neurons with their share of its mass, and how many hold half
   * of it.
   */
  classes: { label: string; top: { neuron: number; share: number }[]; half: number }[]
  /** Neurons removed at each point of a curve, from 0 to all. */
  counts: number[]
  /** The ranking probe itself, its input without the neurons. */
  inProbe: NeuronCurves
  /** The model without them: what a probe of the last layer still reads, and the head's loss. */
  inModel: NeuronCurves[]
  seconds: number
}
