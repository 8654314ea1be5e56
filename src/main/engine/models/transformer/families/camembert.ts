import type { ModelFamily } from '../family'
import { roberta } from './roberta'

export const camembert: ModelFamily = {
  ...roberta,
  type: 'camembert',
  title: 'CamemBERT',
  source: 'Martin et al. 2020, https://aclanthology.org/2020.acl-main.645/'
}
