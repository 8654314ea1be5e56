import { dense, norm, ofBlock, type NameRule } from '../nameTable'
import type { ReleaseLayout } from '../layout'

const layer = 'model/transformer/layer_{i}'
const attention = 'transformer.layer.{i}.rel_attn'

/** Biases and segment embeddings: of every layer, or (`untie_r` false) the same for all. */
const shared: readonly NameRule[] = [
  ...['r_w_bias', 'r_r_bias', 'r_s_bias'].map((name) => ({
    from: `model/transformer/${name}`,
    to: `${attention}.${name}`,
    view: ofBlock(2)
  })),
  { from: 'model/transformer/seg_embed', to: `${attention}.seg_embed`, view: ofBlock(3) }
]

/** XLNet as zihangdai/xlnet saves it. */
export const xlnetLayout: ReleaseLayout = {
  title: 'XLNet of zihangdai/xlnet',
  recognises: (has) => has('model/transformer/word_embedding/lookup_table'),
  configNames: ['xlnet_config.json', 'config.json'],
  config: ({ config }) => ({ ...config, model_type: 'xlnet' }),
  rules: () => [
    { from: 'model/transformer/word_embedding/lookup_table', to: 'transformer.word_embedding.weight' },
    { from: 'model/transformer/mask_emb/mask_emb', to: 'transformer.mask_emb' },
    ...shared,
    // Stored as the forward pass takes them: [width, heads, width of a head].
    ...['q', 'k', 'v', 'o', 'r'].map((part) => ({
      from: `${layer}/rel_attn/${part}/kernel`,
      to: `${attention}.${part}`
    })),
    ...norm(`${layer}/rel_attn/LayerNorm`, `${attention}.layer_norm`),
    ...dense(`${layer}/ff/layer_1`, 'transformer.layer.{i}.ff.layer_1'),
    ...dense(`${layer}/ff/layer_2`, 'transformer.layer.{i}.ff.layer_2'),
    ...norm(`${layer}/ff/LayerNorm`, 'transformer.layer.{i}.ff.layer_norm'),
    { from: 'model/lm_loss/bias', to: 'lm_loss.bias' }
  ],
  tokenizer: { config: { model_type: 'xlnet' }, settings: {} },
  geluField: 'ff_activation'
}
