import { attentionWayNames, guessWayNames } from '@shared/attentionWays'
import { defineStore } from 'pinia'
import * as v from 'valibot'
import { reactive, toRefs } from 'vue'
import { keepSettings } from '@/composables/keepSettings'

const flag = (usual: boolean) => v.fallback(v.boolean(), usual)
const share = (usual: number) => v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), usual)

/** How the view is set; what cannot be read falls back on its own. */
const settingsSchema = v.object({
  /** Attention maps, or what else is inside the layers; where a model does not have it, the first that it has. */
  picture: v.fallback(v.picklist(['maps', 'gates', 'states', 'experts']), 'maps'),
  /** Which form is shown where there is room for one only. */
  form: v.fallback(v.picklist(['lines', 'matrix']), 'lines'),
  /** One head, the mean of the layer's heads, or all of them over each other. */
  heads: v.fallback(v.picklist(['one', 'mean', 'overlay']), 'one'),
  unit: v.fallback(v.picklist(['token', 'word']), 'token'),
  hideSpecial: flag(true),
  renormalise: flag(false),
  thresholdKind: v.fallback(v.picklist(['mass', 'weight']), 'mass'),
  /** Share of each row that stays, and the smallest weight that does: each keeps its own value. */
  massShare: share(0.8),
  smallestWeight: share(0.05),
  /** From where a word that was chosen elsewhere is looked at: what it attends to, or what attends to it. */
  direction: v.fallback(v.picklist(['query', 'key']), 'query'),
  gold: flag(false),
  gridOrder: v.fallback(v.picklist(['number', 'entropy']), 'number'),
  /** Whether all small maps share one scale of weights, or each has its own up to its largest. */
  gridScale: v.fallback(v.picklist(['shared', 'own']), 'shared'),
  gridColour: v.fallback(v.picklist(['maps', 'entropy']), 'maps'),
  /** What the maps show: attention weights, or a way to combine or measure them. */
  way: v.fallback(v.picklist(['weights', ...attentionWayNames, ...guessWayNames]), 'weights'),
  /** Whether query and key are shown by dimension. */
  neurons: flag(false),
  /** Links of a pair of sentences: from a word of the first (A) or second (B) to a word of the first or second. */
  pairFilter: v.fallback(v.picklist(['all', 'AA', 'AB', 'BA', 'BB']), 'all'),
  /** Whether all heads are shown large, in place of the chosen one. */
  tiles: flag(false)
})

export type AttentionSettings = v.InferOutput<typeof settingsSchema>

/** Settings from whatever was saved, by whatever version. */
export function parseAttentionSettings(saved: unknown): AttentionSettings {
  const given = typeof saved === 'object' && saved !== null ? (saved as Record<string, unknown>) : {}
  return v.parse(
    settingsSchema,
    Object.fromEntries(Object.keys(settingsSchema.entries).map((name) => [name, given[name]]))
  )
}

/** Settings of the attention view that outlive it and a restart. */
export const useAttentionSettings = defineStore('attentionSettings', () => {
  const settings = reactive(parseAttentionSettings(null))
  void keepSettings('attention', settingsSchema, toRefs(settings))
  return { settings }
})
