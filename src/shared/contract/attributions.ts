import { attributionOptions } from '../attributionRequest'
import type { Answer } from '../results'
import { engine } from './call'

/** What tokens contribute to a score. */
export const attributionCalls = {
  'attribution.run': engine<Answer<'attribution'>>()(attributionOptions)
} as const
