// @vitest-environment happy-dom
import type { Effect } from '@shared/ablation'
import { isClear, type MapUnit, type TaskMap, type TaskMapColumn } from '@shared/taskMap'
import { expect, test } from 'vitest'
import { headMapPanels, mapRows, placeOf, unitAt } from '@/modules/ablation/taskMapFigure'
import { drawHeadMaps } from '@/plots/headMaps'

const effect = (difference: number, low = difference - 0.01, high = difference + 0.01): Effect => ({
  value: 0.9 + difference,
  difference,
  interval: [low, high]
})
const units: MapUnit[] = [0, 1].flatMap((block) => [0, 1].map((head): MapUnit => ({ kind: 'head', block, head })))
units.push(
  ...(['attention', 'mlp', 'block'] as const).flatMap((kind) =>
    [0, 1].map((block): MapUnit => ({ kind, block, head: null }))
  )
)
function column(id: string, better: 'higher' | 'lower', heads: readonly number[]): TaskMapColumn {
  const all = [...heads, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5]
  return {
    id,
    title: id,
    unit: 'share',
    better,
    plain: 0.9,
    effects: all.map((difference) => effect(difference)),
    random: [[effect(-0.02), effect(-0.04)], [effect(0)]],
    beyondRandom: all.map((difference, i) => (i < 4 ? effect(difference + 0.03, i === 0 ? 0.01 : -0.01, 0.05) : null))
  }
}
const map: TaskMap = {
  modelName: 'm',
  datasetName: 'd',
  split: 'test',
  sentences: 2,
  words: 20,
  layers: 2,
  heads: 2,
  edit: 'Zero',
  units,
  found: 0,
  seconds: 1,
  columns: [column('upos', 'higher', [-0.1, 0.05, 0, -0.02]), column('loss', 'lower', [0.2, 0, 0, 0])]
}

test('places of the figure and units of the map are the same thing', () => {
  expect(unitAt(map, 1, 0)).toBe(2)
  expect(unitAt(map, 0, 3)).toBe(6)
  expect(unitAt(map, 1, 5)).toBeNull()
  units.forEach((_, unit) => {
    const { block, column: at } = placeOf(map, unit)
    expect(unitAt(map, block, at)).toBe(unit)
  })
})

test('harm is warm whichever way the measure counts, and the heads set the scale', () => {
  const [upos, loss] = headMapPanels(map, false)
  expect(upos!.cells[0]!.map(({ shade }) => shade)).toEqual([-1, 0.5, -5, -5, -5, expect.closeTo(-0.3)])
  expect(loss!.cells[0]![0]!.shade).toBe(-1)
  expect(upos!.ends).toEqual(['−10.0', '+10.0'])
  expect(loss!.ends).toEqual(['+20.0', '−20.0'])
  // On one scale the largest effect of any task is the end of both.
  expect(headMapPanels(map, true)[0]!.cells[0]![0]!.shade).toBeCloseTo(-0.5)
})

test('a head is compared with random directions, a whole layer by zero', () => {
  expect([0, 1, 4].map((unit) => isClear(map.columns[0]!, unit))).toEqual([true, false, true])
})

test('the figure answers for its cells, and the table has every part and draw of every task', () => {
  const { svg, at } = drawHeadMaps(document, {
    panels: headMapPanels(map, false),
    layers: 2,
    heads: 2,
    further: [['Attn', 'MLP', 'All'], ['Rnd']],
    color: String,
    width: 600,
    chosen: { block: 1, column: 1 },
    label: 'Map'
  })
  expect(svg.querySelectorAll('[data-part]')).toHaveLength(2 * 2 * 6)
  const group = svg.querySelectorAll('g')[1]!
  const cell = group.querySelector('[data-part="1 1"]')!
  const shift = Number(/translate\(([\d.]+),/.exec(group.getAttribute('transform')!)![1])
  expect(at(shift + Number(cell.getAttribute('x')) + 2, Number(cell.getAttribute('y')) + 2)).toEqual({
    panel: 1,
    block: 1,
    column: 1
  })
  expect(at(0, 0)).toBeNull()
  expect(cell.getAttribute('stroke')).toBe('var(--mark)')
  expect(mapRows(map)).toHaveLength(2 * (10 + 3))
  expect(mapRows(map)[0]).toMatchObject({
    kind: 'head',
    block: 0,
    head: 0,
    measure: 'upos',
    difference: -0.1,
    beyondLow: 0.01
  })
})
