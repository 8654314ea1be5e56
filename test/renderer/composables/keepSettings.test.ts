// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPinia, setActivePinia } from 'pinia'
import * as v from 'valibot'
import { nextTick, ref } from 'vue'
import { keepSettings } from '@/composables/keepSettings'
import { engine } from '../engine'

const saved = v.object({ size: v.fallback(v.number(), 3), names: v.fallback(v.array(v.string()), []) })
const refs = () => ({ size: ref(1), names: ref<string[]>([]) })

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('settings of a view', () => {
  it('are restored; a damaged part falls back alone', async () => {
    engine.answers['state.load'] = () => ({ mine: { size: 'large', names: ['a'] } })
    const settings = refs()
    await keepSettings('mine', saved, settings)
    expect([settings.size.value, settings.names.value]).toEqual([3, ['a']])
  })

  it('are the usual ones where nothing can be read', async () => {
    engine.answers['state.load'] = () => Promise.reject(new Error('The host has exited.'))
    const settings = refs()
    await keepSettings('mine', saved, settings)
    expect(settings.size.value).toBe(3)
  })

  it('are saved once after several changes, as plain values', async () => {
    engine.answers['state.load'] = () => ({})
    engine.answers['state.save'] = () => null
    const settings = refs()
    await keepSettings('mine', saved, settings)
    settings.size.value = 7
    await nextTick()
    settings.names.value = ['b']
    await nextTick()
    vi.runAllTimers()
    expect(engine.inputs('state.save')).toEqual([{ key: 'mine', value: { size: 7, names: ['b'] } }])
  })

  it('are saved at once where the window closes right after a change, and not again', async () => {
    engine.answers['state.load'] = () => ({})
    engine.answers['state.save'] = () => null
    const settings = refs()
    await keepSettings('mine', saved, settings)
    window.dispatchEvent(new Event('pagehide'))
    expect(engine.inputs('state.save')).toEqual([])
    settings.size.value = 7
    await nextTick()
    window.dispatchEvent(new Event('pagehide'))
    const once = [{ key: 'mine', value: { size: 7, names: [] } }]
    expect(engine.inputs('state.save')).toEqual(once)
    vi.runAllTimers()
    expect(engine.inputs('state.save')).toEqual(once)
  })
})
