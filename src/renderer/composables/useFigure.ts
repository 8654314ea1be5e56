import type { Ref, ShallowRef } from 'vue'
import { windowForm, type FigureForm, type FigureSource } from '@/plots/figureForm'
import { useThemeStore } from '@/stores/themeStore'
import { useDrawing } from './useDrawing'
import { useElementSize } from './useElementSize'

export interface Figure<D> {
  /** On screen; null while `draw` gives none. */
  drawing: ShallowRef<D | null>
  /** Of the frame. */
  width: Readonly<Ref<number>>
  height: Readonly<Ref<number>>
  /** The same for another place. */
  figure: FigureSource
}

/**
 * A figure of a view: drawn into `host` for the room in `frame`, and again whenever something it read changes; drawn
 * anew for a page on request.
 * @param draw what is on screen, for any place
 */
export function useFigure<D extends { svg: SVGSVGElement }>(
  frame: Readonly<ShallowRef<HTMLElement | null>>,
  host: Readonly<ShallowRef<HTMLElement | null>>,
  draw: (form: FigureForm) => D | null
): Figure<D> {
  const theme = useThemeStore()
  const { width, height } = useElementSize(frame)
  const drawing = useDrawing(host, () =>
    draw({
      width: width.value,
      height: height.value,
      theme: theme.name,
      ...windowForm
    })
  )
  return { drawing, width, height, figure: (form) => draw(form)?.svg ?? null }
}
