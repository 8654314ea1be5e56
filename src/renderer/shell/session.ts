import type { EngineState } from '@shared/app'
import type { MenuCommand, ProbeOptions } from '@shared/contract'
import type { DatasetSummary } from '@shared/dataset'
import type { ModelEntry } from '@shared/model'
import { isViewLink } from '@shared/viewLink'
import { storeToRefs } from 'pinia'
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { until } from '@/actions/until'
import { client } from '@/client'
import { saveSoon } from '@/composables/saveSoon'
import { useJobStore } from '@/stores/jobStore'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { usePinStore } from '@/stores/pinStore'
import { useProbeStore } from '@/stores/probeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useThemeStore } from '@/stores/themeStore'
import { datasetKey, useOpening } from '@/stores/opening'
import { parseSavedState, savedStateKey, type SavedState } from './savedState'
import { linkedAtStart, linkFailure } from './viewHistory'
import { stateAt, type View } from './viewState'

/** Bundled data of the first look: its words carry parts of speech and syntax. */
const firstDataset = 'ud_english-ewt'
const firstTasks = ['upos', 'deprel']
/** What is tried again by itself: its notice goes when it succeeds. */
const failures = {
  device: 'Could not read the compute device',
  save: "The window's state could not be saved"
}
/** Longer work is not started unasked. */
const patienceSeconds = 60
/** For so long a window waits for a moment in which nothing runs. */
const idleWithinMs = 600_000

export interface Session {
  /** True once model and data were tried, whatever came of it. */
  started: Ref<boolean>
}

/**
 * Brings the window to life: asks the host what there is, opens what was open last (or the bundled model and data),
 * restores the selection, keeps it saved, and follows the events of host and engine. Called once, in the setup of the
 * root component.
 * @param view what a link is shown by, where the window was opened by one
 */
