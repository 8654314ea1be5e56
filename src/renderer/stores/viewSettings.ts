import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

/** Values by their names, as JSON has them. */
export type SettingValues = Readonly<Record<string, unknown>>

/** Settings that are part of what is on screen. */
export interface LinkedSettings {
  /** Whether they change by themselves, as when a run ends: no step of the way back. */
  byThemselves?: boolean
  /** Those that are not as usual. */
  read: () => SettingValues
  /** Takes over those given; the others become what is usual. What cannot be read is left as usual too. */
  write: (values: SettingValues) => void
}

/**
 * The settings of all views, by the names under which they are kept: what a link, the way back and a workspace file
 * say of them. Stores are made when their view is first opened, so settings may be known before the store that they
 * are for.
 */
export const useViewSettings = defineStore('viewSettings', () => {
  const linked = shallowRef<ReadonlyMap<string, LinkedSettings>>(new Map())
  /** For stores that are not there yet. */
  const waiting = new Map<string, SettingValues>()

  function collect(which: (settings: LinkedSettings) => boolean): Record<string, SettingValues> {
    const all: Record<string, SettingValues> = Object.fromEntries(waiting)
    for (const [key, settings] of linked.value) {
      const values = which(settings) ? settings.read() : {}
      if (Object.keys(values).length > 0) all[key] = values
    }
    return all
  }
  /** Those that are not as usual, by name. */
  const current = computed(() => collect(() => true))
  /** Those of them that only a person changes. */
  const chosen = computed(() => collect(({ byThemselves = false }) => !byThemselves))

  /** Called once a store has read what was saved: what a link says goes before it. */
  function register(key: string, settings: LinkedSettings): void {
    const wanted = waiting.get(key)
    waiting.delete(key)
    if (wanted) settings.write(wanted)
    linked.value = new Map(linked.value).set(key, settings)
  }
  function apply(all: Readonly<Record<string, SettingValues>>): void {
    waiting.clear()
    for (const [key, { write }] of linked.value) write(all[key] ?? {})
    for (const [key, values] of Object.entries(all)) if (!linked.value.has(key)) waiting.set(key, values)
  }
  return { current, chosen, register, apply }
})

/** The values that are not as usual. */
export function changedValues(usual: SettingValues, values: readonly [name: string, value: unknown][]): SettingValues {
  return Object.fromEntries(values.filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(usual[name])))
}
