import type { ModelFamily } from '../family'
import { bertWeights } from './bert'
import { roberta, robertaConfig } from './roberta'

/** RoBERTa with norms on the inputs of sublayers, and one at the end. */
export const robertaPrelayernorm: ModelFamily = {
  ...roberta,
  type: 'roberta-prelayernorm',
  title: 'RoBERTa, norms in front',
  source: 'Ott et al. 2019 (fairseq), https://aclanthology.org/N19-4009/',
  config: (reader) => ({ ...robertaConfig(reader), normPlacement: 'input', finalNorm: true }),
  weights: {
    ...bertWeights,
    attentionNorm: 'encoder.layer.{i}.attention.LayerNorm',
    mlpNorm: 'encoder.layer.{i}.intermediate.LayerNorm',
    finalNorm: 'LayerNorm'
  },
  prefixes: ['', 'roberta_prelayernorm.'],
  hiddenStatesOf: 'either'
}
