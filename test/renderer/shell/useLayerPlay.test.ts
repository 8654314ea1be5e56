// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { effectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useLayerPlay } from '@/shell/useLayerPlay'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { modelInfo } from '../fixtures'

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  useSessionStore().model = modelInfo({ layers: 3 })
})
afterEach(() => vi.useRealTimers())

describe('running up through the layers', () => {
  it('steps to the last layer and stops there', () => {
    const selection = useSelectionStore()
    selection.layer = 1
    const { playing, toggle } = effectScope().run(useLayerPlay)!
    toggle()
    const seen: number[] = []
    while (playing.value && seen.length < 10) {
      vi.advanceTimersToNextTimer()
      seen.push(selection.layer)
    }
    expect(seen).toEqual([2, 3])
  })

  it('begins again at the embedding when it is at the last layer', () => {
    const selection = useSelectionStore()
    selection.layer = 3
    const { toggle } = effectScope().run(useLayerPlay)!
    toggle()
    expect(selection.layer).toBe(0)
  })

  it('ends when it is pressed again and when its owner goes', () => {
    const selection = useSelectionStore()
    const scope = effectScope()
    const { playing, toggle } = scope.run(useLayerPlay)!
    toggle()
    toggle()
    expect(playing.value).toBe(false)
    toggle()
    scope.stop()
    vi.runAllTimers()
    expect(selection.layer).toBe(0)
  })
})
