/**
 * Multi-head latent attention (DeepSeek-AI 2024, section 2.1.2): keys and values are made of one narrow vector, and one
 * key with positions is for all heads.
 */
export interface LatentConfig {
  /** Of the narrow vector that queries are made of; null: they are made of the residual stream. */
  queryRank: number | null
  /** Of the narrow vector that keys and values are made of. */
  rank: number
  /** Values of a head that are turned by positions, that are not, and of what it gives. */
  turnedWidth: number
  plainWidth: number
  valueWidth: number
  /** Pairs that are turned together are neighbours rather than halves. */
  interleaved: boolean
  bias: boolean
}

/** Width of a head of queries, keys and values, each filled up with zeros to the widest. */
export function latentHeadWidth({ turnedWidth, plainWidth, valueWidth }: LatentConfig): number {
  return Math.max(turnedWidth + plainWidth, valueWidth)
}
