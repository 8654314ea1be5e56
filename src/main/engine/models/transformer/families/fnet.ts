import { learnedPositions, unscaledAttention, usual } from '../config'
import type { ModelFamily } from '../family'
import { bert, bertWeights } from './bert'

/** BERT with a Fourier transform in place of attention, and a projection of the embeddings. */
export const fnet: ModelFamily = {
  ...bert,
  type: 'fnet',
  title: 'FNet',
  source: 'Lee-Thorp et al. 2022, https://aclanthology.org/2022.naacl-main.319/',
  config(reader) {
    const width = reader.count('hidden_size')
    const layers = reader.count('num_hidden_layers')
    const maxTokens = reader.count('max_position_embeddings')
    const activation = reader.activation('hidden_act', 'gelu_new')
    return {
      ...usual,
      layers,
      heads: 0,
      keyValueHeads: 0,
      headWidth: 0,
      width,
      embeddingWidth: width,
      mlpWidth: reader.count('intermediate_size'),
      distinctBlocks: layers,
      vocabulary: reader.count('vocab_size'),
      maxTokens,
      segments: reader.count('type_vocab_size', 4),
      activation,
      normEpsilon: reader.epsilon('layer_norm_eps', 1e-12),
      embeddingNorm: true,
      embeddingProjection: 'sum',
      embeddingProjectionBias: true,
      positions: learnedPositions(maxTokens),
      normPlacement: 'sum',
      finalNorm: false,
      causal: false,
      blocks: Array.from({ length: layers }, () => ({ ...unscaledAttention, mixer: { kind: 'fourier' } as const })),
      head: {
        transform: { activation, width, bias: true },
        bias: true,
        tied: reader.flag('tie_word_embeddings', true),
        scale: 1,
        cap: null
      }
    }
  },
  weights: {
    tokenEmbedding: bertWeights.tokenEmbedding,
    positionEmbedding: bertWeights.positionEmbedding,
    segmentEmbedding: bertWeights.segmentEmbedding,
    embeddingNorm: bertWeights.embeddingNorm,
    embeddingProjection: 'embeddings.projection',
    mixer: 'encoder.layer.{i}.fourier',
    attentionNorm: 'encoder.layer.{i}.fourier.output.LayerNorm',
    mlpIn: bertWeights.mlpIn,
    mlpOut: bertWeights.mlpOut,
    mlpNorm: bertWeights.mlpNorm
  },
  prefixes: ['', 'fnet.'],
  ignored: [...bert.ignored, /\.dft_mat_(hidden|seq)$/]
}
