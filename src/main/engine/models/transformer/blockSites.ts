import type { HookSite } from '@shared/hookNames'
import type { TransformerConfig } from './config'
import { gateColumns, stateColumns, type MixerConfig } from './mixers/config'

const attention: readonly HookSite[] = ['attn.q', 'attn.k', 'attn.v', 'attn.pattern', 'attn.result', 'attn.out']
const mixture: readonly HookSite[] = ['mlp.router_logits', 'mlp.router_probs', 'mlp.router_weights', 'mlp.out']

const attentionOfExperts: readonly HookSite[] = [
  'attn.router_logits',
  'attn.router_probs',
  'attn.router_weights',
  'attn.pattern',
  'mixer.out'
]

/** Attention narrower than the residual stream adds nothing to it by itself. */
const narrowAttention: readonly HookSite[] = ['attn.q', 'attn.k', 'attn.v', 'attn.pattern', 'attn.result', 'mixer.out']

function mixerSites(mixer: MixerConfig): readonly HookSite[] {
  if (mixer.kind === 'bottleneck') return narrowAttention
  if (mixer.kind === 'expertAttention') return attentionOfExperts
  const gate = gateColumns(mixer) ? (['mixer.gate'] as const) : []
  return [...gate, ...(stateColumns(mixer) ? (['mixer.state'] as const) : []), 'mixer.out']
}

type Blocks = Pick<TransformerConfig, 'blocks' | 'parallel'>

/** The values that a block (0-based) has, in the order in which they come about. */
export function blockSites({ blocks, parallel }: Blocks, block: number): HookSite[] {
  const { mixer, beside, feedForward } = blocks[block]!
  const inMixer =
    mixer === 'none' ? [] : mixer ? mixerSites(mixer) : beside ? [...attention, ...mixerSites(beside)] : attention
  const routed = feedForward && feedForward !== 'none' && feedForward.kind === 'mixture'
  const inMlp: readonly HookSite[] = feedForward === 'none' ? [] : routed ? mixture : ['mlp.post', 'mlp.out']
  const between: readonly HookSite[] = parallel === 'no' ? ['resid_mid'] : []
  return ['resid_pre', ...inMixer, ...between, ...inMlp, 'resid_post']
}

/** Whether a block (0-based) has an attention map. */
export function hasMap(config: Blocks, block: number): boolean {
  return blockSites(config, block).includes('attn.pattern')
}
