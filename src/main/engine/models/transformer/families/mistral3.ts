import { textOf } from '../textPart'
import { ministral3 } from './ministral3'
import { mistral } from './mistral'

/** The text part of Mistral's models that read pictures. */
export const mistral3 = textOf(
  {
    ...mistral,
    type: 'mistral3',
    title: 'Mistral 3',
    source: 'Mistral AI 2025, https://mistral.ai/news/mistral-small-3-1'
  },
  [mistral, ministral3]
)
