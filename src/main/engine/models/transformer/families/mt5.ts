import type { ModelFamily } from '../family'
import { t5 } from './t5'

export const mt5: ModelFamily = {
  ...t5,
  type: 'mt5',
  title: 'mT5',
  source: 'Xue et al. 2021, https://aclanthology.org/2021.naacl-main.41/'
}
