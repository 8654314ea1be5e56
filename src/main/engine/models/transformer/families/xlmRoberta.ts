import type { ModelFamily } from '../family'
import { roberta } from './roberta'

export const xlmRoberta: ModelFamily = {
  ...roberta,
  type: 'xlm-roberta',
  title: 'XLM-RoBERTa',
  source: 'Conneau et al. 2020, https://aclanthology.org/2020.acl-main.747/'
}
