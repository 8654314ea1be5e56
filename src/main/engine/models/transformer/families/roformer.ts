import type { ModelFamily } from '../family'
import { plainFrequencies } from '../rotaryFrequencies'
import { bert, bertConfig, bertWeights } from './bert'

export const roformer: ModelFamily = {
  ...bert,
  type: 'roformer',
  title: 'RoFormer',
  source: 'Su et al. 2021, https://arxiv.org/abs/2104.09864',
  config(reader) {
    const config = bertConfig(reader)
    const { headWidth, width, activation } = config
    const embeddingWidth = reader.count('embedding_size', width)
    const rotary = {
      width: headWidth,
      frequencies: plainFrequencies(10_000, headWidth),
      factor: 1,
      interleaved: true,
      values: reader.flag('rotary_value', false),
      stored: true
    }
    return {
      ...config,
      positions: null,
      embeddingWidth,
      embeddingProjection: embeddingWidth === width ? 'none' : 'sum',
      embeddingProjectionBias: true,
      blocks: config.blocks.map((place) => ({ ...place, rotary })),
      head: config.head && { ...config.head, transform: { activation, width: embeddingWidth, bias: true } }
    }
  },
  weights: { ...bertWeights, embeddingProjection: 'embeddings_project', rotaryTable: 'encoder.embed_positions' },
  prefixes: ['', 'roformer.'],
  untrained: () => [{ tensors: /embed_positions\.weight$/, draw: 'stored' }]
}
