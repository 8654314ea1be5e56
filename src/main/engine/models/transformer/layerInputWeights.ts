import type { TransformerConfig } from './config'
import type { LayerInputNames } from './layerInputsConfig'
import type { Norm } from './norms'
import { wholeMatrix, type Linear, type TokenTable, type WeightSource } from './weightSource'

/** What all layers share. */
export interface LayerInputWeights {
  table: TokenTable[]
  /** [embedding width, layers * width] */
  projection: Linear
  projectionNorm: Norm
}

/** How a block takes its vector in. */
export interface LayerInputGate {
  gate: Linear
  out: Linear
  norm: Norm
}

/** @param at a name in full */
export function loadLayerInputs(
  source: WeightSource,
  names: LayerInputNames,
  config: TransformerConfig,
  at: (name: string) => string
): LayerInputWeights | null {
  if (!config.layerInputs) return null
  const { width, vocabulary } = config.layerInputs
  const all = config.layers * width
  return {
    table: source.tokenTable(at(names.table), vocabulary, all),
    projection: source.linear([wholeMatrix(at(names.projection), all)], config.width, { bias: false }),
    projectionNorm: source.norm(at(names.projectionNorm), width, config.norm)
  }
}

/** @param at a name in full, of a name with {i} */
export function loadLayerInputGate(
  source: WeightSource,
  names: LayerInputNames,
  config: TransformerConfig,
  at: (name: string) => string
): LayerInputGate | null {
  if (!config.layerInputs) return null
  const { width } = config.layerInputs
  return {
    gate: source.linear([wholeMatrix(at(names.gate), width)], config.width, { bias: false }),
    out: source.linear([wholeMatrix(at(names.out), config.width)], width, { bias: false }),
    norm: source.norm(at(names.norm), config.width, config.norm)
  }
}
