import { drawPoints, type ScatterPoints, type ScatterStyle, type ScatterView } from '@/plots/scatter'
import { createScatterGl, type ScatterGl } from '@/plots/scatterGl'

export interface CanvasSize {
  width: number
  height: number
  ratio: number
}

/** Gives a canvas its size in the screen's pixels; setting it clears the canvas, so only a new size is set. */
export function fitCanvas(canvas: HTMLCanvasElement, { width, height, ratio }: CanvasSize): void {
  const [x, y] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== x || canvas.height !== y) Object.assign(canvas, { width: x, height: y })
}

/** A canvas's context, cleared, with CSS pixels as its unit. */
export function clearedContext(canvas: HTMLCanvasElement, size: CanvasSize): CanvasRenderingContext2D | null {
  fitCanvas(canvas, size)
  const context = canvas.getContext('2d')
  context?.setTransform(size.ratio, 0, 0, size.ratio, 0, 0)
  context?.clearRect(0, 0, size.width, size.height)
  return context
}

export interface PointLayer {
  draw(
    points: ScatterPoints,
    depth: Float32Array | null,
    view: ScatterView,
    style: ScatterStyle,
    size: CanvasSize
  ): void
  dispose(): void
}

/**
 * What draws the points on a canvas: WebGL 2 where there is a context, otherwise Canvas 2D.
 * @param plain Canvas 2D in any case: a context of the other kind was lost
 */
export function createPointLayer(canvas: HTMLCanvasElement, plain: boolean): PointLayer {
  const gl: ScatterGl | null = plain ? null : createScatterGl(canvas)
  return {
    draw(points, depth, view, style, size) {
      if (gl) {
        fitCanvas(canvas, size)
        gl.draw(points, depth, view, style, size)
      } else {
        const context = clearedContext(canvas, size)
        if (context) drawPoints(context, points, view, style)
      }
    },
    dispose: () => gl?.dispose()
  }
}
