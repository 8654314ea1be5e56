import type { ModelFamily } from '../family'
import { roberta } from './roberta'

export const data2vecText: ModelFamily = {
  ...roberta,
  type: 'data2vec-text',
  title: 'data2vec',
  source: 'Baevski et al. 2022, https://proceedings.mlr.press/v162/baevski22a.html',
  prefixes: ['', 'data2vec_text.'],
  ignored: [...roberta.ignored, /^heads\./]
}
