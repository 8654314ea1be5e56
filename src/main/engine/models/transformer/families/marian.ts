import type { ModelFamily } from '../family'
import { bart, bartEncoderConfig } from './bart'

export const marian: ModelFamily = {
  ...bart,
  type: 'marian',
  title: 'Marian',
  source:
    'Junczys-Dowmunt et al. 2018, https://aclanthology.org/P18-4020/; OPUS-MT: Tiedemann & Thottingal 2020, ' +
    'https://aclanthology.org/2020.eamt-1.61/',
  config(reader) {
    reader.only('normalize_before', [false])
    reader.only('normalize_embedding', [false])
    reader.only('add_final_layer_norm', [false])
    reader.only('static_position_embeddings', [true])
    const config = bartEncoderConfig(reader)
    return {
      ...config,
      positions: { rows: config.maxTokens, count: 'place', first: 0, paddingId: 0, fallback: 'sinusoids' }
    }
  },
  // Sinusoids, which are not trained.
  untrained: () => [{ tensors: /embed_positions\.weight$/, draw: 'stored' }]
}
