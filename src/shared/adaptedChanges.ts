import type { DrawnPart } from './drawing'
import type { FloatTensor } from './tensorData'

/** A neuron of an MLP over the same tokens in two models. */
export interface ChangedNeuron {
  /** The layer that its block gives, from 1. */
  layer: number
  /** From 0. */
  neuron: number
  /** Root mean square of its change, in standard deviations of the base. */
  change: number
  /** Pearson's correlation of its values before and after. */
  correlation: number
  /** Mean values. */
  before: number
  after: number
}

/** What training did to the inside of a model, over the same tokens. */
export interface AdaptedChanges {
  base: { id: string; name: string; layers: number }
  adapted: { id: string; name: string }
  dataset: { id: string; name: string; split: string }
  sentences: number
  words: number
  drawn?: DrawnPart
  /** Tokens, special ones included; neurons are measured without those. */
  tokens: number
  /** Mean Jensen-Shannon divergence of the rows of each head's map, in bits: [layers, heads]. */
  heads: FloatTensor
  /** Mean change of the neurons of each layer, in standard deviations of the base; null for a layer without an MLP. */
  layerNeurons: (number | null)[]
  /** Those that changed most, most first. */
  neurons: ChangedNeuron[]
  /** Neurons of all layers. */
  neuronCount: number
}
