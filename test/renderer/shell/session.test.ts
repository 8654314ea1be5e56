// @vitest-environment happy-dom
import { JobCancelled } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { effectScope, nextTick, type EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useOpening } from '@/stores/opening'
import { useSession } from '@/shell/session'
import { addressOf, useView, type ViewState } from '@/shell/viewState'
import { useLayoutStore } from '@/stores/layoutStore'
import { useJobStore } from '@/stores/jobStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useThemeStore } from '@/stores/themeStore'
import { jobStatus } from '../../shared/jobStatus'
import { probeResult, probeSummary, readAnswer } from '../probes/fixture'
import { engine } from '../engine'
import { datasetInfo, modelInfo, sentenceRow } from '../fixtures'

let scope: EffectScope
const bundledModel = { path: '/app/models/minilm', name: 'all-MiniLM-L6-v2', bundled: true, description: '' }
const bundledData = {
  id: 'ud_english-ewt',
  name: 'UD English EWT',
  description: '',
  licence: '',
  source: '',
  paths: ['/app/data/ewt'],
  splits: ['train', 'test'],
  bytes: 1,
  builtin: true,
  opened: false
}
const words = 'The old boat near the river was quietly sold to her brother .'.split(' ')

beforeEach(() => {
  setActivePinia(createPinia())
  engine.answers = {
    'app.info': () => ({ version: '0.1.0', host: 'http', platform: 'linux', nativeDialogs: false, openPaths: [] }),
    'state.load': () => ({}),
    'state.save': () => null,
    'engine.state': () => ({ state: 'ready', message: '', restarts: 0 }),
    'device.status': () => ({
      backend: { name: 'wasm', title: 'WebAssembly', version: '4.22', threads: 1, reason: '', tried: [] },
      native: { state: 'missing', reason: 'Not set up.' }
    }),
    'model.list': () => [bundledModel],
    'job.list': () => ({ jobs: [], notes: [] }),
    'dataset.list': () => [{ ...bundledData, id: 'clinc150', paths: ['/app/data/clinc150'] }, bundledData],
    'model.open': ({ path }) =>
      path === '/app/models/minilm'
        ? modelInfo()
        : modelInfo({ id: 'other', name: 'other', path, bundled: false, layers: 2, heads: 4 }),
    'dataset.open': () => datasetInfo(),
    'dataset.page': ({ offset }) => ({
      total: 1,
      rows:
        offset === 0
          ? [{ row: sentenceRow(7, words, { heads: [3, 3, 9, 6, 6, 3, 9, 9, 0, 12, 12, 9, 9] }), matches: [] }]
          : []
    }),
    'probe.list': () => [],
    'probe.estimate': () => ({
      extract: { words: 1, subwords: 1, seconds: 1, memoryBytes: 1, diskBytes: 1, cached: false },
      solveSeconds: 5000,
      seconds: 5001,
      memoryBytes: 1,
      diskBytes: 1
    })
  }
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

async function launch(): Promise<ReturnType<typeof useSession>> {
  scope = effectScope()
  const session = scope.run(() => useSession(() => undefined, useView()))!
  await vi.waitFor(() => expect(session.started.value).toBe(true))
  await nextTick()
  return session
}

describe('a window that a link opens', () => {
  const linked: ViewState = {
    layerscope: 1,
    view: 'probes',
    model: { path: '/app/models/minilm', id: modelInfo().id },
    data: { request: { paths: ['/app/data/ewt'] }, id: 'ud_english-ewt' },
    split: 'train',
    sentence: { kind: 'text', text: 'Linked words' },
    word: 1,
    layer: 5,
    head: 2,
    task: 'deprel',
    settings: {}
  }
  afterEach(() => window.history.replaceState(null, '', '#'))

  it('shows what the link says instead of what was open last', async () => {
    engine.answers['state.load'] = () => ({ session: { view: 'compare', layer: 1, sentence: null } })
    window.history.replaceState(null, '', `#${addressOf(linked)}`)
    await launch()
    const selection = useSelectionStore()
    expect([selection.view, selection.layer, selection.head, selection.task]).toEqual(['probes', 5, 2, 'deprel'])
    expect(selection.sentence).toEqual({ kind: 'text', text: 'Linked words' })
    expect(useSessionStore().split).toBe('train')
  })

  it('follows a link that the operating system hands over', async () => {
    await launch()
    engine.emit('files.opened', { paths: [`layerscope://view#${addressOf(linked)}`] })
    await vi.waitFor(() => expect(useSelectionStore().view).toBe('probes'))
    expect(useSelectionStore().sentence).toEqual({ kind: 'text', text: 'Linked words' })
  })

  it('says why a link cannot be followed, and opens what is usual', async () => {
    const elsewhere = { ...linked, model: { path: '//elsewhere/model', id: 'x' } }
    window.history.replaceState(null, '', `#${addressOf(elsewhere)}`)
    await launch()
    expect(engine.inputs('model.open').map(({ path }) => path)).toEqual(['/app/models/minilm'])
    expect(useSelectionStore().view).toBe('attention')
    expect(useNoticeStore().notices).toMatchObject([
      { title: 'The link could not be followed', text: expect.stringContaining('//elsewhere/model') as string }
    ])
  })
})

describe('a first launch', () => {
  it('opens the bundled model and the treebank, in the middle of the model, at a sentence and its root', async () => {
    await launch()
    const selection = useSelectionStore()
    expect(engine.inputs('model.open').map((input) => input.path)).toEqual(['/app/models/minilm'])
    expect(engine.inputs('dataset.open').map((input) => input.paths)).toEqual([['/app/data/ewt']])
    expect(selection.sentence).toEqual({ kind: 'dataset', datasetId: 'ud_english-ewt', split: 'test', index: 7 })
    expect([selection.word, selection.layer, selection.head, selection.task]).toEqual([8, 3, 0, 'upos'])
    expect(useSessionStore().split).toBe('test')
    expect(useNoticeStore().notices).toEqual([])
  })

  const estimate = (seconds: number) => ({
    extract: { words: 1, subwords: 1, seconds: 1, memoryBytes: 1, diskBytes: 1, cached: false },
    solveSeconds: 1,
    seconds,
    memoryBytes: 1,
    diskBytes: 1
  })
  const wordsOf = (input: { task: string; maxTrainWords: number | null }) => [input.task, input.maxTrainWords]

  it('probes parts of speech and syntax by itself where that takes moments', async () => {
    engine.answers['probe.estimate'] = () => estimate(20)
    engine.answers['probe.run'] = () => Promise.reject(new UserError('Stopped here.'))
    await launch()
    await vi.waitFor(() =>
      expect(engine.inputs('probe.run').map(wordsOf)).toEqual([
        ['upos', 20_000],
        ['deprel', 20_000]
      ])
    )
    // What the person asks for meanwhile goes before them.
    expect(engine.inputs('probe.run').map(({ background }) => background)).toEqual([true, true])
  })

  it('measures the computer once nothing runs, and gives way to what is asked for meanwhile', async () => {
    engine.answers['probe.estimate'] = () => estimate(20)
    engine.answers['probe.run'] = () => Promise.reject(new UserError('Stopped here.'))
    engine.answers['job.cancel'] = () => null
    const runs = engine.hold('cost.calibrate')
    await launch()
    await vi.waitFor(() => expect(runs).toHaveLength(1))
    const { jobId } = runs[0]!.input
    const own = { id: jobId!, call: 'cost.calibrate', queued: false }
    engine.emit('job.changed', jobStatus(own))
    await nextTick()
    expect(engine.inputs('job.cancel')).toEqual([])

    engine.emit('job.changed', jobStatus({ id: 'second model', call: 'model.open', queued: false }))
    await vi.waitFor(() => expect(engine.inputs('job.cancel')).toEqual([{ jobId }]))
    engine.emit('job.changed', jobStatus({ ...own, state: 'cancelled' }))
    runs[0]!.fail(new JobCancelled())
    await nextTick()
    expect(runs).toHaveLength(1)

    engine.emit('job.changed', jobStatus({ id: 'second model', call: 'model.open', queued: false, state: 'done' }))
    await vi.waitFor(() => expect(runs).toHaveLength(2))
    runs[1]!.answer(null)
    await nextTick()
    expect([runs.length, engine.inputs('job.cancel').length]).toEqual([2, 1])
  })

  it('takes fewer words on a slow machine, and on a very slow one starts nothing unasked', async () => {
    engine.answers['probe.estimate'] = ({ maxTrainWords }) => estimate(maxTrainWords! / 200)
    engine.answers['probe.run'] = () => Promise.reject(new UserError('Stopped here.'))
    await launch()
    await vi.waitFor(() =>
      expect(engine.inputs('probe.run').map(wordsOf)).toEqual([
        ['upos', 5000],
        ['deprel', 5000]
      ])
    )
    scope.stop()
    setActivePinia(createPinia())
    engine.asked.length = 0
    engine.answers['probe.estimate'] = () => estimate(5000)
    await launch()
    await vi.waitFor(() => expect(engine.inputs('probe.estimate')).toHaveLength(4))
    expect(engine.inputs('probe.run')).toEqual([])
  })

  it('leaves it to the person to continue probes that were interrupted', async () => {
    engine.answers['job.list'] = () => ({ jobs: [jobStatus({ state: 'interrupted' })], notes: [] })
    engine.answers['probe.estimate'] = () => estimate(20)
    await launch()
    expect(useJobStore().interrupted).toHaveLength(1)
    expect(engine.inputs('probe.estimate')).toEqual([])
    expect(engine.inputs('probe.run')).toEqual([])
  })

  it('leaves the probes alone that were run before', async () => {
    engine.answers['probe.list'] = () => [
      probeSummary(
        probeResult('upos', {
          model: { id: 'model-a', name: '', layers: 6 },
          dataset: { ...probeResult('upos').dataset, id: 'ud_english-ewt' }
        })
      )
    ]
    engine.answers['results.read'] = () => readAnswer(probeResult('upos'))
    await launch()
    await vi.waitFor(() => expect(engine.inputs('results.read')).toHaveLength(1))
    expect(engine.inputs('probe.estimate')).toEqual([])
  })

  it('keeps its state for the next one even when nothing was touched', async () => {
    await launch()
    const saved = () => engine.inputs('state.save').filter(({ key }) => key === 'session')
    await vi.waitFor(() => expect(saved()).toHaveLength(1))
    expect(saved()[0]).toMatchObject({ value: { modelPath: '/app/models/minilm', layer: 3, word: 8 } })
  })
})

describe('a later launch', () => {
  const saved = {
    theme: 'dark',
    view: 'projection',
    layer: 5,
    head: 9,
    task: 'deprel',
    label: 'nsubj',
    split: 'train',
    sentence: { kind: 'dataset', datasetId: 'ud_english-ewt', split: 'train', index: 40 },
    word: 2,
    modelPath: '/app/models/minilm',
    dataset: { paths: ['/app/data/ewt'], name: 'UD English EWT' },
    leftWidth: 250,
    rightWidth: 400,
    leftOpen: true,
    rightOpen: false
  }

  it('is where the last one ended', async () => {
    engine.answers['state.load'] = () => ({ session: saved })
    await launch()
    const selection = useSelectionStore()
    const layout = useLayoutStore()
    expect([selection.view, selection.layer, selection.head, selection.task, selection.label, selection.word]).toEqual([
      'projection',
      5,
      9,
      'deprel',
      'nsubj',
      2
    ])
    expect(selection.sentence).toEqual(saved.sentence)
    expect([layout.leftWidth, layout.rightWidth, layout.leftOpen, layout.rightOpen]).toEqual([250, 400, true, false])
    expect(useThemeStore().choice).toBe('dark')
    expect(document.documentElement.dataset['theme']).toBe('dark')
  })

  it('chooses another sentence when the saved one is beyond the data', async () => {
    engine.answers['state.load'] = () => ({
      session: {
        ...saved,
        split: 'test',
        sentence: { kind: 'dataset', datasetId: 'ud_english-ewt', split: 'test', index: 9999 }
      }
    })
    await launch()
    expect(useSelectionStore().sentence).toMatchObject({ split: 'test', index: 7 })
  })

  it('does not take away a sentence typed before everything was open', async () => {
    engine.answers['state.load'] = () => ({ session: saved })
    const open = engine.answers['dataset.open']!
    engine.answers['dataset.open'] = (input) => {
      useSelectionStore().selectSentence({ kind: 'text', text: 'Typed at once.' }, 0)
      return open(input)
    }
    await launch()
    expect(useSelectionStore().sentence).toEqual({ kind: 'text', text: 'Typed at once.' })
  })

  it('does not put the typed sentence of the last session over one typed meanwhile', async () => {
    engine.answers['state.load'] = () => ({
      session: { ...saved, sentence: { kind: 'text', text: 'Of the last session.' } }
    })
    engine.answers['model.list'] = () => {
      useSelectionStore().selectSentence({ kind: 'text', text: 'Typed at once.' }, 0)
      return [bundledModel]
    }
    await launch()
    expect(useSelectionStore().sentence).toEqual({ kind: 'text', text: 'Typed at once.' })
  })

  it('falls back to the bundled model, with a sentence, when the last one is gone', async () => {
    engine.answers['state.load'] = () => ({ session: { ...saved, modelPath: '/gone/model' } })
    const open = engine.answers['model.open']!
    engine.answers['model.open'] = (input) => {
      if (input.path === '/gone/model') throw new UserError("There is no folder '/gone/model'.")
      return open(input)
    }
    await launch()
    expect(useSessionStore().model?.path).toBe('/app/models/minilm')
    expect(useNoticeStore().notices.map((notice) => notice.text)).toEqual(["There is no folder '/gone/model'."])
  })

  it('keeps layer and head inside a smaller model', async () => {
    engine.answers['state.load'] = () => ({ session: { ...saved, modelPath: '/models/small' } })
    await launch()
    expect([useSelectionStore().layer, useSelectionStore().head]).toEqual([2, 3])
    expect(useOpening().recentModels).toEqual([{ path: '/models/small', name: 'other' }])
  })
})

describe('while it runs', () => {
  it('saves once for a burst of changes', async () => {
    await launch()
    await vi.waitFor(() => expect(engine.inputs('state.save')).toHaveLength(1))
    vi.useFakeTimers()
    const selection = useSelectionStore()
    for (let layer = 0; layer < 6; layer++) {
      selection.layer = layer
      await nextTick()
    }
    await vi.runAllTimersAsync()
    expect(engine.inputs('state.save')).toHaveLength(2)
    expect(engine.inputs('state.save')[1]).toMatchObject({ value: { layer: 5 } })
  })

  it('opens model and data again after the engine came back, before the views hear of it', async () => {
    await launch()
    const session = useSessionStore()
    const before = engine.asked.length
    engine.emit('engine.state', { state: 'crashed', message: 'The engine ended unexpectedly.', restarts: 0 })
    expect(session.engine).toMatchObject({ state: 'crashed' })
    let restartsWhenOpened = -1
    const open = engine.answers['dataset.open']!
    engine.answers['dataset.open'] = (input) => {
      restartsWhenOpened = session.engine.restarts
      return open(input)
    }
    engine.emit('engine.state', { state: 'ready', message: '', restarts: 1 })
    await vi.waitFor(() => expect(session.engine.restarts).toBe(1))
    expect(restartsWhenOpened).toBe(0)
    expect(engine.asked.slice(before).map((call) => call.name)).toEqual(
      expect.arrayContaining(['model.open', 'dataset.open', 'device.status'])
    )
  })

  it('opens what the menu or the system names: models at once, data through the preview', async () => {
    await launch()
    engine.answers['files.list'] = ({ folder }) => ({
      folder: folder ?? '/',
      parent: null,
      entries: [
        { name: 'small', path: '/models/small', kind: 'folder', bytes: 0, opensAs: 'model' },
        { name: 'mine.tsv', path: '/models/mine.tsv', kind: 'file', bytes: 5, opensAs: 'dataset' }
      ]
    })
    engine.emit('files.opened', { paths: ['/models/small', '/models/mine.tsv'] })
    await vi.waitFor(() => expect(useSessionStore().model?.path).toBe('/models/small'))
    expect([useLayoutStore().dialog, useLayoutStore().previewPaths]).toEqual(['previewDataset', ['/models/mine.tsv']])
  })

  it('says in a sentence what could not be opened, and keeps what was open', async () => {
    await launch()
    engine.answers['dataset.open'] = () => {
      throw new UserError('mine.tsv, line 4: two columns where three are expected.')
    }
    await useOpening().openDataset({ paths: ['/data/mine.tsv'] })
    expect(useSessionStore().dataset?.id).toBe('ud_english-ewt')
    expect(useNoticeStore().notices.at(-1)).toMatchObject({
      title: 'mine.tsv could not be opened as data',
      text: 'mine.tsv, line 4: two columns where three are expected.'
    })
  })
})
