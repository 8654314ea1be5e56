import { onMounted, onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { forgetTextWidths } from '@/plots/canvasText'

/** Size of a drawing in CSS pixels. */
export interface CanvasScene {
  width: number
  height: number
}

/**
 * Draws on a canvas in the next frame after `scene` changed, at the screen's own resolution; several changes make one
 * drawing. A null scene leaves the canvas empty.
 */
export function useCanvas<S extends CanvasScene>(
  canvas: Readonly<ShallowRef<HTMLCanvasElement | null>>,
  scene: () => S | null,
  draw: (context: CanvasRenderingContext2D, scene: S) => void
): void {
  const fonts = useFontsVersion()
  let frame = 0

  function paint(): void {
    frame = 0
    const element = canvas.value
    const context = element?.getContext('2d')
    if (!element || !context) return
    const current = scene()
    const ratio = window.devicePixelRatio || 1
    const width = Math.round((current?.width ?? 0) * ratio)
    const height = Math.round((current?.height ?? 0) * ratio)
    if (element.width !== width || element.height !== height) {
      element.width = width
      element.height = height
      element.style.width = `${current?.width ?? 0}px`
      element.style.height = `${current?.height ?? 0}px`
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, current?.width ?? 0, current?.height ?? 0)
    if (current && width > 0 && height > 0) draw(context, current)
  }
  watch([canvas, scene, fonts, usePixelRatio()], () => (frame ||= requestAnimationFrame(paint)), {
    immediate: true,
    flush: 'post'
  })
  onScopeDispose(() => cancelAnimationFrame(frame))
}

/** Counts the font files that arrived: text measured before is out of date. */
export function useFontsVersion(): ShallowRef<number> {
  const version = shallowRef(0)
  const changed = (): void => {
    forgetTextWidths()
    version.value++
  }
  onMounted(() => document.fonts.addEventListener('loadingdone', changed))
  onScopeDispose(() => document.fonts.removeEventListener('loadingdone', changed))
  return version
}

/** Device pixels to a CSS pixel, followed as the window moves to another screen or is zoomed. */
function usePixelRatio(): ShallowRef<number> {
  const ratio = shallowRef(window.devicePixelRatio)
  let query: MediaQueryList | null = null
  const follow = (): void => {
    query?.removeEventListener('change', follow)
    ratio.value = window.devicePixelRatio
    query = window.matchMedia(`(resolution: ${ratio.value}dppx)`)
    query.addEventListener('change', follow)
  }
  onMounted(follow)
  onScopeDispose(() => query?.removeEventListener('change', follow))
  return ratio
}
