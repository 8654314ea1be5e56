/** Embeddings for each layer: a narrow vector of every token that enters behind the layer's MLP. */
export interface LayerInputsConfig {
  /** Of the vector of one layer. */
  width: number
  /** Rows of its table. */
  vocabulary: number
}

/** Where a checkpoint keeps them, as in `WeightNames`; those of blocks have {i}. */
export interface LayerInputNames {
  /** [vocabulary, layers * width] */
  table: string
  /** Of the token embeddings to the vectors of all layers, and the norm of each. */
  projection: string
  projectionNorm: string
  gate: string
  out: string
  norm: string
}
