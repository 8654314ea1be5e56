import type { TensorFacts, TensorStatistics } from '@shared/structure'

/** One line a tensor, and their sum. */
export function tensorTable(tensors: readonly TensorFacts[]): string {
  const rows = tensors.map(({ name, type, shape, parameters, block }) => [
    block === null ? '-' : String(block),
    shape.join(' × ') || 'scalar',
    type,
    parameters.toLocaleString('en'),
    name
  ])
  const head = ['block', 'shape', 'type', 'parameters', 'name']
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `${cells.map((cell, column) => (column === 4 ? cell : cell.padEnd(widths[column]!))).join('  ')}\n`
  const sum = tensors.reduce((total, { parameters }) => total + parameters, 0)
  return [head, ...rows].map(line).join('') + `${tensors.length} tensors, ${sum.toLocaleString('en')} parameters\n`
}

/** Letters of bars, from nothing to full. */
const bars = ' ▁▂▃▄▅▆▇█'

/** Numbers that describe one tensor, and its histogram in a line. */
export function statisticsTable(tensor: TensorStatistics): string {
  const { name, count, zeros, notFinite, norm, mean, deviation, smallest, largest, histogram } = tensor
  const most = Math.max(1, ...histogram)
  const drawn = histogram.map((values) => bars[Math.ceil((values / most) * (bars.length - 1))]!).join('')
  const number = (value: number): string => String(Number(value.toPrecision(6)))
  const rows: [string, string][] = [
    ['tensor', name],
    ['values', count.toLocaleString('en')],
    ['norm', number(norm)],
    ['mean', number(mean)],
    ['deviation', number(deviation)],
    ['range', `${number(smallest)} to ${number(largest)}`],
    ['zeros', zeros.toLocaleString('en')],
    ...(notFinite > 0 ? [['not finite', notFinite.toLocaleString('en')] as [string, string]] : []),
    ['histogram', drawn]
  ]
  return rows.map(([title, value]) => `${title.padEnd(12)}${value}\n`).join('')
}
