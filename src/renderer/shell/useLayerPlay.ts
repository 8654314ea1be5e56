import { onScopeDispose, ref, type Ref } from 'vue'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'

/** Long enough for each view to show the layer before the next comes. */
const stepMs = 1100

/** Runs the selection up through the layers, from the first one when the last is selected. */
export function useLayerPlay(): { playing: Ref<boolean>; toggle: () => void; stop: () => void } {
  const selection = useSelectionStore()
  const session = useSessionStore()
  const playing = ref(false)
  let timer: ReturnType<typeof setInterval> | undefined

  function stop(): void {
    clearInterval(timer)
    playing.value = false
  }
  function step(): void {
    const last = session.model?.layers ?? 0
    if (selection.layer >= last) stop()
    else selection.layer += 1
    if (selection.layer >= last) stop()
  }
  function toggle(): void {
    if (playing.value) {
      stop()
      return
    }
    const last = session.model?.layers ?? 0
    if (last === 0) return
    playing.value = true
    if (selection.layer >= last) selection.layer = 0
    timer = setInterval(step, stepMs)
  }
  onScopeDispose(stop)
  return { playing, toggle, stop }
}
