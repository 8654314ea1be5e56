import { everyBlock, learnedPositions, transformHead, unscaledAttention, usual } from '../config'
import type { ModelFamily } from '../family'
import { noHeads, readSizes } from '../readSizes'
import { bert, bertWeights } from './bert'

/** BERT with a Fourier transform in place of attention, and a projection of the embeddings. */
export const fnet: ModelFamily = {
  ...bert,
  type: 'fnet',
  title: 'FNet',
  source: 'Lee-Thorp et al. 2022, https://aclanthology.org/2022.naacl-main.319/',
  config(reader) {
    const size = readSizes(reader, noHeads)
    const activation = reader.activation('hidden_act', 'gelu_new')
    return {
      ...usual,
      ...size,
      segments: reader.count('type_vocab_size', 4),
      activation,
      normEpsilon: reader.epsilon('layer_norm_eps', 1e-12),
      embeddingNorm: true,
      embeddingProjection: 'sum',
      embeddingProjectionBias: true,
      positions: learnedPositions(size.maxTokens),
      normPlacement: 'sum',
      finalNorm: false,
      causal: false,
      blocks: everyBlock(size.layers, { ...unscaledAttention, mixer: { kind: 'fourier' } }),
      head: transformHead(activation, size.width, reader.flag('tie_word_embeddings', true))
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
