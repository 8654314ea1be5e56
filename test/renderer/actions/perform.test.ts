// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { nextTick, ref } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { handle, handlerOf } from '@/actions/handlers'
import { perform } from '@/actions/perform'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSelectionStore } from '@/stores/selectionStore'

let ends: (() => void)[] = []
beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => {
  ends.forEach((end) => end())
  ends = []
  vi.useRealTimers()
})
function button(id: string, isEnabled = (): boolean => true) {
  const run = vi.fn()
  ends.push(handle(id, { run, isEnabled }))
  return run
}

describe('performing an action', () => {
  it('presses its button where it is on screen, and stays in the view', async () => {
    const run = button('ablation.scan')
    await expect(perform('ablation.scan')).resolves.toBe(true)
    expect(run).toHaveBeenCalledOnce()
    expect(useSelectionStore().view).toBe('attention')
  })

  it('opens the view and the pane that have its button, and waits for both', async () => {
    const done = perform('ablation.scan')
    expect(useSelectionStore().view).toBe('ablation')
    await nextTick()
    const pane = button('ablation.pane:corpus')
    await vi.advanceTimersByTimeAsync(10)
    expect(pane).toHaveBeenCalledOnce()
    const ready = ref(false)
    const run = button('ablation.scan', () => ready.value)
    await vi.advanceTimersByTimeAsync(10)
    expect(run).not.toHaveBeenCalled()
    ready.value = true
    await expect(done).resolves.toBe(true)
    expect(run).toHaveBeenCalledOnce()
  })

  it('says that it is not possible where no button comes', async () => {
    const done = perform('projection.lasso')
    await vi.advanceTimersByTimeAsync(6000)
    await expect(done).resolves.toBe(false)
    expect(useNoticeStore().fact?.title).toMatch(/^Lasso.*: not possible now$/)
  })

  it('takes the first of several buttons that can be pressed', () => {
    const first = button('model.open', () => false)
    const second = button('model.open')
    handlerOf('model.open')!.run()
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1])
  })
})
