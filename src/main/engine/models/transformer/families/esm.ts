import type { ModelFamily } from '../family'
import { readRotary } from '../rotaryFrequencies'
import { bertConfig, bertWeights, taskHeads } from './bert'
import { positionsAfterPadding, robertaHead } from './roberta'

/** Share of tokens that are hidden when it is trained: 15 %, of which 80 % are the token for missing ones. */
const hidden = 0.15 * 0.8

/** Language models of proteins. */
export const esm: ModelFamily = {
  type: 'esm',
  title: 'ESM',
  source:
    'Lin et al. 2023 (ESM-2), https://doi.org/10.1126/science.ade2574; ESM-1b: Rives et al. 2021, ' +
    'https://doi.org/10.1073/pnas.2016239118',
  config(reader) {
    reader.only('is_folding_model', [false])
    const turned = reader.text('position_embedding_type', 'absolute') === 'rotary'
    const config = bertConfig(reader, { positions: ['absolute', 'rotary'] })
    const paddingId = reader.number('pad_token_id', 1)
    const dropped = reader.flag('token_dropout', false)
    const rotary = turned ? readRotary(reader, { headWidth: config.headWidth }) : null
    return {
      ...config,
      ...(turned
        ? { positions: null, maxTokens: reader.count('max_position_embeddings') }
        : positionsAfterPadding(reader.count('max_position_embeddings'), paddingId)),
      segments: 0,
      activation: 'gelu',
      embeddingNorm: reader.flag('emb_layer_norm_before', false),
      maskDropout: dropped ? { maskId: reader.number('mask_token_id'), trained: hidden } : null,
      normPlacement: 'input',
      finalNorm: true,
      blocks: config.blocks.map((place) => ({ ...place, rotary })),
      padding: { ...config.padding, zeroed: 'embeddings' },
      head: config.head && { ...config.head, transform: { activation: 'gelu', width: config.width, bias: true } }
    }
  },
  weights: {
    ...bertWeights,
    embeddingNorm: 'embeddings.layer_norm',
    attentionNorm: 'encoder.layer.{i}.attention.LayerNorm',
    mlpNorm: 'encoder.layer.{i}.LayerNorm',
    finalNorm: 'encoder.emb_layer_norm_after'
  },
  head: robertaHead,
  prefixes: ['', 'esm.'],
  ignored: [...taskHeads, /^lm_head\./, /contact_head\./, /rotary_embeddings\.inv_freq$/]
}
