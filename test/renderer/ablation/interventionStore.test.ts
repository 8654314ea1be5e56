import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { useInterventionStore } from '@/modules/ablation/interventionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine } from '../engine'
import { modelInfo } from '../fixtures'
import type { Intervention, InterventionSet } from '@shared/intervention'

let kept: Map<string, InterventionSet>
let saved: Record<string, unknown>

const eraser: Intervention = { at: 'blocks.2.resid_post', edit: { kind: 'project', basis: [[1, 0]] } }

beforeEach(() => {
  kept = new Map()
  saved = {}
  engine.reset({
    'state.load': () => saved,
    'state.save': ({ key, value }) => {
      saved[key] = value
      return null
    },
    'sets.keep': (set) => {
      kept.set(set.name, set)
      return null
    },
    'sets.forget': ({ name }) => {
      kept.delete(name)
      return null
    },
    'sets.load': ({ name }) => kept.get(name)!,
    'sets.list': () =>
      [...kept.values()].map(({ name, interventions }) => ({ name, interventions: interventions.length }))
  })
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

test('another model keeps the parts that it has; undo has the board as it was', () => {
  const session = useSessionStore()
  const open = (id: string, layers: number, heads: number): void => {
    session.model = modelInfo({ id, layers, heads })
  }
  open('large', 6, 12)
  const board = useInterventionStore()
  board.toggle([
    { kind: 'head', block: 5, head: 5 },
    { kind: 'head', block: 2, head: 1 },
    { kind: 'mlp', block: 5 }
  ])
  const alone = board.state
  open('twin', 6, 12)
  expect(board.state).toBe(alone)
  board.add([eraser])
  open('small', 4, 4)
  expect(board.interventions).toEqual([{ at: 'blocks.2.attn.result', heads: [1], edit: { kind: 'zero' } }])
  board.undo()
  expect([board.off.size, board.rest]).toEqual([3, [eraser]])
})
