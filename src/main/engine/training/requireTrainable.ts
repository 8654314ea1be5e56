import { UserError } from '@shared/userError'
import type { BlockAttention, TransformerConfig } from '../models/transformer/config'
import type { MixerConfig } from '../models/transformer/mixers/config'

/** Mixers of which every step has a gradient. */
const trained: ReadonlySet<MixerConfig['kind']> = new Set(['bottleneck', 'spanConvolution'])

/**
 * Gradients go through attention and MLPs, and through some mixers.
 * @param title of the family
 * @throws UserError for a model with a block of other parts, naming it
 */
export function requireTrainable(title: string, { blocks }: Pick<TransformerConfig, 'blocks'>): void {
  const parts = blocks.map(untrainedPart)
  const block = parts.findIndex((part) => part !== null)
  if (block < 0) return
  throw new UserError(
    `Layerscope computes no gradients for ${title}: block ${block} has ${parts[block]!}. ` +
      'Probes, ablations and erasers work on this model; to adapt one, open a model of attention and MLPs.'
  )
}

function untrainedPart({ mixer, beside, feedForward }: BlockAttention): string | null {
  if (mixer === 'none') return 'no attention'
  if (mixer && !trained.has(mixer.kind))
    return `${mixer.kind === 'fourier' ? 'a Fourier transform' : 'a recurrence'} in place of attention`
  if (beside && !trained.has(beside.kind)) return 'a recurrence beside attention'
  if (!feedForward || (feedForward === 'none' && mixer)) return null
  if (feedForward === 'none') return 'no MLP'
  return feedForward.kind === 'mixture'
    ? 'a mixture of experts in place of an MLP'
    : 'channel mixing in place of an MLP'
}
