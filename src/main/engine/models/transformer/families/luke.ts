import type { ModelFamily } from '../family'
import { roberta } from './roberta'

/** RoBERTa for text without entities. */
export const luke: ModelFamily = {
  ...roberta,
  type: 'luke',
  title: 'LUKE',
  source: 'Yamada et al. 2020, https://aclanthology.org/2020.emnlp-main.523/',
  prefixes: ['', 'luke.'],
  ignored: [...roberta.ignored, /(^|\.)entity_/, /\.(w2e|e2w|e2e)_query\./],
  note: 'It reads text without entities: what it has for those is not used.'
}
