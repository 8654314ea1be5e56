import { expect, it } from 'vitest'
import { reactive, ref, shallowReactive } from 'vue'
import { largeCalls } from '@shared/rpc/enginePort'
import { ipcTransport } from '@/client/ipcTransport'
import { plain } from '@/client/plain'

it('reactive state inside an input is sent as plain values, at any depth', () => {
  const basis = reactive([[1, 0]])
  const value = {
    state: reactive({ names: ['a'], size: ref(3) }),
    edits: [shallowReactive({ edit: { kind: 'project', basis } })],
    nothing: null,
    missing: undefined
  }
  expect(() => structuredClone(value)).toThrow('could not be cloned')
  expect(structuredClone(plain(value))).toStrictEqual({
    state: { names: ['a'], size: 3 },
    edits: [{ edit: { kind: 'project', basis: [[1, 0]] } }],
    nothing: null,
    missing: undefined
  })
})

it('typed memory is passed on, not copied', () => {
  const bytes = new Uint8Array(4)
  const input = plain({ bytes, list: [bytes] }) as { bytes: Uint8Array; list: Uint8Array[] }
  expect(input.bytes).toBe(bytes)
  expect(input.list[0]).toBe(bytes)
})

it('a selection of the store crosses the context bridge and a port', async () => {
  const sentence = reactive({ kind: 'text', text: 'The cat sat.' })
  const crossed: unknown[] = []
  const answer = (_name: string, input: unknown) => {
    crossed.push(structuredClone(input))
    return Promise.resolve({ kind: 'answer', id: 0, output: null } as const)
  }
  const bridge = { call: answer, subscribe: () => () => undefined }
  await ipcTransport(bridge).call('sentence.analyze', { modelId: 'm', sentence })
  const port = { call: answer, dispose: () => undefined }
  const [large] = largeCalls
  await ipcTransport(bridge, () => port as never).call(large!, { modelId: 'm', sentence })
  const plainInput = { modelId: 'm', sentence: { kind: 'text', text: 'The cat sat.' } }
  expect(crossed).toEqual([plainInput, plainInput])
})
