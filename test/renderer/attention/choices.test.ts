import { describe, expect, it } from 'vitest'
import { parseAttentionSettings } from '@/stores/attentionSettings'
import { gridStep } from '@/modules/attention/gridStep'
import { isolateHead, toggleHead } from '@/modules/attention/headChoice'
import { useAttentionFocus } from '@/modules/attention/useAttentionFocus'
import {
  formatShare,
  formatShortWeight,
  formatWeight,
  mapSummary,
  spreadWord
} from '@/modules/attention/attentionWords'

describe('heads of an overlay', () => {
  it('are switched on and off, in their order, but never the last', () => {
    expect(toggleHead([0, 1, 2], 1)).toEqual([0, 2])
    expect(toggleHead([0, 2], 1)).toEqual([0, 1, 2])
    expect(toggleHead([2], 2)).toEqual([2])
  })
  it('are left alone by a double-click, which brings all back on the last one', () => {
    // What the browser sends for a double-click: two clicks, then the double-click.
    const double = (active: readonly number[], head: number): readonly number[] =>
      isolateHead(toggleHead(toggleHead(active, head), head), head, 3)
    expect(double([0, 1, 2], 1)).toEqual([1])
    expect(double([1], 1)).toEqual([0, 1, 2])
    expect(double([0, 2], 1)).toEqual([1])
  })
})

it('arrow keys move in the grid and stop at its edges', () => {
  expect(gridStep('ArrowRight', 1, 2, 6, 12)).toEqual({ row: 1, column: 3 })
  expect(gridStep('ArrowRight', 1, 11, 6, 12)).toEqual({ row: 1, column: 11 })
  expect(gridStep('ArrowUp', 0, 2, 6, 12)).toEqual({ row: 0, column: 2 })
  expect(gridStep('End', 2, 2, 6, 12)).toEqual({ row: 2, column: 11 })
  expect(gridStep('PageDown', 2, 2, 6, 12)).toEqual({ row: 5, column: 2 })
  expect(gridStep('x', 2, 2, 6, 12)).toBeNull()
})

describe('hover and lock', () => {
  it('previews over a lock and comes back to it', () => {
    const { focus, preview, toggle } = useAttentionFocus()
    preview({ token: 3, side: 'query' })
    expect(focus.value).toEqual({ token: 3, side: 'query' })
    toggle({ token: 3, side: 'query' })
    preview({ token: 5, side: 'key' })
    expect(focus.value).toEqual({ token: 5, side: 'key' })
    preview(null)
    expect(focus.value).toEqual({ token: 3, side: 'query' })
  })
  it('frees what is locked when it is clicked again, and moves to another', () => {
    const { locked, toggle } = useAttentionFocus()
    toggle({ token: 3, side: 'query' })
    toggle({ token: 3, side: 'key' })
    expect(locked.value).toEqual({ token: 3, side: 'key' })
    toggle({ token: 3, side: 'key' })
    expect(locked.value).toBeNull()
  })
})

describe('settings', () => {
  it('start with the strongest links of one head, weights untouched', () => {
    expect(parseAttentionSettings(undefined)).toMatchObject({
      heads: 'one',
      unit: 'token',
      renormalise: false,
      thresholdKind: 'mass',
      massShare: 0.8
    })
  })
  it('take what can be read and leave the rest', () => {
    expect(parseAttentionSettings({ heads: 'mean', unit: 7, massShare: 4, smallestWeight: 0.2 })).toMatchObject({
      heads: 'mean',
      unit: 'token',
      massShare: 0.8,
      smallestWeight: 0.2
    })
  })
})

describe('texts', () => {
  it('tell small from none', () => {
    expect([0, 0.0001, 0.0421, 1].map(formatWeight)).toEqual(['0.000', '<0.001', '0.042', '1.000'])
    expect([0.042, 0.5, 0.999].map(formatShortWeight)).toEqual(['.04', '.50', '1.0'])
    expect([0, 0.001, 0.314, 1].map(formatShare)).toEqual(['0 %', '<1 %', '31 %', '100 %'])
    expect([0.1, 0.3, 0.6, 0.9].map(spreadWord)).toEqual(['very focused', 'focused', 'spread out', 'diffuse'])
  })
  it('say in words what a picture shows', () => {
    expect(mapSummary('Layer 1', [{ from: 'the', to: 'bank', weight: 0.5 }])).toBe(
      'Layer 1. Strongest links: the to bank 0.500.'
    )
    expect(mapSummary('Layer 1', [])).toBe('Layer 1. No link is above the threshold.')
  })
})
