import type { AblationScan, PruningResult, Unit } from '@shared/ablation'
import { siteWords } from '@shared/inside'
import { effectText, heading, show } from './ablateSetTables'

/** 'layer 4 head 3': counted from 1, as in the window. @param part a block of the model, or one of its heads, from 0 */
export function partTitle({ block, head, site }: Unit, kind = 'head'): string {
  if (site !== undefined) {
    const { title, direction } = siteWords(site)
    return `layer ${block + 1} ${[title, direction].filter(Boolean).join(', ')}`
  }
  return `layer ${block + 1}${head === null ? '' : ` ${kind} ${head + 1}`}`
}

export function scanTable(result: AblationScan): string {
  const lines = [heading(result)]
  for (const measure of result.measures) {
    lines.push(`${measure.title}: ${show(measure.unit, measure.plain)} as it is; ${result.edit.toLowerCase()}:\n`)
    const sign = measure.better === 'higher' ? 1 : -1
    const ranked = result.units
      .map((unit, i) => ({ unit, effect: measure.effects[i]! }))
      .sort((a, b) => sign * (a.effect.difference - b.effect.difference))
    for (const { unit, effect } of ranked.slice(0, 20)) {
      lines.push(`  ${partTitle(unit, result.kind).padEnd(18)} ${effectText(measure.unit, effect)}\n`)
    }
    if (ranked.length > 20) lines.push(`  and ${ranked.length - 20} more that do less harm; --json writes all\n`)
  }
  return lines.join('')
}

export function pruningTable({ measure, counts, byImportance, further, derivative, random }: PruningResult): string {
  const lines = [
    `${measure.title}\n  off  least important first  ` +
      `${further.map(({ title }) => `${title.toLowerCase()}  `).join('')}random orders\n`
  ]
  counts.forEach((count, i) => {
    const others = further
      .map(({ title, values }) => `${show(measure.unit, values[i]!).padStart(title.length)}  `)
      .join('')
    lines.push(
      `${String(count).padStart(5)}  ${show(measure.unit, byImportance.values[i]!).padStart(21)}  ${others}` +
        `${random.map(({ values }) => show(measure.unit, values[i]!)).join('  ')}\n`
    )
  })
  if (derivative)
    lines.push(`rank correlation of the derivative's size with the harm measured: ${derivative.agreement.toFixed(2)}\n`)
  return lines.join('')
}
