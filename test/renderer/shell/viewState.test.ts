// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import * as v from 'valibot'
import { nextTick, ref } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { keepSettings } from '@/composables/keepSettings'
import { addressOf, stateAt, stateInFile, useView, workspaceText, type ViewState } from '@/shell/viewState'
import { useOpening } from '@/stores/opening'
import { usePinStore } from '@/stores/pinStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useViewSettings } from '@/stores/viewSettings'
import { engine } from '../engine'
import { datasetInfo, modelInfo } from '../fixtures'

const mine = modelInfo({ id: 'mine', name: 'mine', path: '/models/mine', bundled: false, layers: 2, heads: 4 })
const bundled = modelInfo()
const request = { paths: ['/app/data/ewt'], name: 'UD English EWT' }

const state: ViewState = {
  layerscope: 1,
  view: 'probes',
  model: { path: bundled.path, id: bundled.id },
  data: { request, id: 'ud_english-ewt' },
  split: 'test',
  sentence: { kind: 'text', text: 'Die Frauen & Männer = 100 %, #1' },
  word: 3,
  layer: 4,
  head: 11,
  task: 'deprel',
  label: 'nsubj:pass',
  settings: { attention: { massShare: 0.5 } }
}

beforeEach(async () => {
  setActivePinia(createPinia())
  engine.answers = {
    'state.load': () => ({}),
    'state.save': () => null,
    'model.open': ({ path }) => (path === mine.path ? mine : bundled),
    'dataset.open': () => datasetInfo(),
    'dataset.page': () => ({ total: 0, rows: [] })
  }
  const opening = useOpening()
  await opening.openModel(bundled.path)
  await opening.openDataset(request)
})

describe('an address', () => {
  it('says what is on screen, and is read again', () => {
    const address = addressOf(state)
    expect(address).toContain('view=probes&model=')
    expect(stateAt(address)).toEqual(state)
    expect(stateAt('')).toBeNull()
    expect(stateAt('token=abc')).toBeNull()
  })

  it.each([
    ['cut off', (address: string) => address.slice(0, 60)],
    ['of a later version', (address: string) => address.replace('layerscope=1', 'layerscope=2')],
    ['with a layer that is none', (address: string) => address.replace('layer=4', 'layer=-4')],
    ['with more in it', (address: string) => `${address}&run=rm`]
  ])('%s is refused in a sentence', (_, change) => {
    expect(() => stateAt(change(addressOf(state)))).toThrow(
      'The link cannot be read: a part of it is missing, or another version made it.'
    )
  })
})

describe('a workspace file', () => {
  it('is what is on screen, and is read again', () => {
    expect(stateInFile(workspaceText(state), 'mine.layerscope')).toEqual(state)
  })
  it.each(['', '{}', 'null', '[1]', '{"layerscope":1'])('that is none is refused by its name: %s', (text) => {
    expect(() => stateInFile(text, 'notes.txt')).toThrow("'notes.txt' is not a workspace of Layerscope")
  })
})

describe('what is pinned', () => {
  it('is part of what is on screen, and is shown again', async () => {
    const { current, show } = useView()
    const pin = usePinStore()
    useOpening().recentModels = [{ path: mine.path, name: mine.name }]
    await pin.pin({ path: mine.path })
    pin.pinSentence({ kind: 'text', text: 'A boat.' })
    pin.both = false
    const pinned = {
      model: { path: mine.path, id: 'mine' },
      sentence: { kind: 'text', text: 'A boat.' },
      single: true
    }
    expect(current.value?.pin).toEqual(pinned)
    expect(stateAt(addressOf(current.value!))?.pin).toEqual(pinned)
    const before = current.value!
    pin.unpin()
    expect(current.value?.pin).toBeUndefined()
    await show(before)
    expect(current.value).toEqual(before)
    expect(pin.models).toMatchObject({ pinned: { id: 'mine' }, current: { id: bundled.id } })
    await show({ ...before, pin: undefined })
    expect(pin.isPinned).toBe(false)
  })

  it('is refused where its model has changed, or was never opened here', async () => {
    const { current, show } = useView()
    useOpening().recentModels = [{ path: mine.path, name: mine.name }]
    await expect(show({ ...current.value!, pin: { model: { path: mine.path, id: 'another' } } })).rejects.toThrow(
      'The model at /models/mine has changed since this view was saved.'
    )
    expect(usePinStore().isPinned).toBe(false)
    await expect(show({ ...current.value!, pin: { model: { path: '/elsewhere', id: 'x' } } })).rejects.toThrow(
      'It is of the model at /elsewhere, which was not opened here before.'
    )
  })
})

