import { UserError } from '@shared/userError'
import type { TransformerConfig } from '../models/transformer/config'

/**
 * Gradients go through attention and MLPs.
 * @param title of the family
 * @throws UserError for a model with a block of other parts, naming it
 */
export function requireTrainable(title: string, { blocks }: Pick<TransformerConfig, 'blocks'>): void {
  const other = blocks.findIndex(({ mixer, feedForward }) => mixer ?? feedForward)
  if (other < 0) return
  const { mixer } = blocks[other]!
  const mixes = typeof mixer === 'object' && mixer.kind === 'fourier' ? 'a Fourier transform' : 'a recurrence'
  const part = mixer ? `${mixes} in place of attention` : 'a mixture of experts in place of an MLP'
  throw new UserError(
    `Layerscope computes no gradients for ${title}: block ${other} has ${part}. ` +
      'Probes, ablations and erasers work on this model; to adapt one, open a model of attention and MLPs.'
  )
}
