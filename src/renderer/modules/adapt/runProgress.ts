import { shallowRef, watch, type Ref, type ShallowRef } from 'vue'

/** Milliseconds between two looks at a run. */
const lookEvery = 700

/**
 * What a training run reports while it runs; null while none does.
 * @param job the run, once it waits or trains
 * @param ask for what is new of a run, whose first `from` updates are known; refused where the run has just ended
 */
export function useRunProgress<Progress extends { jobId: string; steps: unknown[] }>(
  job: Readonly<Ref<{ id: string } | null>>,
  ask: (job: string, from: number) => Promise<Progress | null>
): Readonly<ShallowRef<Progress | null>> {
  const progress: ShallowRef<Progress | null> = shallowRef(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  async function look(): Promise<void> {
    clearTimeout(timer)
    const id = job.value?.id
    if (id === undefined) {
      progress.value = null
      return
    }
    const known = progress.value?.jobId === id ? progress.value.steps : []
    const next = await ask(id, known.length).catch(() => null)
    if (job.value?.id !== id) return
    progress.value = next && { ...next, steps: [...known, ...next.steps] }
    timer = setTimeout(() => void look(), lookEvery)
  }
  watch(
    () => job.value?.id,
    () => void look(),
    { immediate: true }
  )
  return progress
}
