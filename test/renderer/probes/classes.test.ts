// @vitest-environment happy-dom
import { createApp, h, type App } from 'vue'
import { afterEach, describe, expect, it } from 'vitest'
import { classCurves } from '@/modules/probes/classCurves'
import ClassFinder from '@/modules/probes/ClassFinder.vue'
import ProbeClasses from '@/modules/probes/ProbeClasses.vue'
import { classRows } from '@/plots/probeRows'
import { settle } from '../engine'
import { probeResult } from './fixture'

let app: App | null = null
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})
function mount(component: Parameters<typeof h>[0], props: Record<string, unknown>): HTMLElement {
  const host = document.createElement('div')
  document.body.append(host)
  app = createApp({ render: () => h(component as 'div', props) })
  app.mount(host)
  return host
}

const upos = probeResult('upos')
/** X does not occur in the test part, and is predicted now and then. */
const withoutX = probeResult('upos', {
  layers: upos.layers.map((layer) => ({
    ...layer,
    perClass: layer.perClass.map((score) =>
      score.label === 'X' ? { ...score, precision: 0, recall: 0, f1: 0, support: 0 } : score
    )
  }))
})

describe('a class that does not occur', () => {
  it('has no precision, recall or F1', () => {
    const table = mount(ProbeClasses, { layer: withoutX.layers[2], selected: null, filter: '' })
    const row = [...table.querySelectorAll('tbody tr')].at(-1)!
    expect([...row.querySelectorAll('td')].map((cell) => cell.textContent)).toEqual(['X', '–', '–', '–', '0'])
    const exported = classRows(withoutX).filter((one) => one.class === 'X')
    expect(exported[0]).not.toHaveProperty('precision')
    expect(exported[0]).toMatchObject({ class: 'X', support: 0 })
    expect(classCurves(withoutX, 'frequency').map(({ label }) => label)).not.toContain('X')
  })
})

describe('many classes', () => {
  it('are found by a part of their name', async () => {
    const rows = mount(ProbeClasses, { layer: upos.layers[2], selected: null, filter: ' con ' })
    expect([...rows.querySelectorAll('.label')].map((cell) => cell.textContent)).toEqual(['CCONJ', 'SCONJ'])
    app!.unmount()
    const chosen: string[] = []
    const finder = mount(ClassFinder, { classes: upos.classes, onChoose: (label: string) => chosen.push(label) })
    const input = finder.querySelector('input')!
    const type = async (text: string): Promise<void> => {
      input.value = text
      input.dispatchEvent(new InputEvent('input', { inputType: 'insertText' }))
      await settle()
    }
    await type('X')
    expect(chosen).toEqual([])
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))
    await type('noun')
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))
    await type('nothing like it')
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))
    expect(chosen).toEqual(['X', 'NOUN'])
  })
  it('are drawn by frequency, by what the layers add, or the worst first', () => {
    const order = (by: Parameters<typeof classCurves>[1]) => classCurves(upos, by).map(({ label }) => label)
    expect(order('frequency').slice(0, 3)).toEqual(['NOUN', 'PUNCT', 'VERB'])
    const [first, second] = classCurves(upos, 'gain').map(({ points }) => {
      const values = points.map(({ value }) => value)
      return Math.max(...values) - values[0]!
    })
    expect(first).toBeGreaterThanOrEqual(second!)
    const worst = classCurves(upos, 'f1').map(({ points }) => Math.max(...points.map(({ value }) => value)))
    expect(worst).toEqual([...worst].sort((a, b) => a - b))
  })
})
