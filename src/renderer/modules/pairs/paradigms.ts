import { formatCount, formatCounted } from '@shared/counts'
import { scoringText, type MinimalPairResult, type ParadigmScore } from '@shared/minimalPairs'

/** What the interval of a paradigm says of chance, a half. */
export type Verdict = 'above' | 'level' | 'below'

export function verdictOf({ interval: [low, high] }: Pick<ParadigmScore, 'interval'>): Verdict {
  return low > 0.5 ? 'above' : high < 0.5 ? 'below' : 'level'
}

/** Paradigms of one phenomenon; without a title where the data names none. */
export interface ParadigmGroup {
  title: string
  paradigms: ParadigmScore[]
}

/** By phenomenon, fields of linguistics together and in the order of the data; or all in one group, the best first. */
export function groupParadigms(paradigms: readonly ParadigmScore[], order: 'phenomenon' | 'accuracy'): ParadigmGroup[] {
  if (order === 'accuracy') return [{ title: '', paradigms: [...paradigms].sort((a, b) => b.accuracy - a.accuracy) }]
  const fields = [...new Set(paradigms.map(({ field }) => field))]
  const groups = new Map<string, ParadigmScore[]>()
  for (const paradigm of [...paradigms].sort((a, b) => fields.indexOf(a.field) - fields.indexOf(b.field))) {
    const title = groupTitle(paradigm)
    groups.set(title, [...(groups.get(title) ?? []), paradigm])
  }
  return [...groups].map(([title, members]) => ({ title, paradigms: members }))
}

function groupTitle({ field, phenomenon }: ParadigmScore): string {
  return [field?.replace('_', '–'), phenomenon ? plain(phenomenon) : null].filter(Boolean).join(': ')
}

/** A name with spaces where data writes underscores. */
export function plain(name: string): string {
  return name.replaceAll('_', ' ')
}

/** How a run was made, part by part: model, data, pairs, score. */
export function pairsLine(result: MinimalPairResult): string[] {
  const { model, data, total, limit } = result
  const first = limit === null ? '' : `, the first ${formatCount(limit)} of each paradigm`
  return [model.name, data, `${formatCounted(total.pairs, 'pair')}${first}`, scoringText(result)]
}
