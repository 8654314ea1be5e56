import { calls } from '@shared/contract'
import type { ModelInfo } from '@shared/model'
import { count, name, path, seed, sentenceRef } from '@shared/fields'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import { computed, type ComputedRef } from 'vue'
import { viewModules } from '@/modules/registry'
import { datasetKey, modelKey, useOpening, type DatasetRequest } from '@/stores/opening'
import { usePinStore } from '@/stores/pinStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useViewSettings } from '@/stores/viewSettings'

/** A model with its id, which is of its content: at the same path may be another one by now. */
const modelPart = v.strictObject({ path, id: name, untrained: v.optional(seed) })
const settings = v.record(v.string(), v.record(v.string(), v.unknown()))

/**
 * What is on screen: everything that two windows of one size need to show the same. It is the window's address, an
 * entry of the way back, and the content of a workspace file.
 */
const viewState = v.strictObject({
  /** Of this format. */
  layerscope: v.literal(1),
  view: v.picklist(viewModules.map(({ id }) => id)),
  model: modelPart,
  /** What is pinned beside it; `single`: it is not shown beside it. */
  pin: v.optional(
    v.strictObject({
      model: v.optional(modelPart),
      sentence: v.optional(sentenceRef),
      single: v.optional(v.literal(true))
    })
  ),
  data: v.strictObject({ request: v.omit(calls['dataset.open'].input, ['jobId']), id: name }),
  split: name,
  sentence: v.optional(sentenceRef),
  word: v.optional(count),
  layer: count,
  head: v.optional(count),
  task: v.string(),
  label: v.optional(v.string()),
  settings
})

export type ViewState = v.InferOutput<typeof viewState>

/** Parts that are written as they are; the others as JSON. */
const plainParts: ReadonlySet<string> = new Set(['view', 'split', 'task', 'label'])

/** The part of an address after '#': a person can read what it is of. */
export function addressOf(state: ViewState): string {
  const parts = new URLSearchParams()
  for (const [key, value] of Object.entries(state))
    if (value !== undefined) parts.set(key, plainParts.has(key) ? (value as string) : JSON.stringify(value))
  return parts.toString()
}

/**
 * What an address says.
 * @param address the part after '#'; null is answered where it is none of ours
 * @throws UserError where it is of ours and cannot be read
 */
export function stateAt(address: string): ViewState | null {
  const parts = new URLSearchParams(address)
  if (!parts.has('layerscope')) return null
  try {
    return v.parse(
      viewState,
      Object.fromEntries([...parts].map(([key, text]) => [key, plainParts.has(key) ? text : JSON.parse(text)]))
    )
  } catch (cause) {
    throw new UserError('The link cannot be read: a part of it is missing, or another version made it.', { cause })
  }
}

/** Name endings of workspace files. */
export const workspaceEnding = '.layerscope'

export function workspaceText(state: ViewState): string {
  return `${JSON.stringify(state, null, 2)}\n`
}

/** @throws UserError where the text is not of a workspace file */
export function stateInFile(text: string, fileName: string): ViewState {
  try {
    return v.parse(viewState, JSON.parse(text))
  } catch (cause) {
    throw new UserError(
      `'${fileName}' is not a workspace of Layerscope, or was saved by another version. ` +
        "Save one with 'Save workspace…'.",
      { cause }
    )
  }
}

export interface View {
  /** Null until model and data are open. */
  current: ComputedRef<ViewState | null>
  /**
   * Opens what the state is of and shows it.
   * @throws UserError where its model or data were never opened here, are gone, or have changed
   */
  show: (state: ViewState) => Promise<void>
}

