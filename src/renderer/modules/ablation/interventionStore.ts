import { interventionSet, type Intervention, type InterventionSet, type KeptSet } from '@shared/intervention'
import { defineStore } from 'pinia'
import * as v from 'valibot'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { useSessionStore } from '@/stores/sessionStore'
import { hasPart, interventionsOf, mixingSite, partKey, partOfKey, partsOf, type BoardEdit, type Part } from './parts'

/** Where sets were kept before they were files of their own. */
const formerKey = 'interventions'
const former = v.array(interventionSet)

/** One state of the board, as undo knows it. */
interface Step {
  off: ReadonlySet<string>
  edit: BoardEdit
  rest: readonly Intervention[]
}

/** What is switched off and how, with its history and the sets that were named and kept. */
export const useInterventionStore = defineStore('interventions', () => {
  const session = useSessionStore()
  const now = shallowRef<Step>({ off: new Set(), edit: 'zero', rest: [] })
  const past = shallowRef<readonly Step[]>([])
  const future = shallowRef<readonly Step[]>([])
  const sets = shallowRef<readonly KeptSet[]>([])
  /** The dialog that fits an eraser is open. */
  const erasing = ref(false)
  /**
   * Words of the part that erasers are fitted to (every other sentence) and probes trained on (the rest), as a text for
   * selects.
   */
  const trainWords = ref('5000')

  const off = computed(() => now.value.off)
  const edit = computed({ get: () => now.value.edit, set: (kind: BoardEdit) => step({ ...now.value, edit: kind }) })
  /** Interventions that the board has no switch for: erasers, and what came with imported sets. */
  const rest = computed(() => now.value.rest)
  const interventions = computed<Intervention[]>(() => [
    ...interventionsOf([...off.value].map(partOfKey), edit.value, (block) =>
      session.model ? mixingSite(session.model, block) : 'attn.out'
    ),
    ...rest.value
  ])

  function step(next: Step): void {
    past.value = [...past.value.slice(-99), now.value]
    future.value = []
    now.value = next
  }
  /** The model whose parts are on the board. */
  let modelId = session.model?.id
  // Another model keeps what it has, too; erasers are of the values of the one before. Undo has the board as it was.
  watch(
    () => session.model,
    (model) => {
      if (!model || model.id === modelId) return
      const isFirst = modelId === undefined
      modelId = model.id
      const kept = [...off.value].filter((key) => hasPart(model, partOfKey(key)))
      if (!isFirst && (kept.length < off.value.size || rest.value.length > 0))
        step({ ...now.value, off: new Set(kept), rest: [] })
    },
    { flush: 'sync' }
  )
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
  /** More edits that the board has no switch for. */
  function add(interventions: readonly Intervention[]): void {
    step({ ...now.value, rest: [...now.value.rest, ...interventions] })
  }
  /** Takes one of them out. */
  function drop(index: number): void {
    step({ ...now.value, rest: now.value.rest.filter((_, i) => i !== index) })
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
  async function keep(name: string): Promise<void> {
    await client.call('sets.keep', { name, interventions: interventions.value })
    await refresh()
  }
  async function useKept(name: string): Promise<void> {
    use(await client.call('sets.load', { name }))
  }
  async function forget(name: string): Promise<void> {
    await client.call('sets.forget', { name })
    await refresh()
  }
  async function refresh(): Promise<void> {
    sets.value = await client.call('sets.list', {})
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
    throw new Error(
      `${v.getDotPath(issue) ?? 'The file'}: ${issue.message}. A set of interventions is what “Export set” writes.`
    )
  }

  async function restore(): Promise<void> {
    const { [formerKey]: stored } = await client.call('state.load', {}).catch(() => ({}) as Record<string, unknown>)
    const parsed = v.safeParse(former, stored)
    if (parsed.success && parsed.output.length) {
      for (const set of parsed.output) await client.call('sets.keep', set)
      await client.call('state.save', { key: formerKey, value: [] })
    }
    await refresh()
  }
  // Without the engine there is no set to show; the next one that is kept asks again.
  void restore().catch(() => undefined)

  const canUndo = computed(() => past.value.length > 0)
  const canRedo = computed(() => future.value.length > 0)
  const state = computed(() => now.value)
  return {
    off,
    edit,
    rest,
    interventions,
    state,
    sets,
    erasing,
    trainWords,
    canUndo,
    canRedo,
    toggle,
    add,
    drop,
    clear,
    undo,
    redo,
    use,
    useKept,
    keep,
    forget,
    readSet
  }
})
