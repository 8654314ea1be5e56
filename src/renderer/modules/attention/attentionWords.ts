import { isolated } from '@shared/isolated'
import type { AttentionFocus } from '@/plots/attentionMap'

/** Texts of the attention view, in one place so that they say the same thing everywhere. */

/** 'Layer 3, head 5': both count from 1, as the grid does. */
export function headName(layer: number, head: number): string {
  return `Layer ${layer}, head ${head + 1}`
}

/** A weight as it is written beside a token: three decimals, fewer for what rounds to nothing. */
export function formatWeight(weight: number): string {
  return weight > 0 && weight < 0.0005 ? '<0.001' : weight.toFixed(3)
}

/** Two decimals, without the leading zero, where room is short. */
export function formatShortWeight(weight: number): string {
  return weight >= 0.995 ? '1.0' : weight.toFixed(2).replace(/^0/, '')
}

/** A share as whole percent, with small ones distinguished from none: '<1 %'. */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.5) return '<1 %'
  return `${Math.round(percent)} %`
}

/** How even the attention of a head is spread, in words; `spread` is from 0 to 1. */
export function spreadWord(spread: number): string {
  if (spread < 0.25) return 'very focused'
  if (spread < 0.5) return 'focused'
  if (spread < 0.75) return 'spread out'
  return 'diffuse'
}

/** What a token in focus does, said after its name. */
export function focusVerb(side: AttentionFocus['side']): string {
  return side === 'query' ? 'attends to' : 'is attended by'
}

/** What a picture shows, for those who cannot see it. */
export function mapSummary(name: string, strongest: readonly { from: string; to: string; weight: number }[]): string {
  if (strongest.length === 0) return `${name}. No link is above the threshold.`
  const links = strongest
    .map(({ from, to, weight }) => `${isolated(from)} to ${isolated(to)} ${formatWeight(weight)}`)
    .join(', ')
  return `${name}. Strongest links: ${links}.`
}