/** What is on screen, and the way to show something else. */
export function useView(): View {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const opening = useOpening()
  const views = useViewSettings()
  const pin = usePinStore()

  const current = computed((): ViewState | null => {
    const { model, dataset, split } = session
    const request = opening.datasetRequest
    if (!model || !dataset || !request || split === '') return null
    return {
      layerscope: 1,
      view: selection.view,
      model: partOf(model),
      ...(pin.isPinned && {
        pin: {
          ...(pin.model && { model: partOf(pin.model) }),
          ...(pin.sentence && { sentence: pin.sentence }),
          ...(!pin.both && { single: true as const })
        }
      }),
      data: { request: withoutJob(request), id: dataset.id },
      split,
      ...(selection.sentence && { sentence: selection.sentence }),
      ...(selection.word !== null && { word: selection.word }),
      layer: selection.layer,
      ...(selection.head !== null && { head: selection.head }),
      task: selection.task,
      ...(selection.label !== null && { label: selection.label }),
      settings: views.current
    }
  })

  /** A link may come from anywhere: it opens only what a person has opened here before, or what is always there. */
  function needKnown({ model, pin: pinned, data }: ViewState): void {
    const models = [...session.modelEntries, ...opening.recentModels, ...(session.model ? [session.model] : [])]
    for (const of of [model, ...(pinned?.model ? [pinned.model] : [])])
      if (![...models, ...(pin.model ? [pin.model] : [])].some((known) => known.path === of.path))
        throw new UserError(
          `It is of the model at ${of.path}, which was not opened here before. Open that model first, then try again.`
        )
    const requests = [
      ...session.datasetEntries,
      ...opening.recentDatasets.map(({ request }) => request),
      ...(opening.datasetRequest ? [opening.datasetRequest] : [])
    ]
    if (!requests.some((known) => datasetKey(known) === datasetKey(data.request)))
      throw new UserError(
        `It is of the data in ${data.request.paths.join(', ')}, which were not opened here before. Open them first, ` +
          'then try again.'
      )
  }

  async function open(state: ViewState): Promise<void> {
    const { model, data } = state
    const untrained = model.untrained ?? null
    const isOpen = session.model && modelKey(session.model) === modelKey({ path: model.path, untrained })
    if (!isOpen && !(await opening.openModel(model.path, { untrained })))
      throw new UserError(`Its model at ${model.path} could not be opened.`)
    const { datasetRequest } = opening
    if (!datasetRequest || JSON.stringify(withoutJob(datasetRequest)) !== JSON.stringify(data.request))
      if (!(await opening.openDataset(data.request)))
        throw new UserError(`Its data in ${data.request.paths.join(', ')} could not be opened.`)
    if (session.model?.id !== model.id)
      throw new UserError(`The model at ${model.path} has changed since this view was saved.`)
    if (session.dataset?.id !== data.id)
      throw new UserError(`The data in ${data.request.paths.join(', ')} have changed since this view was saved.`)
  }

  async function showPinned({ pin: pinned }: ViewState): Promise<void> {
    pin.unpin()
    if (pinned?.sentence) pin.pinSentence(pinned.sentence)
    if (pinned?.model) {
      const { path: of, id, untrained = null } = pinned.model
      const opened = await pin.pin({ path: of, untrained })
      if (opened && opened.id !== id) {
        pin.unpin()
        throw new UserError(`The model at ${of} has changed since this view was saved.`)
      }
    }
    pin.both = pinned?.single !== true
  }

  async function show(state: ViewState): Promise<void> {
    needKnown(state)
    await open(state)
    await showPinned(state)
    session.split = state.split
    selection.task = state.task
    selection.label = state.label ?? null
    selection.layer = Math.min(state.layer, session.model?.layers ?? 0)
    selection.head = state.head ?? null
    if (state.sentence) selection.selectSentence(state.sentence, state.word ?? null)
    views.apply(state.settings)
    selection.view = state.view
  }
  return { current, show }
}

function partOf({ path: at, id, untrained }: ModelInfo): ViewState['model'] {
  return { path: at, id, ...(untrained !== null && { untrained }) }
}

function withoutJob({ jobId: _, ...request }: DatasetRequest): Omit<DatasetRequest, 'jobId'> {
  return request
}
