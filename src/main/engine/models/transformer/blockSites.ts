import type { HookSite } from '@shared/hookNames'
import type { TransformerConfig } from './config'

const attention: readonly HookSite[] = ['attn.q', 'attn.k', 'attn.v', 'attn.pattern', 'attn.result', 'attn.out']
const mixture: readonly HookSite[] = ['mlp.router_logits', 'mlp.router_probs', 'mlp.router_weights', 'mlp.out']

/** The values that a block (0-based) has, in the order in which they come about. */
export function blockSites(
  { blocks, parallel }: Pick<TransformerConfig, 'blocks' | 'parallel'>,
  block: number
): HookSite[] {
  const { feedForward } = blocks[block]!
  const inMlp: readonly HookSite[] = feedForward === 'none' ? [] : feedForward ? mixture : ['mlp.post', 'mlp.out']
  const between: readonly HookSite[] = parallel === 'no' && inMlp.length ? ['resid_mid'] : []
  return ['resid_pre', ...attention, ...between, ...inMlp, 'resid_post']
}
