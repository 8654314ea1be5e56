import { everyBlock, scaledAttention, transformHead, usual } from '../config'
import type { ModelFamily } from '../family'
import { bert, bertConfig, bertWeights } from './bert'

/** Of PyTorch's LayerNorm, where the reference implementation does not name one. */
const usualEpsilon = 1e-5

/** BERT with blocks that are narrower inside, and embeddings of three neighbouring tokens. */
export const mobilebert: ModelFamily = {
  ...bert,
  type: 'mobilebert',
  title: 'MobileBERT',
  source: 'Sun et al. 2020, https://aclanthology.org/2020.acl-main.195/',
  config(reader) {
    reader.only('use_bottleneck', [true])
    const width = reader.count('intra_bottleneck_size', 128)
    const config = bertConfig(reader, { headWidth: width / reader.count('num_attention_heads', 4) })
    const affineNorms = reader.text('normalization_type', 'no_norm') === 'no_norm'
    reader.only('normalization_type', ['no_norm', 'layer_norm'])
    const narrow = reader.flag('use_bottleneck_attention', false)
    if (!narrow && !reader.flag('key_query_shared_bottleneck', true))
      throw reader.refusal('key_query_shared_bottleneck', 'which Layerscope does not implement; it knows true')
    const embeddingWidth = reader.count('embedding_size', 128)
    const embeddingNeighbours = reader.flag('trigram_input', true)
    const { layers, headWidth, mlpWidth, normEpsilon } = config
    return {
      ...config,
      activation: reader.activation('hidden_act', 'relu'),
      norm: { ...usual.norm, kind: affineNorms ? 'affine' : 'layer' },
      embeddingNormEpsilon: usualEpsilon,
      embeddingWidth,
      embeddingNeighbours,
      embeddingProjection: embeddingNeighbours || embeddingWidth !== config.width ? 'token' : 'none',
      embeddingProjectionBias: true,
      blocks: everyBlock(layers, {
        ...scaledAttention(headWidth),
        feedForward: 'none',
        mixer: {
          kind: 'bottleneck',
          width,
          attentionProjection: !narrow,
          mlps: reader.count('num_feedforward_networks', 4),
          mlpWidth,
          activation: reader.activation('hidden_act', 'relu'),
          affineNorms,
          normEpsilon,
          lastNormEpsilon: usualEpsilon
        }
      }),
      head: {
        ...transformHead(
          reader.activation('hidden_act', 'relu'),
          config.width,
          reader.flag('tie_word_embeddings', true)
        ),
        beside: config.width - embeddingWidth
      }
    }
  },
  weights: {
    tokenEmbedding: bertWeights.tokenEmbedding,
    positionEmbedding: bertWeights.positionEmbedding,
    segmentEmbedding: bertWeights.segmentEmbedding,
    embeddingNorm: bertWeights.embeddingNorm,
    embeddingProjection: 'embeddings.embedding_transformation',
    mixer: 'encoder.layer.{i}',
    // Of the narrow block, as the mixer reads it.
    attentionOut: 'encoder.layer.{i}.attention.output.dense',
    attentionNorm: 'encoder.layer.{i}.output.bottleneck.LayerNorm'
  },
  head: { ...bert.head!, beside: 'cls.predictions.dense' },
  prefixes: ['', 'mobilebert.']
}
