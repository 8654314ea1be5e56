import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Intervention, InterventionSet } from '@shared/intervention'

const kept = new Map<string, InterventionSet>()
const saved: Record<string, unknown> = {}
vi.mock('@/client', () => ({
  client: {
    call: vi.fn((name: string, input: Record<string, unknown>) => {
      if (name === 'state.load') return Promise.resolve({ ...saved })
      if (name === 'state.save') saved[input.key as string] = input.value
      if (name === 'sets.keep') kept.set(input.name as string, input as InterventionSet)
      if (name === 'sets.forget') kept.delete(input.name as string)
      if (name === 'sets.load') return Promise.resolve(kept.get(input.name as string))
      return Promise.resolve(
        name === 'sets.list'
          ? [...kept.values()].map((set) => ({ name: set.name, interventions: set.interventions.length }))
          : null
      )
    })
  }
}))
const { useInterventionStore } = await import('../../../src/renderer/modules/ablation/interventionStore')

const eraser: Intervention = { at: 'blocks.2.resid_post', edit: { kind: 'project', basis: [[1, 0]] } }

beforeEach(() => {
  kept.clear()
  for (const key of Object.keys(saved)) Reflect.deleteProperty(saved, key)
  setActivePinia(createPinia())
})

test('an edit without a switch joins the board, is undone, taken out and kept', async () => {
  const board = useInterventionStore()
  const before = board.state
  board.toggle([{ kind: 'head', block: 0, head: 1 }])
  board.add([eraser])
  expect(board.interventions).toEqual([{ at: 'blocks.0.attn.result', heads: [1], edit: { kind: 'zero' } }, eraser])
  board.undo()
  expect(board.rest).toEqual([])
  board.redo()
  board.drop(0)
  expect(board.interventions).toHaveLength(1)
  board.undo()
  await board.keep('Both')
  expect(board.sets).toEqual([{ name: 'Both', interventions: 2 }])
  board.clear()
  await board.useKept('Both')
  expect(board.rest).toEqual([eraser])
  await board.forget('Both')
  expect(board.sets).toEqual([])
  for (let i = 0; i < 6; i++) board.undo()
  // The board as it was before, not one like it: results that were measured with it are its own again.
  expect(board.state).toBe(before)
})

test('sets of the settings of earlier versions move into files', async () => {
  saved.interventions = [{ name: 'Old', interventions: [eraser] }]
  const board = useInterventionStore()
  await vi.waitFor(() => expect(board.sets).toEqual([{ name: 'Old', interventions: 1 }]))
  expect(saved.interventions).toEqual([])
})
