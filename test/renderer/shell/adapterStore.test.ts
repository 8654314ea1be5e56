// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { effectScope } from 'vue'
import { beforeEach, expect, it } from 'vitest'
import { useCommands } from '@/shell/useCommands'
import { useGeneralActions } from '@/shell/useGeneralActions'
import { useAdapterStore } from '@/stores/adapterStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { noActions } from './noActions'
import { dataset, model } from '../probes/fixture'

const base = { ...model, id: 'base', path: '/models/base' }
const adapted = { ...model, id: 'adapted', path: '/models/adapted', lineage: { base: { path: base.path } } }

beforeEach(() => {
  setActivePinia(createPinia())
  engine.answers = { 'model.open': ({ path }) => (path === base.path ? base : adapted) }
  Object.assign(useSessionStore(), { model: adapted, dataset })
})

it('switches between a model and its base, and leaves what is chosen', async () => {
  const adapter = useAdapterStore()
  const session = useSessionStore()
  const selection = useSelectionStore()
  selection.layer = 2
  selection.view = 'attention'
  expect(adapter).toMatchObject({ isKnown: true, isOn: true })
  await adapter.toggle()
  expect(session.model?.id).toBe('base')
  expect(adapter).toMatchObject({ isKnown: true, isOn: false, switching: false })
  await adapter.toggle()
  expect(session.model?.id).toBe('adapted')
  expect(adapter.isOn).toBe(true)
  expect(selection).toMatchObject({ layer: 2, view: 'attention' })
})

it('is there for models whose base is known alone, and goes with another model', async () => {
  const adapter = useAdapterStore()
  const session = useSessionStore()
  await adapter.toggle()
  session.model = { ...model, id: 'another' }
  await settle()
  expect(adapter.isKnown).toBe(false)
  // The base, opened by itself, is no half of a pair.
  session.model = base
  await settle()
  expect(adapter.isKnown).toBe(false)
})

it('is in the command palette while the base is known', async () => {
  const session = useSessionStore()
  const scope = effectScope()
  const commands = scope.run(() => {
    useGeneralActions(noActions)
    return useCommands()
  })!
  const command = () => commands.value.find(({ id }) => id === 'action model.trained')
  expect(command()?.title).toBe('Show the base in every view')
  command()!.run()
  await settle()
  expect(session.model?.id).toBe('base')
  expect(command()?.title).toBe('Show the trained model in every view')
  session.model = { ...model, id: 'another' }
  await settle()
  expect(command()).toBeUndefined()
  scope.stop()
})
