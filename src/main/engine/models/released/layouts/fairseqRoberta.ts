import { UserError } from '@shared/userError'
import { rowsOf, type NameRule } from '../nameTable'
import type { LayoutContext, ReleaseLayout } from '../layout'
import { blockCount, extent, headsOf } from '../shapes'

/** Where the encoder is: in releases of 2019, and since. */
const places = ['decoder', 'encoder'] as const

const activations: Readonly<Record<string, string>> = {
  gelu: 'gelu',
  gelu_fast: 'gelu_new',
  gelu_accurate: 'gelu_new',
  relu: 'relu',
  tanh: 'tanh'
}

/** RoBERTa as fairseq saves it, in the layouts of 2019, 2020 and since. */
export const fairseqRoberta: ReleaseLayout = {
  title: 'RoBERTa of fairseq',
  recognises: (has) => places.some((place) => has(`${place}.sentence_encoder.embed_tokens.weight`)),
  configNames: [],
  config(context) {
    const { stored, config } = context
    const place = places.find((name) => stored.has(`${name}.sentence_encoder.embed_tokens.weight`))!
    const encoder = `${place}.sentence_encoder`
    if (stored.has(`${encoder}.layer_norm.weight`))
      throw new UserError(
        `This model of fairseq has norms in front of its sublayers ('${encoder}.layer_norm'), which Layerscope does ` +
          'not run as RoBERTa. Open a model that was trained without --encoder-normalize-before.'
      )
    const width = extent(stored, `${encoder}.embed_tokens.weight`, 1)
    const layers = blockCount(stored, `${encoder}.layers.{i}.fc1.weight`)
    return {
      vocab_size: extent(stored, `${encoder}.embed_tokens.weight`, 0),
      hidden_size: width,
      num_hidden_layers: config?.['encoder_layers'] ?? layers,
      num_attention_heads: headsOf(width, config?.['encoder_attention_heads'], 'its args (encoder_attention_heads)'),
      intermediate_size: extent(stored, `${encoder}.layers.0.fc1.weight`, 0),
      max_position_embeddings: extent(stored, `${encoder}.embed_positions.weight`, 0),
      type_vocab_size: 1,
      hidden_act: activationOf(context),
      layer_norm_eps: 1e-5,
      pad_token_id: 1,
      model_type: 'roberta'
    }
  },
  rules: () => places.flatMap(encoderRules),
  leftOut: () => [/\.version$/, /\._float_tensor$/, /^classification_heads\./],
  zeros: ({ hidden_size: width }) => ({ 'roberta.embeddings.token_type_embeddings.weight': [1, width as number] }),
  tokenizer: { config: { tokenizer_class: 'FairseqRobertaTokenizer' }, settings: {} },
  tokenizerFiles: ['dict.txt', 'encoder.json', 'vocab.bpe'],
  // fairseq computes erf itself.
  geluField: null
}

/**
 * XLM-R and CamemBERT, which are RoBERTa over the pieces of a SentencePiece model.
 * @param isCamembert whether the special tokens have lines in dict.txt too, as CamemBERT's do
 */
export function fairseqPieces(isCamembert: boolean): ReleaseLayout {
  return {
    ...fairseqRoberta,
    title: `${isCamembert ? 'CamemBERT' : 'XLM-R'} of fairseq`,
    config: (context) => ({
      ...fairseqRoberta.config(context),
      model_type: isCamembert ? 'camembert' : 'xlm-roberta'
    }),
    tokenizer: { config: { tokenizer_class: 'FairseqPiecesTokenizer' }, settings: {} },
    tokenizerFiles: ['dict.txt']
  }
}

/** @throws UserError for one that Layerscope does not compute */
function activationOf({ config }: LayoutContext): string {
  const name = config?.['activation_fn'] ?? 'gelu'
  const known = typeof name === 'string' && Object.hasOwn(activations, name) ? activations[name] : undefined
  if (known !== undefined) return known
  throw new UserError(
    `The args of this model have 'activation_fn' ${JSON.stringify(name)}, which Layerscope does not implement; it ` +
      `knows ${Object.keys(activations).join(', ')}.`
  )
}

function encoderRules(place: string): NameRule[] {
  const encoder = `${place}.sentence_encoder`
  const [layer, block] = [`${encoder}.layers.{i}`, 'roberta.encoder.layer.{i}']
  const parts = ['query', 'key', 'value']
  const pair = (from: string, to: string): NameRule[] =>
    ['weight', 'bias'].map((part) => ({ from: `${from}.${part}`, to: `${to}.${part}` }))
  return [
    { from: `${encoder}.embed_tokens.weight`, to: 'roberta.embeddings.word_embeddings.weight' },
    { from: `${encoder}.embed_positions.weight`, to: 'roberta.embeddings.position_embeddings.weight' },
    ...pair(`${encoder}.emb_layer_norm`, 'roberta.embeddings.LayerNorm'),
    ...pair(`${encoder}.layernorm_embedding`, 'roberta.embeddings.LayerNorm'),
    ...parts.flatMap((part, index) => [
      ...pair(`${layer}.self_attn.${part[0]!}_proj`, `${block}.attention.self.${part}`),
      ...['weight', 'bias'].map((kind) => ({
        from: `${layer}.self_attn.in_proj_${kind}`,
        to: `${block}.attention.self.${part}.${kind}`,
        view: rowsOf(index, parts.length)
      }))
    ]),
    ...pair(`${layer}.self_attn.out_proj`, `${block}.attention.output.dense`),
    ...pair(`${layer}.self_attn_layer_norm`, `${block}.attention.output.LayerNorm`),
    ...pair(`${layer}.fc1`, `${block}.intermediate.dense`),
    ...pair(`${layer}.fc2`, `${block}.output.dense`),
    ...pair(`${layer}.final_layer_norm`, `${block}.output.LayerNorm`),
    ...pair(`${place}.lm_head.dense`, 'lm_head.dense'),
    ...pair(`${place}.lm_head.layer_norm`, 'lm_head.layer_norm'),
    { from: `${place}.lm_head.weight`, to: 'lm_head.decoder.weight' },
    { from: `${place}.lm_head.bias`, to: 'lm_head.bias' }
  ]
}
