import type { ModelInfo } from '@shared/model'
import type { Reading } from '@/stores/reading'

/** One of two sides whose attention is compared. */
export interface AttentionSide {
  /** What it is: base, adapted, pinned, current. */
  title: string
  model: ModelInfo
  /** The sentence as its model reads it; null until it has. */
  reading: Reading | null
}
