import { expect, it } from 'vitest'
import { reactive, ref, shallowReactive } from 'vue'
import { createClient } from '@/client/client'
import { plain } from '@/client/plain'
import { engine } from '../engine'

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

it('every call of a client goes through it', async () => {
  const client = createClient(engine)
  engine.answers['state.save'] = () => null
  await client.call('state.save', { key: 'view', value: reactive({ open: true }) })
  expect(engine.inputs('state.save')).toEqual([{ key: 'view', value: { open: true } }])
})
