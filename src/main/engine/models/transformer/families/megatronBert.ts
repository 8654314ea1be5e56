import type { ModelFamily } from '../family'
import { bert, bertConfig, bertWeights } from './bert'

/** BERT with norms on the inputs of sublayers, one at the end and none on embeddings. */
export const megatronBert: ModelFamily = {
  ...bert,
  type: 'megatron-bert',
  title: 'Megatron BERT',
  source: 'Shoeybi et al. 2019, https://arxiv.org/abs/1909.08053',
  config: (reader) => ({ ...bertConfig(reader), embeddingNorm: false, normPlacement: 'input', finalNorm: true }),
  weights: {
    ...bertWeights,
    attentionNorm: 'encoder.layer.{i}.attention.ln',
    mlpNorm: 'encoder.layer.{i}.ln',
    finalNorm: 'encoder.ln'
  }
}
