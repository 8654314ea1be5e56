// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { createApp, effectScope, type EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { onEscape } from '@/composables/onEscape'
import { useGeneralActions } from '@/shell/useGeneralActions'
import { useKeyboard } from '@/shell/useKeyboard'
import { useLayoutStore } from '@/stores/layoutStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { modelInfo } from '../fixtures'
import { noActions } from './noActions'

vi.mock('@/modules/registry', () => ({
  viewModules: [
    { id: 'attention', shortcut: '1' },
    { id: 'probes', shortcut: '2' }
  ]
}))

let scope: EffectScope
const play = vi.fn()
beforeEach(() => {
  setActivePinia(createPinia())
  useSessionStore().model = modelInfo()
  useSelectionStore().layer = 3
  play.mockClear()
  scope = effectScope()
  scope.run(() => {
    useGeneralActions({ ...noActions, play })
    useKeyboard()
  })
})
afterEach(() => {
  scope.stop()
  document.body.replaceChildren()
})
function press(key: string, options: KeyboardEventInit = {}, target: EventTarget = document.body): boolean {
  return target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...options }))
}

describe('keys', () => {
  it('go back and forward with Alt, and only with Alt alone', () => {
    const [back, forward] = [vi.spyOn(window.history, 'back'), vi.spyOn(window.history, 'forward')]
    press('ArrowLeft')
    press('ArrowLeft', { altKey: true, ctrlKey: true })
    press('p', { altKey: true })
    expect(back).not.toHaveBeenCalled()
    expect(play).not.toHaveBeenCalled()
    press('ArrowLeft', { altKey: true })
    press('ArrowRight', { altKey: true })
    expect([back.mock.calls.length, forward.mock.calls.length]).toEqual([1, 1])
  })

  it('step layer and head, heads in a ring', () => {
    const selection = useSelectionStore()
    press(']')
    press(']')
    press('[')
    expect(selection.layer).toBe(4)
    selection.head = 0
    press('{', { shiftKey: true })
    expect(selection.head).toBe(11)
    press('}', { shiftKey: true })
    expect(selection.head).toBe(0)
  })

  it('choose a view by the key it names', () => {
    press('2')
    expect(useSelectionStore().view).toBe('probes')
  })

  it('mean text where text is typed', () => {
    const field = document.createElement('input')
    document.body.append(field)
    press(']', {}, field)
    press('p', {}, field)
    expect(useSelectionStore().layer).toBe(3)
    expect(play).not.toHaveBeenCalled()
  })

  it('with Ctrl work from a text field as well, and are kept from the browser', () => {
    const field = document.createElement('input')
    document.body.append(field)
    expect(press('k', { ctrlKey: true }, field)).toBe(false)
    expect(useLayoutStore().dialog).toBe('palette')
  })

  it('let go of one thing with Escape, wherever the focus is, and of the label filter last', () => {
    const held = ['lock', 'drawer']
    const holder = (name: string) => {
      const app = createApp({
        setup() {
          onEscape(() => held.includes(name) && held.splice(held.indexOf(name), 1).length > 0)
          return () => null
        }
      })
      app.mount(document.createElement('div'))
      return app
    }
    const apps = [holder('lock'), holder('drawer')]
    const selection = useSelectionStore()
    selection.label = 'NOUN'
    const field = document.createElement('input')
    document.body.append(field)
    press('Escape', {}, field)
    expect(held).toEqual(['lock'])
    const menu = document.createElement('div')
    menu.setAttribute('role', 'menu')
    menu.dataset.dismissableLayer = ''
    document.body.append(menu)
    press('Escape')
    expect(held).toEqual(['lock'])
    menu.remove()
    press('Escape', {}, field)
    expect(held).toEqual([])
    press('Escape', {}, field)
    expect(selection.label).toBe('NOUN')
    press('Escape')
    expect(selection.label).toBeNull()
    held.push('lock')
    apps.forEach((app) => app.unmount())
    press('Escape')
    expect(held).toEqual(['lock'])
  })

  it('stay quiet behind a dialog', () => {
    useLayoutStore().dialog = 'keys'
    press(']')
    press('o', { ctrlKey: true })
    expect(useSelectionStore().layer).toBe(3)
    expect(useLayoutStore().dialog).toBe('keys')
  })
})
