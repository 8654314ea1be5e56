import { longestText } from '@shared/fields'
import { formatCount } from '@/plots/format'

/** Why a typed text cannot be read as a sentence; null where it can. */
export function typedProblem(text: string): string | null {
  if (text.length > longestText)
    return (
      `This text has ${formatCount(text.length)} characters; a typed sentence has at most ` +
      `${formatCount(longestText)}. Save it as a file and open it as data.`
    )
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text) ? null : 'There is no word in this text; type a sentence.'
}
