import { shallowRef, watch, type ShallowRef } from 'vue'

/**
 * Puts a drawing into an element and draws again whenever something it read changes. Returns the drawing on screen,
 * through which positions are turned into data; null while `draw` gives none.
 */
export function useDrawing<D extends { svg: SVGSVGElement }>(
  host: Readonly<ShallowRef<HTMLElement | null>>,
  draw: () => D | null
): ShallowRef<D | null> {
  const drawing: ShallowRef<D | null> = shallowRef(null)
  watch(
    [host, draw],
    ([element, next]) => {
      drawing.value = next
      if (element && next) element.replaceChildren(next.svg)
      else element?.replaceChildren()
    },
    { flush: 'post', immediate: true }
  )
  return drawing
}
