import { describe, expect, it } from 'vitest'
import { layerAt, movementOf, railPlan, railStops, segmentPath, stopX, trackThickness } from '@/shell/railGeometry'
import { probeResult } from '../probes/fixture'
import { sentenceAnalysis } from '../fixtures'

describe('places along the rail', () => {
  it.each([1, 6, 12, 24, 48])('a press on a stop of %i layers means that stop, also a few pixels off', (layers) => {
    const width = 700
    const near = Math.min(4, (width - 2 * railPlan.side) / layers / 2 - 1)
    for (let layer = 0; layer <= layers; layer++) {
      const x = stopX(layer, layers, width)
      expect([layerAt(x, layers, width), layerAt(x + near, layers, width), layerAt(x - near, layers, width)]).toEqual([
        layer,
        layer,
        layer
      ])
    }
  })

  it('a press beyond the ends means the ends', () => {
    expect([layerAt(-40, 6, 500), layerAt(900, 6, 500)]).toEqual([0, 6])
  })
})

describe('the stops', () => {
  const probe = probeResult('upos')

  it('carry accuracy above control, the best one marked, all inside the plot', () => {
    const stops = railStops(6, 500, 3, probe, [])
    expect(stops.map((stop) => stop.hook).slice(0, 3)).toEqual(['embed', 'blocks.0.resid_post', 'blocks.1.resid_post'])
    expect(stops.filter((stop) => stop.probe?.best).map((stop) => stop.layer)).toEqual([2])
    for (const { probe: mark } of stops) {
      expect(mark!.y).toBeLessThan(mark!.controlY!)
      expect(mark!.y).toBeGreaterThanOrEqual(railPlan.plotTop)
      expect(mark!.controlY!).toBeLessThanOrEqual(railPlan.plotBottom)
    }
    // Higher accuracy stands higher.
    expect(stops[2]!.probe!.y).toBeLessThan(stops[6]!.probe!.y)
  })

  it('write every number where there is room, and on a deep model never two on top of each other', () => {
    expect(railStops(6, 500, 3, probe, []).every((stop) => stop.labelled)).toBe(true)
    for (const selected of [0, 3, 5, 24]) {
      const labelled = railStops(24, 420, selected, probe, []).filter((stop) => stop.labelled)
      expect(labelled.some((stop) => stop.layer === selected)).toBe(true)
      expect(labelled.length).toBeGreaterThan(8)
      const gaps = labelled.slice(1).map((stop, index) => stop.x - labelled[index]!.x)
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(30)
    }
  })

  it('know movement from the layer below, never at layer 0', () => {
    const analysis = sentenceAnalysis(['The', 'boat'])
    const stops = railStops(6, 500, 0, null, movementOf(analysis, 1))
    expect(stops.map((stop) => (stop.movement === null ? null : Math.round(stop.movement * 10)))).toEqual([
      null,
      1,
      2,
      3,
      4,
      5,
      6
    ])
    expect(movementOf(analysis, null)).toEqual([])
    expect(movementOf(null, 1)).toEqual([])
  })
})

describe('the track', () => {
  it('swells with movement and no further than its room', () => {
    const widths = [null, 0, 0.1, 0.3, 0.6, 2].map(trackThickness)
    expect(widths).toEqual([...widths].sort((a, b) => a - b))
    expect(widths.at(-1)).toBe(widths.at(-2))
  })

  it('is a closed outline from stop to stop', () => {
    const path = segmentPath(10, 60, 80, 12)
    expect(path.startsWith('M10 78.5')).toBe(true)
    expect(path.endsWith('Z')).toBe(true)
    expect(path).toContain('35 74')
  })
})
