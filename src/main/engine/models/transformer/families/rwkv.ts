import { plainHead, unscaledAttention, usual } from '../config'
import type { ModelFamily } from '../family'
import { noHeads, readSizes } from '../readSizes'

/** RWKV of the fourth version. */
export const rwkv: ModelFamily = {
  type: 'rwkv',
  title: 'RWKV-4',
  source: 'Peng et al. 2023, https://aclanthology.org/2023.findings-emnlp.936/',
  config(reader) {
    const width = reader.count('hidden_size')
    const inner = reader.optionalCount('attention_hidden_size') ?? width
    const middle = reader.optionalCount('intermediate_size') ?? 4 * width
    const size = readSizes(reader, {
      ...noHeads,
      width,
      mlpWidth: middle,
      maxTokens: reader.count(['context_length', 'max_position_embeddings'], 1024)
    })
    const every = reader.number('rescale_every', 6)
    if (!Number.isInteger(every)) throw reader.refusal('rescale_every', 'expected a whole number')
    return {
      ...usual,
      ...size,
      activation: 'relu',
      normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-5),
      embeddingNorm: true,
      normPlacement: 'input',
      finalNorm: true,
      causal: true,
      // Outside training everything is halved after every so many blocks, and what is added to it.
      blocks: Array.from({ length: size.layers }, (_, i) => {
        const scale = every > 0 ? 0.5 ** Math.floor(i / every) : 1
        return {
          ...unscaledAttention,
          mixer: { kind: 'weightedMean', inner, scale },
          feedForward: { kind: 'channelMix', width: middle, scale },
          halved: every > 0 && (i + 1) % every === 0
        } as const
      }),
      head: plainHead(reader.flag('tie_word_embeddings', false))
    }
  },
  weights: {
    tokenEmbedding: 'embeddings',
    embeddingNorm: 'blocks.0.pre_ln',
    attentionNorm: 'blocks.{i}.ln1',
    mixer: 'blocks.{i}.attention',
    mlpNorm: 'blocks.{i}.ln2',
    channelMix: 'blocks.{i}.feed_forward',
    finalNorm: 'ln_out'
  },
  head: { unembedding: 'head' },
  prefixes: ['rwkv.', ''],
  ignored: [/^head\./],
  hiddenStatesOf: 'blocks',
  // Run on one token of a batch, transformers adds the state before it in a way that repeats the token.
  firstStateUncertain: true
}
