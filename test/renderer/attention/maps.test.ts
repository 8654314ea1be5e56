import { describe, expect, it } from 'vitest'
import { effectScope, shallowRef } from 'vue'
import { useAttentionMaps, type MapRequest } from '@/modules/attention/useAttentionMaps'
import { makeReading, readingRequest, type Reading } from '@/stores/reading'
import type { FloatTensor } from '@shared/tensorData'
import { client, engine, settle } from '../engine'
import { modelInfo, sentenceAnalysis } from '../fixtures'
import { tokens, words } from './sentence'

function setup() {
  const heads = engine.hold('attention.head')
  const layers = engine.hold('attention.layer')
  const reading = (text: string, modelId = 'm'): Reading =>
    makeReading(
      readingRequest(modelInfo({ id: modelId }), { kind: 'text', text }),
      { ...sentenceAnalysis(words, 1, 2), tokens },
      null
    )
  const request = shallowRef<MapRequest | null>(null)
  const scope = effectScope()
  const maps = scope.run(() => useAttentionMaps(client, () => request.value))!
  return { heads, layers, request, reading, maps, scope }
}

function tensor(value: number, heads?: number): FloatTensor {
  const shape = heads === undefined ? [5, 5] : [heads, 5, 5]
  return { shape, data: new Float32Array((heads ?? 1) * 25).fill(value) }
}

describe('fetching maps', () => {
  it('asks for one head, and not again for one it has', async () => {
    const { heads, request, reading, maps } = setup()
    const one = reading('one')
    request.value = { reading: one, layer: 2, head: 1, way: 'weights' }
    await settle()
    expect(engine.asked).toMatchObject([{ name: 'attention.head', input: { layer: 2, head: 1 } }])
    expect(maps.loading.value).toBe(true)
    heads[0]!.answer(tensor(0.2))
    await settle()
    expect(maps.fetched.value!.raw.weights[0]).toBe(Math.fround(0.2))
    request.value = { reading: one, layer: 2, head: 0, way: 'weights' }
    await settle()
    heads[1]!.answer(tensor(0.4))
    await settle()
    request.value = { reading: one, layer: 2, head: 1, way: 'weights' }
    await settle()
    expect(engine.asked).toHaveLength(2)
    expect(maps.fetched.value!.raw.weights[0]).toBe(Math.fround(0.2))
    expect(maps.loading.value).toBe(false)
  })
  it('takes a head out of a layer that was fetched whole', async () => {
    const { layers, request, reading, maps } = setup()
    const one = reading('one')
    request.value = { reading: one, layer: 1, head: null, way: 'weights' }
    await settle()
    const whole = tensor(0, 2)
    whole.data.fill(0.7, 25)
    layers[0]!.answer(whole)
    await settle()
    expect(maps.fetched.value!.raw.heads).toBe(2)
    request.value = { reading: one, layer: 1, head: 1, way: 'weights' }
    await settle()
    expect(engine.asked).toHaveLength(1)
    expect(maps.fetched.value!.raw).toMatchObject({ heads: 1, tokens: 5 })
    expect(maps.fetched.value!.raw.weights[0]).toBe(Math.fround(0.7))
  })
  it('drops an answer that a newer request overtook', async () => {
    const { heads, request, reading, maps } = setup()
    const one = reading('one')
    request.value = { reading: one, layer: 1, head: 0, way: 'weights' }
    await settle()
    request.value = { reading: one, layer: 1, head: 1, way: 'weights' }
    await settle()
    heads[1]!.answer(tensor(0.9))
    await settle()
    heads[0]!.answer(tensor(0.1))
    await settle()
    expect(maps.fetched.value!.request.head).toBe(1)
    expect(maps.fetched.value!.raw.weights[0]).toBe(Math.fround(0.9))
  })
  it('keeps the old map until the new one is there, but not over a change of sentence', async () => {
    const { heads, request, reading, maps } = setup()
    const one = reading('one')
    request.value = { reading: one, layer: 1, head: 0, way: 'weights' }
    await settle()
    heads[0]!.answer(tensor(0.1))
    await settle()
    request.value = { reading: one, layer: 1, head: 1, way: 'weights' }
    await settle()
    expect(maps.fetched.value!.request.head).toBe(0)
    request.value = { reading: reading('two'), layer: 1, head: 0, way: 'weights' }
    expect(maps.fetched.value, 'before anything is drawn').toBeNull()
    await settle()
    expect(maps.fetched.value).toBeNull()
    expect(engine.asked).toHaveLength(3)
  })
  it('never gives a map of one model to another, and has one of an earlier sentence still', async () => {
    const { heads, request, reading, maps } = setup()
    request.value = { reading: reading('one', 'a'), layer: 1, head: 0, way: 'weights' }
    await settle()
    heads[0]!.answer(tensor(0.1))
    await settle()
    request.value = { reading: reading('one', 'b'), layer: 1, head: 0, way: 'weights' }
    expect(maps.fetched.value).toBeNull()
    await settle()
    expect(engine.inputs('attention.head').map(({ modelId }) => modelId)).toEqual(['a', 'b'])
    heads[1]!.answer(tensor(0.2))
    await settle()
    expect(maps.fetched.value!.raw.weights[0]).toBe(Math.fround(0.2))
    request.value = { reading: reading('one', 'a'), layer: 1, head: 0, way: 'weights' }
    await settle()
    expect(engine.asked).toHaveLength(2)
    expect(maps.fetched.value!.raw.weights[0]).toBe(Math.fround(0.1))
  })
  it('says what went wrong, and refuses a map of another size', async () => {
    const { heads, request, reading, maps } = setup()
    const one = reading('one')
    request.value = { reading: one, layer: 1, head: 0, way: 'weights' }
    await settle()
    heads[0]!.fail(new Error('The engine stopped.'))
    await settle()
    expect(maps.error.value).toBe('The engine stopped.')
    request.value = { reading: one, layer: 1, head: 1, way: 'weights' }
    await settle()
    expect(maps.error.value).toBeNull()
    heads[1]!.answer({ shape: [3, 3], data: new Float32Array(9) })
    await settle()
    expect(maps.error.value).toBe('The map has 3 tokens, the sentence 5; choose the sentence again.')
  })
  it('leaves nothing behind when the view is gone', async () => {
    const { heads, request, reading, maps, scope } = setup()
    request.value = { reading: reading('one'), layer: 1, head: 0, way: 'weights' }
    await settle()
    scope.stop()
    heads[0]!.answer(tensor(0.1))
    await settle()
    expect(maps.fetched.value).toBeNull()
  })
})
