import { learnedPositions, plainHead, sizes, unscaledAttention, usual } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'

/** `attention_layers`, or `attention_types` such as [[["global", "local"], 12]] written out. */
function readKinds(reader: ConfigReader, layers: number): unknown[] {
  const types = reader.value('attention_types') ?? [[['global', 'local'], 12]]
  const kinds =
    reader.texts('attention_layers') ?? (Array.isArray(types) ? types.flatMap((e) => written(e, layers)) : [])
  if (kinds.length !== layers)
    throw reader.refusal('attention_types', `which names ${kinds.length} layers of ${layers}`)
  if (!kinds.every((kind) => kind === 'global' || kind === 'local'))
    throw reader.refusal('attention_types', 'of which Layerscope implements global and local')
  return kinds
}

/** Kinds of layers that an entry such as [["global", "local"], 12] lists; none if it is not such an entry. */
function written(entry: unknown, layers: number): unknown[] {
  if (!Array.isArray(entry)) return []
  const [kinds, times] = entry as unknown[]
  if (!Array.isArray(kinds) || !Number.isSafeInteger(times) || (times as number) < 1) return []
  // Beyond the model's own layers only the count matters, for the refusal.
  const repeats = Math.min(times as number, layers + 1)
  return Array.from({ length: repeats }, () => kinds as unknown[]).flat()
}

export const gptNeo: ModelFamily = {
  type: 'gpt_neo',
  title: 'GPT-Neo',
  source: 'Black et al. 2021, https://doi.org/10.5281/zenodo.5297715',
  config(reader) {
    const width = reader.count('hidden_size')
    const size = sizes({
      layers: reader.count(['num_layers', 'num_hidden_layers']),
      heads: reader.count(['num_heads', 'num_attention_heads']),
      width,
      mlpWidth: reader.count('intermediate_size', 4 * width),
      vocabulary: reader.count('vocab_size'),
      maxTokens: reader.count('max_position_embeddings')
    })
    const window = reader.count('window_size', 256)
    return {
      ...usual,
      ...size,
      activation: reader.activation('activation_function', 'gelu_new'),
      normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-5),
      positions: learnedPositions(size.maxTokens),
      normPlacement: 'input',
      finalNorm: true,
      causal: true,
      // Scores are not scaled.
      blocks: readKinds(reader, size.layers).map((kind) => ({
        ...unscaledAttention,
        window: kind === 'local' ? window : null
      })),
      padding: { ...usual.padding, masksAdded: true },
      biases: { queryKeyValue: false, attentionOut: true, mlp: true },
      head: plainHead(reader.flag('tie_word_embeddings', true))
    }
  },
  weights: {
    tokenEmbedding: 'wte',
    positionEmbedding: 'wpe',
    queryKeyValue: {
      query: 'h.{i}.attn.attention.q_proj',
      key: 'h.{i}.attn.attention.k_proj',
      value: 'h.{i}.attn.attention.v_proj'
    },
    attentionOut: 'h.{i}.attn.attention.out_proj',
    attentionNorm: 'h.{i}.ln_1',
    mlpIn: 'h.{i}.mlp.c_fc',
    mlpOut: 'h.{i}.mlp.c_proj',
    mlpNorm: 'h.{i}.ln_2',
    finalNorm: 'ln_f'
  },
  head: { unembedding: 'lm_head' },
  prefixes: ['', 'transformer.'],
  ignored: [/\.attention\.(masked_)?bias$/, /^lm_head\./, /^score\./]
}
