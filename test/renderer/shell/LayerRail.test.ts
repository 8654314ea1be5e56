// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { createApp, nextTick, ref, type App } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import LayerRail from '@/shell/LayerRail.vue'
import { useAnalysisStore } from '@/stores/analysisStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import type { ProbeResult } from '@shared/probe'
import { defaultMethod } from '@shared/probeMethods'
import { engine, settle } from '../engine'
import { modelInfo, sentenceAnalysis } from '../fixtures'
import { dataset, model, probeResult, probeSummary, readAnswer } from '../probes/fixture'

// Nothing is laid out here; the rail gets the width it has in a window of 1280.
vi.mock('@/composables/useElementSize', () => ({ useElementSize: () => ({ width: ref(400), height: ref(112) }) }))

let app: App | null = null
let root: HTMLElement

async function mountRail() {
  root = document.createElement('div')
  document.body.append(root)
  const pinia = createPinia()
  setActivePinia(pinia)
  const session = useSessionStore()
  session.model = modelInfo()
  const selection = useSelectionStore()
  selection.layer = 3
  app = createApp(LayerRail, { playing: false })
  app.use(pinia).mount(root)
  await nextTick()
  return { session, selection, slider: root.querySelector<SVGElement>('[role="slider"]')! }
}
async function press(element: Element, key: string): Promise<void> {
  element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  await nextTick()
}

beforeEach(() => {
  engine.answers = { 'sentence.analyze': () => sentenceAnalysis(['The', 'boat']), 'probe.list': () => [] }
})
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

describe('the layer rail', () => {
  it('draws one stop a hidden state and names the chosen one', async () => {
    const { slider } = await mountRail()
    expect([...slider.querySelectorAll('.stop text')].map((text) => text.textContent)).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6'
    ])
    expect(slider.getAttribute('aria-valuenow')).toBe('3')
    expect(slider.getAttribute('aria-valuetext')).toBe('Layer 3 of 6, blocks.2.resid_post')
    expect(root.querySelector('.hook')?.textContent).toBe('blocks.2.resid_post')
  })

  it('marks the chosen head, and none of a model without heads', async () => {
    const { session, selection } = await mountRail()
    selection.head = 1
    await nextTick()
    expect(root.textContent).toContain('head 2')
    session.model = { ...modelInfo(), kind: 'recurrent', heads: 0 }
    await nextTick()
    expect(root.textContent).not.toContain('head 2')
  })

  it('shows scores of single layers alone, and says of which run where another is shown', async () => {
    const run = probeResult('upos')
    const mix = probeResult('upos', {
      id: 'mix',
      createdAt: '2026-12-01T10:00:00.000Z',
      options: { ...run.options, probe: defaultMethod('mix') }
    })
    engine.answers['results.read'] = ({ id }) => readAnswer(id === 'mix' ? mix : run)
    const rail = async (kept: readonly ProbeResult[]) => {
      engine.answers['probe.list'] = () => kept.map(probeSummary)
      const mounted = await mountRail()
      mounted.session.model = model
      mounted.session.dataset = dataset
      mounted.selection.task = 'upos'
      await settle()
      return mounted
    }
    await rail([mix])
    expect(root.querySelectorAll('.track .accuracy')).toHaveLength(0)
    expect(root.querySelector('.invitation')!.textContent).toContain('No run of single layers yet')
    app!.unmount()
    document.body.replaceChildren()
    const { slider } = await rail([mix, run])
    expect(root.querySelector('.legend')!.textContent).toContain('accuracy, %, linear, L2, C = 1')
    expect(slider.getAttribute('aria-valuetext')).toContain('UPOS accuracy 92.7 percent')
  })

  it('moves by arrow keys, Home and End, and stays on the rail', async () => {
    const { slider, selection } = await mountRail()
    const seen: number[] = []
    for (const key of ['ArrowRight', 'ArrowUp', 'ArrowLeft', 'End', 'ArrowRight', 'Home', 'ArrowLeft', 'PageUp']) {
      await press(slider, key)
      seen.push(selection.layer)
    }
    expect(seen).toEqual([4, 5, 4, 6, 6, 0, 0, 4])
  })

  it('goes where it is pressed and follows the pointer while it is held', async () => {
    const { slider, selection } = await mountRail()
    let held = false
    slider.setPointerCapture = () => void (held = true)
    slider.hasPointerCapture = () => held
    const at = (type: string, clientX: number) =>
      slider.dispatchEvent(new PointerEvent(type, { clientX, button: 0, pointerId: 1, bubbles: true }))
    at('pointermove', 22)
    expect(selection.layer, 'passing over it only previews').toBe(3)
    at('pointerdown', 378)
    expect(selection.layer).toBe(6)
    at('pointermove', 22 + 356 / 6)
    expect(selection.layer).toBe(1)
  })

  it('marks the chosen head between the layers it works between, and none at the embedding', async () => {
    const { slider, selection } = await mountRail()
    selection.head = 7
    await nextTick()
    expect(slider.querySelector('.head text')?.textContent, 'heads are counted from 1 for people').toBe('head 8')
    selection.layer = 0
    await nextTick()
    expect(slider.querySelector('.head')).toBeNull()
  })

  it('shows how far the chosen word moved', async () => {
    const { slider, selection } = await mountRail()
    expect(slider.querySelectorAll('.segment.moved')).toHaveLength(0)
    selection.selectSentence({ kind: 'text', text: 'The boat' }, 1)
    await vi.waitFor(() => expect(useAnalysisStore().reading).not.toBeNull())
    await nextTick()
    expect(slider.querySelectorAll('.segment.moved')).toHaveLength(6)
    expect(slider.getAttribute('aria-valuetext')).toContain('boat moved by 0.30')
  })
})
