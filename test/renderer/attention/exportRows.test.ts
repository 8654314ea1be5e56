import { describe, expect, it } from 'vitest'
import { headRows } from '@/modules/attention/exportGrid'
import { mapsDocument, pairRows, type MapsProvenance } from '@/modules/attention/attentionRows'
import { map, units } from '../../plots/attentionFixture'
import { tokens } from './sentence'

const provenance: MapsProvenance = {
  model: 'all-MiniLM-L6-v2',
  sentence: 'the banks',
  layer: 3,
  heads: [5],
  mean: false,
  hook: 'blocks.2.attn.pattern',
  way: 'weights',
  unit: 'token',
  hideSpecial: false,
  renormalised: false,
  threshold: { kind: 'mass', value: 0.8 }
}

describe('exported attention', () => {
  it('has a row for each pair, with places in the sentence and whether it is drawn', () => {
    const rows = pairRows(units, [map([0, 0.25, 0, 0])], provenance)
    expect(rows).toHaveLength(16)
    expect(rows[6]).toEqual({
      layer: 3,
      head: 5,
      from_index: 1,
      from: 'the',
      from_word: 0,
      to_index: 2,
      to: 'bank',
      to_word: 1,
      weight: 0.3,
      drawn: true
    })
    expect(rows[7]).toMatchObject({ to: '##s', to_word: 1, weight: 0.2, drawn: false })
  })
  it('names the heads of a mean', () => {
    const [row] = pairRows(units, [map([0, 0, 0, 0], null)], { ...provenance, heads: [1, 4], mean: true })
    expect(row!.head).toBe('mean of 1 4')
  })
  it('holds everything that was set in its JSON', () => {
    const document = mapsDocument(units, [map([0, 0.25, 0, 0])], [Float32Array.from([0, 0.5, 0, 0])], provenance)
    expect(document).toMatchObject({
      model: 'all-MiniLM-L6-v2',
      hook: 'blocks.2.attn.pattern',
      way: 'weights',
      threshold: { kind: 'mass', value: 0.8, meaning: 'share of each row that is drawn' }
    })
    expect(document.maps[0]).toMatchObject({
      head: 5,
      hook_head: 4,
      smallest_drawn: [0, 0.25, 0, 0],
      hidden: [0, 0.5, 0, 0]
    })
    expect(document.maps[0]!.weights[1]).toEqual([0, 0.5, 0.3, 0.2])
  })
  it('lists every head with its hook and entropy', () => {
    const rows = headRows({ tokens, entropy: { shape: [2, 2], data: Float32Array.from([1, 2, 0.5, 0.25]) } })
    expect(rows).toHaveLength(4)
    expect(rows[2]).toEqual({
      layer: 2,
      head: 1,
      hook: 'blocks.1.attn.pattern',
      hook_head: 0,
      entropy_bits: 0.5,
      highest_bits: Math.log2(5)
    })
  })
})
