import { dense, norm } from '../nameTable'
import type { ReleaseLayout } from '../layout'
import { blockCount, extent, headsOf } from '../shapes'
import { blockRules, embeddingRules } from './bert'

const generator = 'generator'

/** ELECTRA as google-research/electra saves it: discriminator and generator in one file, and no config. */
export const electraLayout: ReleaseLayout = {
  title: 'ELECTRA of google-research/electra',
  recognises: (has) => has('electra/embeddings/word_embeddings'),
  configNames: [],
  parts: ['discriminator', generator],
  config({ stored, stated, reading }) {
    const scope = scopeOf(reading.part)
    const [kernel, blocks] = ['intermediate/dense/kernel', `${scope}/encoder/layer_{i}/output/dense/kernel`]
    const width = extent(stored, `${scope}/encoder/layer_0/${kernel}`, 0)
    return {
      model_type: 'electra',
      vocab_size: extent(stored, 'electra/embeddings/word_embeddings', 0),
      embedding_size: extent(stored, 'electra/embeddings/word_embeddings', 1),
      hidden_size: width,
      num_hidden_layers: blockCount(stored, blocks),
      num_attention_heads: headsOf(
        width,
        stated?.['num_attention_heads'],
        `sizes.json beside it: {"${reading.part ?? 'discriminator'}": {"num_attention_heads": ...}}`
      ),
      intermediate_size: extent(stored, `${scope}/encoder/layer_0/${kernel}`, 1),
      max_position_embeddings: extent(stored, 'electra/embeddings/position_embeddings', 0),
      type_vocab_size: extent(stored, 'electra/embeddings/token_type_embeddings', 0),
      hidden_act: 'gelu'
    }
  },
  rules({ part }) {
    const scope = scopeOf(part)
    const heads =
      part === generator
        ? [
            ...dense('generator_predictions/dense', 'generator_predictions.dense'),
            ...norm('generator_predictions/LayerNorm', 'generator_predictions.LayerNorm'),
            { from: 'generator_predictions/output_bias', to: 'generator_lm_head.bias' }
          ]
        : [
            ...dense('discriminator_predictions/dense', 'discriminator_predictions.dense'),
            ...dense('discriminator_predictions/dense_1', 'discriminator_predictions.dense_prediction')
          ]
    return [
      ...embeddingRules('electra/embeddings', 'electra.embeddings'),
      ...dense(`${scope}/embeddings_project`, 'electra.embeddings_project'),
      ...blockRules(`${scope}/encoder/layer_{i}`, 'electra.encoder.layer.{i}'),
      ...heads
    ]
  },
  leftOut: ({ part }) =>
    part === generator
      ? [/^electra\/(?!embeddings\/)/, /^discriminator_predictions\//]
      : [/^generator\//, /^generator_predictions\//],
  tokenizer: { config: { model_type: 'electra' }, settings: {} },
  casedByVocabulary: true,
  // The authors' code computes erf itself.
  geluField: null
}

function scopeOf(part: string | null): string {
  return part === generator ? generator : 'electra'
}
