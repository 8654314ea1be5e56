// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import { useSessionStore } from '@/stores/sessionStore'
import { useWordSelectionStore } from '@/stores/wordSelectionStore'
import { engine, settle } from '../engine'
import { datasetInfo } from '../fixtures'

let saved: Record<string, unknown>
beforeEach(() => {
  setActivePinia(createPinia())
  saved = {}
  engine.answers = { 'state.load': () => saved, 'state.save': () => null }
})

const words = (name: string, rows: number[], split = 'test') => ({
  name,
  rows,
  split,
  datasetId: datasetInfo().id,
  from: 'layer 1'
})

it('keeps selections of the open part, one of a name', async () => {
  const session = useSessionStore()
  session.dataset = datasetInfo()
  session.split = 'test'
  const store = useWordSelectionStore()
  await settle()
  store.keep(words('banks', [1, 2]))
  store.keep(words('rivers', [3]))
  store.keep(words('banks', [4], 'train'))
  const again = store.keep(words('banks', [5, 6]))
  expect(store.here.map(({ name, rows }) => [name, rows])).toEqual([
    ['banks', [5, 6]],
    ['rivers', [3]]
  ])
  session.split = 'train'
  expect(store.here.map(({ rows }) => rows)).toEqual([[4]])
  session.split = 'test'
  store.filterId = again.id
  expect(store.filter?.rows).toEqual([5, 6])
  store.forget(again.id)
  expect([store.filter, store.filterId, store.here.length]).toEqual([null, null, 1])
})

it('reads what was kept before, and leaves out what cannot be read', async () => {
  saved = { wordSelections: { selections: [{ ...words('kept', [7]), id: 'a' }] } }
  useSessionStore().dataset = datasetInfo()
  useSessionStore().split = 'test'
  const store = useWordSelectionStore()
  await settle()
  expect(store.here.map(({ name }) => name)).toEqual(['kept'])
  setActivePinia(createPinia())
  saved = { wordSelections: { selections: [{ name: 'broken' }] } }
  const other = useWordSelectionStore()
  await settle()
  expect(other.here).toEqual([])
})
