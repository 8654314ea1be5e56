import { calls } from '@shared/contract'
import { sentenceRef } from '@shared/fields'
import * as v from 'valibot'
import { viewModules } from '@/modules/registry'
import { panelWidths } from '@/stores/layoutStore'

/**
 * What the window remembers over a restart. Every part falls back on its own, so that one bad value does not cost the
 * others.
 */
const width = v.fallback(
  v.nullable(v.pipe(v.number(), v.minValue(panelWidths.smallest), v.maxValue(panelWidths.largest))),
  null
)
const index = v.pipe(v.number(), v.integer(), v.minValue(0))
const flag = (usual: boolean) => v.fallback(v.boolean(), usual)

const savedState = v.object({
  theme: v.fallback(v.picklist(['system', 'light', 'dark']), 'system'),
  view: v.fallback(v.picklist(viewModules.map(({ id }) => id)), viewModules[0].id),
  layer: v.fallback(v.nullable(index), null),
  head: v.fallback(v.nullable(index), null),
  task: v.fallback(v.nullable(v.string()), null),
  label: v.fallback(v.nullable(v.string()), null),
  split: v.fallback(v.nullable(v.string()), null),
  sentence: v.fallback(v.nullable(sentenceRef), null),
  word: v.fallback(v.nullable(index), null),
  modelPath: v.fallback(v.nullable(v.string()), null),
  modelUntrained: v.fallback(v.nullable(index), null),
  /** The model that was pinned beside it. */
  pinned: v.fallback(v.nullable(v.object({ path: v.string(), untrained: v.nullable(index) })), null),
  /** All that `dataset.open` was asked, the columns chosen in the preview included. */
  dataset: v.fallback(v.nullable(calls['dataset.open'].input), null),
  leftWidth: width,
  rightWidth: width,
  leftOpen: flag(true),
  rightOpen: flag(true),
  rawTokens: flag(false),
  tour: flag(true),
  recentModels: v.fallback(
    v.array(v.object({ path: v.string(), name: v.string(), untrained: v.optional(v.nullable(index)) })),
    []
  ),
  recentDatasets: v.fallback(v.array(v.object({ request: calls['dataset.open'].input, name: v.string() })), [])
})

export type SavedState = v.InferOutput<typeof savedState>

/** Name of the entry in the host's state file. */
export const savedStateKey = 'session'

/** Reads what was saved, whatever version of the app wrote it and whatever became of the file. */
export function parseSavedState(value: unknown): SavedState {
  const isObject = typeof value === 'object' && value !== null
  const entries = savedState.entries
  const given = isObject ? (value as Record<string, unknown>) : {}
  const complete = Object.fromEntries(Object.keys(entries).map((key) => [key, given[key]]))
  return v.parse(savedState, complete)
}
