import type { Pooling } from '@shared/model'
import type { SpanPooling } from '@shared/task'

/** How subwords make a word. */
export const pools: readonly { value: Pooling; title: string; hint: string }[] = [
  { value: 'first', title: 'First', hint: 'A word is its first subword' },
  { value: 'last', title: 'Last', hint: 'A word is its last subword' },
  { value: 'mean', title: 'Mean', hint: 'A word is the mean of its subwords' }
]

/** How words make a span. */
export const spans: readonly { value: SpanPooling; title: string; hint: string }[] = [
  { value: 'mean', title: 'Mean', hint: 'A span is the mean of its words' },
  { value: 'ends', title: 'Ends', hint: 'First and last word and their difference; pairs stay means' },
  {
    value: 'attention',
    title: 'Attention',
    hint: 'The probe learns which words count (Tenney et al. 2019): for an MLP or a scalar mix'
  }
]
