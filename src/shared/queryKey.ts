import type { FloatTensor } from './tensorData'

/** How the score of a query for every key comes about, dimension by dimension. */
export interface QueryKey {
  /** The token that the query is of. */
  token: number
  /** [width of the head]; turned by its position where the model has rotary positions. */
  query: FloatTensor
  /** [tokens, width of the head]; turned as well. */
  keys: FloatTensor
  /** Whether queries and keys were turned by rotary positions. */
  rotary: boolean
  /** Factor on the products. */
  scale: number
  /** Scores are squeezed to this range by tanh before anything is added; null: not. */
  cap: number | null
  /** [tokens]: the sum of the products, scaled. */
  products: FloatTensor
  /** What is added for positions or segments, and what it is called; null where nothing is. */
  position: { title: string; values: FloatTensor } | null
  /** A score of the head's own that joins the softmax and is dropped; null where there is none. */
  sink: number | null
  /** [tokens]: whether the query may attend to the key. */
  visible: boolean[]
  /** [tokens]: softmax of the sums, the weights of the map. */
  weights: FloatTensor
}
