// @vitest-environment happy-dom
import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { createApp, defineComponent, h, nextTick, type App } from 'vue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { onEscape, releaseNewest } from '@/composables/onEscape'
import SidePanel from '@/shell/SidePanel.vue'
import { useLayoutStore } from '@/stores/layoutStore'

let pinia: Pinia
let app: App

function resizeTo(width: number): void {
  Object.assign(window, { innerWidth: width })
  window.dispatchEvent(new Event('resize'))
}
const panel = (): HTMLElement => document.querySelector('aside')!

beforeEach(() => {
  pinia = createPinia()
  setActivePinia(pinia)
  Object.assign(window, { innerWidth: 1400 })
  const content = defineComponent(() => () => h('input', { 'aria-label': 'Search' }))
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp({
    render: () => [
      h('button', { id: 'opener', 'data-panel-button': '' }),
      h('main'),
      h(SidePanel, { side: 'left', label: 'Corpus panel' }, () => h(content))
    ]
  })
  app.use(pinia).mount(root)
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

describe('a panel', () => {
  it('is beside the view of a wide window, and folds to a drawer below 1,200 pixels', async () => {
    const layout = useLayoutStore()
    layout.setShown('right', false)
    expect([layout.isShown('left'), layout.columns]).toEqual([true, 'min(292px, 25vw) minmax(0, 1fr) 0px'])
    resizeTo(1199)
    await nextTick()
    expect([layout.isShown('left'), layout.columns]).toEqual([false, '0px minmax(0, 1fr) 0px'])
    expect(panel().querySelector('input')).toBeNull()
    layout.toggle('right')
    layout.toggle('left')
    expect([layout.isShown('left'), layout.isShown('right')]).toEqual([true, false])
    resizeTo(1200)
    await nextTick()
    expect([layout.leftOpen, layout.rightOpen, layout.drawer]).toEqual([true, false, null])
  })

  it('is closed by Escape before what the view below it holds, which was shown later', async () => {
    const layout = useLayoutStore()
    let locked = true
    const view = createApp(
      defineComponent(() => {
        onEscape(() => locked && !(locked = false))
        return () => null
      })
    )
    view.mount(document.createElement('div'))
    resizeTo(800)
    await nextTick()
    layout.toggle('left')
    await nextTick()
    expect([releaseNewest(), layout.drawer, locked]).toEqual([true, null, true])
    expect([releaseNewest(), locked]).toEqual([true, false])
    view.unmount()
  })

  it('is closed by Escape, which gives the focus back, and by a press outside; its content is kept', async () => {
    const layout = useLayoutStore()
    resizeTo(800)
    await nextTick()
    const opener = document.querySelector<HTMLElement>('#opener')!
    opener.focus()
    layout.toggle('left')
    await nextTick()
    await nextTick()
    expect(document.activeElement).toBe(panel())
    panel().querySelector('input')!.value = 'place'
    expect(releaseNewest()).toBe(true)
    await nextTick()
    expect([layout.drawer, document.activeElement]).toEqual([null, opener])
    expect(releaseNewest()).toBe(false)

    layout.toggle('left')
    await nextTick()
    expect(panel().querySelector('input')!.value).toBe('place')
    panel()
      .querySelector('input')!
      .dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
    opener.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
    expect(layout.drawer).toBe('left')
    document.querySelector('main')!.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
    expect(layout.drawer).toBeNull()
  })

  it('is opened by a search', () => {
    const layout = useLayoutStore()
    resizeTo(800)
    layout.focusSearch()
    expect(layout.drawer).toBe('left')
  })
})