export function useSession(onMenu: (command: MenuCommand) => void, view: Pick<View, 'show'>): Session {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const layout = useLayoutStore()
  const theme = useThemeStore()
  const notices = useNoticeStore()
  const jobs = useJobStore()
  const opening = useOpening()
  const probes = useProbeStore()
  const pin = usePinStore()
  const started = ref(false)
  /** What was saved has been read: until then nothing may be written over it. */
  let loaded = false
  /** What was saved, as it was read. */
  let saved: SavedState = parseSavedState(null)

  const ends = [
    client.on('job.changed', (job) => jobs.put(job)),
    client.on('files.opened', ({ paths }) => void openGiven(paths)),
    client.on('menu.command', ({ command }) => onMenu(command)),
    client.on('engine.state', (state) => void followEngine(state))
  ]
  onScopeDispose(() => ends.forEach((end) => end()))

  keepSaved()
  void start()
  return { started }

  async function start(): Promise<void> {
    try {
      const [info, state] = await Promise.all([client.call('app.info', {}), client.call('state.load', {})])
      session.app = info
      for (const text of info.notices ?? []) notices.add('warning', 'Settings', text)
      saved = parseSavedState(state[savedStateKey])
      restoreLook()
      loaded = true
      session.engine = await client.call('engine.state', {})
      void loadDevice()
      await openFirst(info.openPaths)
    } catch (error) {
      notices.fail('Layerscope could not start completely', error)
    } finally {
      started.value = true
    }
  }

  function restoreLook(): void {
    theme.choice = saved.theme
    if (saved.leftWidth !== null) layout.resize('left', saved.leftWidth)
    if (saved.rightWidth !== null) layout.resize('right', saved.rightWidth)
    layout.leftOpen = saved.leftOpen
    layout.rightOpen = saved.rightOpen
    layout.rawTokens = saved.rawTokens
    layout.tour = saved.tour
    selection.view = saved.view
    opening.recentModels = saved.recentModels
    opening.recentDatasets = saved.recentDatasets
  }

  async function openFirst(asked: readonly string[]): Promise<void> {
    const [models, datasets] = await Promise.all([
      client.call('model.list', {}),
      client.call('dataset.list', {}),
      jobs.load()
    ])
    session.modelEntries = models
    session.datasetEntries = datasets
    if (!(await followLink(linkedAtStart()))) {
      restoreSelection()
      await openUsual(models, datasets)
      if (saved.pinned) void pin.pin(saved.pinned)
    }
    if (asked.length > 0) await openGiven(asked)
    else void probeFirst()
  }

  /** What was open last, or the bundled model and data. */
  async function openUsual(models: readonly ModelEntry[], datasets: readonly DatasetSummary[]): Promise<void> {
    const bundledModel = models.find((entry) => entry.bundled) ?? models[0]
    const bundledData = datasets.find((entry) => entry.id === firstDataset) ?? datasets[0]
    const openModel = async (): Promise<void> => {
      if (
        saved.modelPath &&
        (await opening.openModel(saved.modelPath, {
          fresh: saved.layer === null,
          untrained: saved.modelUntrained,
          atStart: true
        }))
      )
        return
      if (bundledModel && (bundledModel.path !== saved.modelPath || saved.modelUntrained !== null))
        await opening.openModel(bundledModel.path, { fresh: true, atStart: true })
    }
    const openData = async (): Promise<void> => {
      if (saved.dataset && (await opening.openDataset(saved.dataset, { atStart: true }))) return
      const tried =
        saved.dataset !== null && bundledData !== undefined && datasetKey(saved.dataset) === datasetKey(bundledData)
      if (bundledData && !tried)
        await opening.openDataset({ paths: bundledData.paths, name: bundledData.name }, { atStart: true })
    }
    await Promise.all([openModel(), openData()])
  }

  /** Opens what the operating system or a command line names: files, folders, links to views. */
  async function openGiven(given: readonly string[]): Promise<void> {
    const paths = given.filter((one) => !isViewLink(one))
    if (paths.length > 0) await opening.openPaths(paths)
    for (const link of given.filter(isViewLink)) await followLink(new URL(link).hash.slice(1))
  }

  /**
   * @param address null for none
   * @returns whether it is one of ours that could be followed
   */
  async function followLink(address: string | null): Promise<boolean> {
    try {
      const linked = stateAt(address ?? '')
      if (linked) await view.show(linked)
      return linked !== null
    } catch (error) {
      notices.fail(linkFailure, error)
      return false
    }
  }

  /** A first launch shows probes without being asked: on as many words as take moments on this machine, or on none. */
  async function probeFirst(): Promise<void> {
    if (!session.model?.bundled || session.dataset?.id !== firstDataset) return
    await probes.refresh()
    if (!probes.listed || probes.runsHere.length > 0) return
    // What an earlier start has begun, and what may have ended its engine, is in the list of jobs.
    if (jobs.interrupted.some(({ kind }) => kind === 'probe')) return
    try {
      for (const share of [1, 1 / 4]) {
        const options = firstTasks
          .flatMap((task) => probes.defaultOptions(task) ?? [])
          .map((usual) => fewer(usual, share))
        const estimates = await Promise.all(options.map((one) => probes.estimate(one)))
        if (estimates.some((estimate) => estimate.seconds > patienceSeconds)) continue
        // The person may have been quicker.
        if (probes.runningHere.length === 0)
          await probes.runAll(options.map((asked) => ({ ...asked, background: true })))
        await calibrate()
        return
      }
    } catch (error) {
      notices.fail('The first probes could not be run', error)
    }
  }

  /** The first time, short runs say how long work takes here: they give way to whatever else is asked for. */
  async function calibrate(): Promise<void> {
    while (await until(() => (jobs.active.length === 0 ? true : null), idleWithinMs)) {
      const { model, dataset, split } = session
      if (!model || !dataset) return
      const jobId = crypto.randomUUID()
      let givesWay = false
      const stop = watch(
        () => jobs.active.some(({ id }) => id !== jobId),
        () => {
          givesWay = true
          // It may have ended a moment before.
          void client.call('job.cancel', { jobId }).catch(() => undefined)
        },
        { once: true }
      )
      // Predictions are as good as before where it fails.
      await client
        .call('cost.calibrate', { modelId: model.id, datasetId: dataset.id, split, jobId })
        .catch(() => undefined)
      stop()
      if (!givesWay) return
    }
  }

  function restoreSelection(): void {
    selection.layer = saved.layer ?? 0
    selection.head = saved.head
    if (saved.task) selection.task = saved.task
    selection.label = saved.label
    if (saved.split) session.split = saved.split
    // Who was quicker than the start, and typed a sentence meanwhile, keeps it.
    if (selection.sentence !== null) return
    if (saved.sentence?.kind === 'text') selection.selectSentence(saved.sentence, saved.word)
    else if (saved.sentence) opening.restoring = { sentence: saved.sentence, word: saved.word }
  }

  /** After a crash everything the engine held is gone: what was open is opened again before the views ask for it. */
  async function followEngine(state: EngineState): Promise<void> {
    const lost = state.state === 'ready' && state.restarts > session.engine.restarts
    if (!lost) {
      session.engine = { ...state, restarts: session.engine.restarts }
      return
    }
    jobs.clear()
    void jobs.load()
    let failure: unknown = null
    try {
      if (session.model)
        opening.adoptModel(
          await client.call('model.open', {
            path: session.model.path,
            untrained: session.model.untrained,
            jobId: crypto.randomUUID()
          })
        )
      if (opening.datasetRequest)
        await client.call('dataset.open', { ...opening.datasetRequest, jobId: crypto.randomUUID() })
    } catch (error) {
      failure = error
    }
    // What failed with the engine that is gone is history; what its successor could not do is not.
    session.engine = state
    if (failure) notices.fail('Not everything could be reopened after the restart', failure)
    void loadDevice()
  }

  async function loadDevice(): Promise<void> {
    try {
      const status = await client.call('device.status', {})
      session.backend = status.backend
      session.native = status.native
      session.gpus = status.gpus ?? []
      session.gpu = status.gpu ?? null
      session.webGpu = status.webGpu ?? null
      notices.settle(failures.device)
    } catch (error) {
      notices.fail(failures.device, error)
    }
  }

  function keepSaved(): void {
    const { choice } = storeToRefs(theme)
    // Until model and data are open, what was saved of them stays: a window may be closed before its start has ended.
    const current = (): SavedState => ({
      theme: choice.value,
      view: selection.view,
      layer: session.model ? selection.layer : saved.layer,
      head: session.model ? selection.head : saved.head,
      task: session.dataset ? selection.task : saved.task,
      label: session.dataset ? selection.label : saved.label,
      split: session.split || saved.split,
      sentence: selection.sentence ?? opening.restoring?.sentence ?? null,
      word: selection.sentence ? selection.word : (opening.restoring?.word ?? null),
      modelPath: session.model?.path ?? saved.modelPath,
      modelUntrained: session.model ? session.model.untrained : saved.modelUntrained,
      pinned: pin.model
        ? { path: pin.model.path, untrained: pin.model.untrained }
        : started.value
          ? null
          : saved.pinned,
      dataset: opening.datasetRequest ?? saved.dataset,
      leftWidth: layout.leftWidth,
      rightWidth: layout.rightWidth,
      leftOpen: layout.leftOpen,
      rightOpen: layout.rightOpen,
      rawTokens: layout.rawTokens,
      tour: layout.tour,
      recentModels: opening.recentModels,
      recentDatasets: opening.recentDatasets
    })
    const { touch, end } = saveSoon(() => {
      client
        .call('state.save', { key: savedStateKey, value: current() })
        .then(() => notices.settle(failures.save))
        .catch((error: unknown) => notices.fail(failures.save, error))
    })
    watch(current, () => {
      if (loaded) touch()
    })
    ends.push(end)
  }
}

/** The same probe on a share of its words. */
function fewer(options: ProbeOptions, share: number): ProbeOptions {
  const part = (words: number | null): number | null => (words === null ? null : Math.ceil(words * share))
  return { ...options, maxTrainWords: part(options.maxTrainWords), maxTestWords: part(options.maxTestWords) }
}
