// @vitest-environment happy-dom
import type { ModelInfo } from '@shared/model'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { useOpening } from '@/stores/opening'
import { useSessionStore } from '@/stores/sessionStore'
import { engine } from '../engine'
import { modelInfo } from '../fixtures'

/** Answers of `model.open` by path, each given when the test says so. */
let waiting: Map<string, { give: (model: ModelInfo) => void; refuse: (error: Error) => void }>

beforeEach(() => {
  setActivePinia(createPinia())
  waiting = new Map()
  engine.answers = {
    'model.open': ({ path }) => new Promise<ModelInfo>((give, refuse) => waiting.set(path, { give, refuse }))
  }
})

describe('two models asked for at once', () => {
  const slow = modelInfo({ id: 'slow', path: '/models/slow' })
  const quick = modelInfo({ id: 'quick', path: '/models/quick' })

  it('the one asked for later stays, though the other took longer', async () => {
    const opening = useOpening()
    const first = opening.openModel('/models/slow', { fresh: true })
    const second = opening.openModel('/models/quick')
    waiting.get('/models/quick')!.give(quick)
    expect(await second).toBe(true)
    waiting.get('/models/slow')!.give(slow)
    expect(await first).toBe(true)
    expect(useSessionStore().model?.id).toBe('quick')
    expect(opening.openingModel).toBeNull()
  })

  it('the first is shown where the one asked for later cannot be opened', async () => {
    const opening = useOpening()
    const first = opening.openModel('/models/slow', { fresh: true })
    const second = opening.openModel('/models/quick')
    waiting.get('/models/quick')!.refuse(new Error('There is nothing at /models/quick.'))
    expect(await second).toBe(false)
    waiting.get('/models/slow')!.give(slow)
    expect(await first).toBe(true)
    expect(useSessionStore().model?.id).toBe('slow')
  })

  it('who is quicker than the start keeps the model asked for, though the start asks later', async () => {
    const opening = useOpening()
    const person = opening.openModel('/models/quick')
    const start = opening.openModel('/models/slow', { fresh: true, atStart: true })
    expect(opening.openingModel).toBe('quick')
    waiting.get('/models/quick')!.give(quick)
    expect(await person).toBe(true)
    waiting.get('/models/slow')!.give(slow)
    expect(await start).toBe(true)
    expect(useSessionStore().model?.id).toBe('quick')
  })

  it('what the start opens stays where what the person asked for cannot be opened', async () => {
    const opening = useOpening()
    const person = opening.openModel('/models/quick')
    const start = opening.openModel('/models/slow', { fresh: true, atStart: true })
    waiting.get('/models/slow')!.give(slow)
    expect(await start).toBe(true)
    waiting.get('/models/quick')!.refuse(new Error('There is nothing at /models/quick.'))
    expect(await person).toBe(false)
    expect(useSessionStore().model?.id).toBe('slow')
  })
})
