import { describe, expect, it } from 'vitest'
import type { Intervention } from '@shared/intervention'
import {
  boardWidth,
  hasPart,
  insideParts,
  interventionsOf,
  kindsOf,
  partKey,
  partOfKey,
  partsOf,
  partTitle,
  type Part
} from '@/modules/ablation/parts'

const parts: Part[] = [
  { kind: 'head', block: 2, head: 3 },
  { kind: 'mlp', block: 0 },
  { kind: 'head', block: 2, head: 1 },
  { kind: 'block', block: 5 },
  { kind: 'attention', block: 1 }
]
const gates: Part[] = [
  { kind: 'gate', block: 0, site: 'lstm.forward.f' },
  { kind: 'state', block: 1, site: 'mixer.state' },
  { kind: 'direction', block: 1, site: 'lstm.backward.h' }
]

describe('parts of the board', () => {
  it('are known by keys that say all of them', () => {
    for (const part of [...parts, ...gates]) expect(partOfKey(partKey(part))).toEqual(part)
  })
  it('are named as the window counts', () => {
    expect(parts.map(partTitle)).toEqual([
      'Layer 3, head 4',
      'Layer 1, its MLP',
      'Layer 3, head 2',
      'Layer 6, the whole layer',
      'Layer 2, all of its attention'
    ])
  })
  it('are gates, states and directions where a model has them, and go to the engine and back', () => {
    expect(gates.map(partTitle)).toEqual([
      'Layer 1, forget gate, forward',
      'Layer 2, state',
      'Layer 2, output, backward'
    ])
    const interventions = interventionsOf(gates, 'mean')
    expect(interventions[0]).toEqual({ at: 'blocks.0.lstm.forward.f', edit: { kind: 'mean' } })
    expect(partsOf(interventions)).toEqual({ parts: gates, edit: 'mean', rest: [] })
    const value = (name: string) => ({ name, kind: 'gate' as const, layer: 1, shape: ['tokens' as const, 8] })
    const values = ['blocks.0.lstm.forward.f', 'blocks.0.lstm.forward.h', 'blocks.0.resid_post'].map(value)
    const recurrent = { kind: 'recurrent' as const, layers: 1, heads: 0, values }
    expect(boardWidth(recurrent)).toBe(300)
    expect(insideParts(recurrent, 0).map(partKey)).toEqual(['gate 0 lstm.forward.f', 'direction 0 lstm.forward.h'])
    expect(kindsOf(recurrent)).toEqual(['gate', 'direction', 'block'])
    const transfoXl = { kind: 'recurrent' as const, layers: 1, heads: 2, values: [] }
    expect(kindsOf(transfoXl)).toEqual(['head', 'attention', 'mlp', 'block'])
    expect([1, 2].map((head) => hasPart(transfoXl, { kind: 'head', block: 0, head }))).toEqual([true, false])
    expect([gates[0]!, gates[2]!, { kind: 'mlp' as const, block: 0 }].map((part) => hasPart(recurrent, part))).toEqual([
      true,
      false,
      false
    ])
  })
  it('become interventions: heads of one block together, a whole block left out', () => {
    expect(interventionsOf(parts, 'mean')).toEqual([
      { at: 'blocks.2.attn.result', heads: [1, 3], edit: { kind: 'mean' } },
      { at: 'blocks.0.mlp.out', edit: { kind: 'mean' } },
      { at: 'blocks.1.attn.out', edit: { kind: 'mean' } },
      { at: 'blocks.5.resid_post', edit: { kind: 'skip' } }
    ])
  })
  it('come back from interventions; what the board has no switch for stays as it is', () => {
    const steering: Intervention = { at: 'blocks.1.resid_post', edit: { kind: 'add', direction: [1, 2], factor: 3 } }
    const oneToken: Intervention = { at: 'blocks.0.attn.result', heads: [1], tokens: [4], edit: { kind: 'zero' } }
    const { parts: back, edit, rest } = partsOf([...interventionsOf(parts, 'resample'), steering, oneToken])
    expect(new Set(back.map(partKey))).toEqual(new Set(parts.map(partKey)))
    expect(edit).toBe('resample')
    expect(rest).toEqual([steering, oneToken])
  })
  it('experts of one block go together, and a mixer is switched where it writes', () => {
    const experts: Part[] = [
      { kind: 'expert', block: 1, head: 3 },
      { kind: 'expert', block: 1, head: 0 },
      { kind: 'attention', block: 0 }
    ]
    const made = interventionsOf(experts, 'zero', (block) => (block === 0 ? 'mixer.out' : 'attn.out'))
    expect(made).toEqual([
      { at: 'blocks.1.mlp.router_weights', neurons: [0, 3], edit: { kind: 'zero' } },
      { at: 'blocks.0.mixer.out', edit: { kind: 'zero' } }
    ])
    expect(new Set(partsOf(made).parts.map(partKey))).toEqual(new Set(experts.map(partKey)))
    expect(partTitle(experts[0]!)).toBe('Layer 2, expert 4')
    const values = [
      { name: 'blocks.1.mlp.router_weights', kind: 'router' as const, layer: 2, shape: ['tokens', 4] as const }
    ]
    const model = { kind: 'transformer' as const, layers: 2, heads: 0, values }
    expect([0, 3, 4].map((head) => hasPart(model, { kind: 'expert', block: 1, head }))).toEqual([true, true, false])
    expect(hasPart(model, { kind: 'attention', block: 0 })).toBe(true)
    // 4 heads of 23 pixels and 4 experts of 31: the longest row fits.
    expect(boardWidth({ ...model, heads: 4 })).toBe(366)
    expect(boardWidth({ ...model, heads: 4, values: [] })).toBe(300)
  })
  it('of one edit at a time: a second kind is not mixed in', () => {
    const { parts: back, rest } = partsOf([
      ...interventionsOf([parts[0]!], 'zero'),
      ...interventionsOf([parts[1]!], 'mean')
    ])
    expect(back).toEqual([parts[0]])
    expect(rest).toHaveLength(1)
  })
})