describe('a view', () => {
  it('that is shown is the current one', async () => {
    const { current, show } = useView()
    await show(state)
    expect(current.value).toEqual(state)
    expect(useSelectionStore().view).toBe('probes')
    // Nothing that was open already is opened again.
    expect(engine.inputs('model.open')).toHaveLength(1)
    expect(engine.inputs('dataset.open')).toHaveLength(1)
  })

  it('opens the model that it is of, where that was opened here before', async () => {
    const { current, show } = useView()
    const other = { ...state, layer: 2, model: { path: mine.path, id: 'mine' } }
    await expect(show(other)).rejects.toThrow(
      'It is of the model at /models/mine, which was not opened here before. Open that model first, then try again.'
    )
    expect(engine.inputs('model.open')).toHaveLength(1)
    useOpening().recentModels = [{ path: mine.path, name: 'mine' }]
    await show(other)
    expect(useSessionStore().model?.id).toBe('mine')
    expect(current.value).toEqual(other)
  })

  it('of data that were never opened here opens nothing', async () => {
    const data = { request: { paths: ['//elsewhere/share/data.tsv'] }, id: 'data' }
    await expect(useView().show({ ...state, data })).rejects.toThrow(
      'It is of the data in //elsewhere/share/data.tsv, which were not opened here before.'
    )
    expect(engine.inputs('dataset.open')).toHaveLength(1)
  })

  it('of a model or data that are others by now says so, and leaves the selection', async () => {
    const { show } = useView()
    const selection = useSelectionStore()
    const before = selection.layer
    await expect(show({ ...state, model: { path: bundled.path, id: 'as it was' } })).rejects.toThrow(
      `The model at ${bundled.path} has changed since this view was saved.`
    )
    await expect(show({ ...state, data: { request, id: 'as it was' } })).rejects.toThrow(
      'The data in /app/data/ewt have changed since this view was saved.'
    )
    expect([selection.layer, selection.view]).toEqual([before, 'attention'])
  })
})

describe('settings of a view', () => {
  const saved = v.object({ size: v.fallback(v.number(), 3), folder: v.fallback(v.string(), '') })
  const refs = () => ({ size: ref(1), folder: ref('') })

  it('are part of it where they are not as usual, and not what belongs to this computer', async () => {
    const views = useViewSettings()
    const settings = refs()
    await keepSettings('mine', saved, settings, ['folder'])
    expect(views.current).toEqual({})
    settings.size.value = 7
    settings.folder.value = '/home'
    expect(views.current).toEqual({ mine: { size: 7 } })
    views.apply({ mine: { size: 5, folder: '/etc' } })
    expect([settings.size.value, settings.folder.value]).toEqual([5, '/home'])
    views.apply({})
    expect(settings.size.value).toBe(3)
    views.apply({ mine: { size: 'large' } })
    expect(settings.size.value).toBe(3)
  })

  it('wait for a view that was not opened yet, and go before what was saved', async () => {
    engine.answers['state.load'] = () => ({ mine: { size: 9, folder: '/kept' } })
    const views = useViewSettings()
    views.apply({ mine: { size: 5 } })
    expect(views.current).toEqual({ mine: { size: 5 } })
    const settings = refs()
    await keepSettings('mine', saved, settings, ['folder'])
    await nextTick()
    expect([settings.size.value, settings.folder.value]).toEqual([5, '/kept'])
  })
})
