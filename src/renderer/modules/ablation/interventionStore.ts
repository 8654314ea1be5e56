import { interventionSet, type Intervention, type InterventionSet } from '@shared/intervention'
import { defineStore } from 'pinia'
import * as v from 'valibot'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { interventionsOf, partKey, partOfKey, partsOf, type BoardEdit, type Part } from './parts'

const key = 'interventions'
const saveDelayMs = 400

const saved = v.array(interventionSet)

/** One state of the board, as undo knows it. */
interface Step {
  off: ReadonlySet<string>
  edit: BoardEdit
  rest: readonly Intervention[]
}

/** What is switched off and how, with its history and the sets that were named and kept. */
export const useInterventionStore = defineStore('interventions', () => {
  const now = shallowRef<Step>({ off: new Set(), edit: 'zero', rest: [] })
  const past = shallowRef<readonly Step[]>([])
  const future = shallowRef<readonly Step[]>([])
  const sets = shallowRef<readonly InterventionSet[]>([])
  const restored = ref(false)

  const off = computed(() => now.value.off)
  const edit = computed({ get: () => now.value.edit, set: (kind: BoardEdit) => step({ ...now.value, edit: kind }) })
  /** Interventions of an imported set that the board has no switch for. */
  const rest = computed(() => now.value.rest)
  const interventions = computed<Intervention[]>(() => [...interventionsOf([...off.value].map(partOfKey), edit.value), ...rest.value])

  function step(next: Step): void {
    past.value = [...past.value.slice(-99), now.value]
    future.value = []
    now.value = next
  }
  function toggle(parts: readonly Part[]): void {
    const next = new Set(off.value)
    const keys = parts.map(partKey)
    const allOff = keys.every((one) => next.has(one))
    for (const one of keys) {
      if (allOff) next.delete(one)
      else next.add(one)
    }
    step({ ...now.value, off: next })
  }
  function clear(): void {
    if (interventions.value.length) step({ ...now.value, off: new Set(), rest: [] })
  }
  function undo(): void {
    const before = past.value.at(-1)
    if (!before) return
    past.value = past.value.slice(0, -1)
    future.value = [now.value, ...future.value]
    now.value = before
  }
  function redo(): void {
    const [after, ...others] = future.value
    if (!after) return
    future.value = others
    past.value = [...past.value, now.value]
    now.value = after
  }
  function use({ interventions: given }: InterventionSet): void {
    const { parts, edit: kind, rest: others } = partsOf(given)
    step({ off: new Set(parts.map(partKey)), edit: kind ?? now.value.edit, rest: others })
  }
  /** Keeps what is on the board under a name; the same name again replaces it. */
  function keep(name: string): void {
    const set = { name, interventions: interventions.value }
    sets.value = [...sets.value.filter((one) => one.name !== name), set].sort((a, b) => a.name.localeCompare(b.name))
  }
  function forget(name: string): void {
    sets.value = sets.value.filter((one) => one.name !== name)
  }
  /** @throws Error with a sentence for what is not a set of interventions */
  function readSet(text: string): InterventionSet {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      throw new Error('This file is not JSON. A set of interventions is what “Export set” writes.')
    }
    const parsed = v.safeParse(interventionSet, json)
    if (parsed.success) return parsed.output
    const [issue] = parsed.issues
    throw new Error(`${v.getDotPath(issue) ?? 'The file'}: ${issue.message}. A set of interventions is what “Export set” writes.`)
  }

  async function restore(): Promise<void> {
    const state = await client.call('state.load', {}).catch(() => ({}) as Record<string, unknown>)
    const parsed = v.safeParse(saved, state[key])
    if (parsed.success && sets.value.length === 0) sets.value = parsed.output
    restored.value = true
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  void restore().then(() => {
    watch(sets, (value) => {
      clearTimeout(timer)
      timer = setTimeout(() => void client.call('state.save', { key, value: [...value] }).catch(() => undefined), saveDelayMs)
    })
  })

  const canUndo = computed(() => past.value.length > 0)
  const canRedo = computed(() => future.value.length > 0)
  return { off, edit, rest, interventions, sets, canUndo, canRedo, toggle, clear, undo, redo, use, keep, forget, readSet }
})
