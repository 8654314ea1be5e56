import type { ModelFamily } from '../family'
import { xlm } from './xlm'

/** XLM for French; with `pre_norm`, norms on the inputs of sublayers and none at the end. */
export const flaubert: ModelFamily = {
  ...xlm,
  type: 'flaubert',
  title: 'FlauBERT',
  source: 'Le et al. 2020, https://aclanthology.org/2020.lrec-1.302/',
  config(reader) {
    const config = xlm.config(reader)
    return { ...config, normPlacement: reader.flag('pre_norm', false) ? 'input' : 'sum' }
  }
}
