import { computed, ref, type Ref } from 'vue'
import { cloudExtent, seenFrom, type CloudExtent, type Orbit } from '@/plots/orbit'
import { fitView, type ScatterView } from '@/plots/scatter'

/** Pixels left free around a cloud in three dimensions. */
const cloudPadding = 24
const mostZoom = 80
/** A full turn is a drag of about 600 pixels. */
const turnPerPixel = Math.PI / 300

interface Cloud {
  positions: Float32Array
  dimensions: 2 | 3
}

/** From where the points are looked at: the fit follows the points, and the person zooms, moves and turns it. */
export function useScatterCamera(cloud: () => Cloud, width: Readonly<Ref<number>>, height: Readonly<Ref<number>>) {
  const zoom = ref({ scale: 1, x: 0, y: 0 })
  const orbit = ref<Orbit>({ turn: 0.6, tilt: 0.4 })
  let fit: ScatterView = { scale: 1, left: 0, top: 0 }
  let wanted: { positions: Float32Array; width: number; height: number; view: ScatterView } | null = null

  const extent = computed<CloudExtent | null>(() => {
    const { positions, dimensions } = cloud()
    return dimensions === 3 ? cloudExtent(positions) : null
  })
  /** The points as they are seen, [n, 2], and their depth in three dimensions. */
  const seen = computed<{ positions: Float32Array; depth: Float32Array | null }>(() => {
    const { positions } = cloud()
    return extent.value ? seenFrom(positions, extent.value, orbit.value) : { positions, depth: null }
  })

  function wantedFit(): ScatterView {
    if (extent.value) {
      const side = Math.min(width.value, height.value) - 2 * cloudPadding
      return { scale: side / 2 / extent.value.radius, left: width.value / 2, top: height.value / 2 }
    }
    const { positions } = seen.value
    if (wanted?.positions !== positions || wanted.width !== width.value || wanted.height !== height.value)
      wanted = {
        positions,
        width: width.value,
        height: height.value,
        view: fitView(positions, width.value, height.value)
      }
    return wanted.view
  }

  /** Brings the fit closer to the points. @returns whether it is still on its way */
  function follow(): boolean {
    const next = wantedFit()
    // While a layout moves its extent breathes; the picture follows it softly.
    const ease = fit.scale === 1 && fit.left === 0 ? 1 : 0.25
    fit = {
      scale: fit.scale + (next.scale - fit.scale) * ease,
      left: fit.left + (next.left - fit.left) * ease,
      top: fit.top + (next.top - fit.top) * ease
    }
    return (
      Math.abs(next.scale - fit.scale) > next.scale * 0.002 ||
      Math.abs(next.left - fit.left) > 0.5 ||
      Math.abs(next.top - fit.top) > 0.5
    )
  }
  function view(): ScatterView {
    const { scale, x, y } = zoom.value
    return { scale: fit.scale * scale, left: fit.left * scale + x, top: fit.top * scale + y }
  }
  function zoomAt(x: number, y: number, factor: number): void {
    const scale = Math.min(mostZoom, Math.max(0.5, zoom.value.scale * factor))
    const share = scale / zoom.value.scale
    zoom.value = { scale, x: x - (x - zoom.value.x) * share, y: y - (y - zoom.value.y) * share }
  }
  function move(x: number, y: number): void {
    zoom.value = { ...zoom.value, x: zoom.value.x + x, y: zoom.value.y + y }
  }
  /** Turns a cloud in three dimensions by a drag; moves a picture in the plane. */
  function drag(x: number, y: number): void {
    if (!extent.value) return move(x, y)
    const tilt = orbit.value.tilt + y * turnPerPixel
    orbit.value = {
      turn: orbit.value.turn + x * turnPerPixel,
      tilt: Math.max(-Math.PI / 2, Math.min(Math.PI / 2, tilt))
    }
  }
  function reset(): void {
    zoom.value = { scale: 1, x: 0, y: 0 }
    orbit.value = { turn: 0.6, tilt: 0.4 }
  }
  return { zoom, orbit, seen, view, follow, zoomAt, move, drag, reset }
}
