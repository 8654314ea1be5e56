import type { MeasureInfo } from '@shared/ablation'
import { clearText, isClear, type MapUnit, type TaskMap } from '@shared/taskMap'
import { partTitle } from './ablateTables'

/** Units shown, the most harmful to any task first. */
const shown = 20

/**
 * The map as a table: parts by tasks, the effect of switching off each part, compared with a random share of a
 * block's heads.
 */
export function mapTable(map: TaskMap): string {
  const lines = [
    `${map.modelName} on ${map.words.toLocaleString('en')} words, ${map.sentences.toLocaleString('en')} ` +
      `sentences; ${map.seconds.toFixed(1)} ` +
      `s${map.found > 0 ? `, ${(100 * map.found).toFixed(0)} % of it from an earlier run` : ''}\n`
  ]
  const widths = map.columns.map(({ title }) => Math.max(18, title.length + 2))
  const row = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(20)}${cells.map((cell, c) => cell.padStart(widths[c]!)).join('')}\n`
  lines.push(
    row(
      '',
      map.columns.map(({ title }) => title)
    )
  )
  lines.push(
    row(
      'as it is',
      map.columns.map(({ unit, plain }) => show(unit, plain))
    )
  )
  const harm = map.units.map((_, i) =>
    Math.max(
      ...map.columns.map(
        (column) =>
          ((column.better === 'higher' ? -1 : 1) * column.effects[i]!.difference) /
          spread(column.effects.map(({ difference }) => difference))
      )
    )
  )
  const order = [...map.units.keys()].sort((a, b) => harm[b]! - harm[a]!)
  for (const i of order.slice(0, shown)) {
    lines.push(
      row(
        unitTitle(map.units[i]!),
        map.columns.map(
          (column) => `${show(column.unit, column.effects[i]!.difference, true)}${isClear(column, i) ? ' *' : '  '}`
        )
      )
    )
  }
  if (order.length > shown)
    lines.push(`  and ${order.length - shown} more that do less harm; --csv and --json write all\n`)
  map.columns[0]?.random.forEach((_, block) =>
    lines.push(
      row(
        `random, layer ${block + 1}`,
        map.columns.map(
          ({ unit, random }) => `${show(unit, mean(random[block]!.map(({ difference }) => difference)), true)}  `
        )
      )
    )
  )
  lines.push(
    `  * ${clearText(map)}: of heads, from random directions of the same layer; of other parts, from no effect\n`
  )
  return lines.join('')
}

/** One line for every part and task. */
export function mapCsv(map: TaskMap): string {
  const lines = [
    'kind,block,head,measure,plain,value,difference,low,high,beyond_random,beyond_low,beyond_high,corrected'
  ]
  for (const { title, plain, effects, beyondRandom, random, corrected } of map.columns) {
    map.units.forEach(({ kind, block, head }, i) => {
      const { value, difference, interval } = effects[i]!
      const beyond = beyondRandom[i]
      lines.push(
        [
          kind,
          block,
          head ?? '',
          quoted(title),
          plain,
          value,
          difference,
          ...(interval ?? ['', '']),
          ...(beyond ? [beyond.difference, ...(beyond.interval ?? ['', ''])] : ['', '', '']),
          corrected?.[i] ?? ''
        ].join(',')
      )
    })
    random.forEach((draws, block) =>
      draws.forEach(({ value, difference, interval }) =>
        lines.push(
          [
            'random',
            block,
            '',
            quoted(title),
            plain,
            value,
            difference,
            ...(interval ?? ['', '']),
            '',
            '',
            '',
            ''
          ].join(',')
        )
      )
    )
  }
  return `${lines.join('\n')}\n`
}

function unitTitle({ kind, block, head }: MapUnit): string {
  return kind === 'attention' || kind === 'mlp' ? `${partTitle({ block, head })} ${kind}` : partTitle({ block, head })
}

function show(unit: MeasureInfo['unit'], value: number, signed = false): string {
  const text = unit === 'share' ? (value * 100).toFixed(2) : value.toFixed(4)
  return signed && value >= 0 ? `+${text}` : text
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

/** The largest size, so that columns of unlike units rank together. */
function spread(values: readonly number[]): number {
  return Math.max(1e-12, ...values.map(Math.abs))
}
