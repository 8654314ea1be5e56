import { expect, test } from 'vitest'
import { controlNames, signalOf, signalSentence, type ControlName, type ControlTest } from '@shared/signal'

type Outcome = 'beaten' | 'level' | 'better'

/** A control that is beaten clearly, not clearly, or that is better. */
function against(control: ControlName, outcome: Outcome, layer = 2, difference = 0.1): ControlTest {
  const signed = outcome === 'better' ? -difference : difference
  return {
    layer,
    control,
    words: 100,
    sentences: 10,
    difference: signed,
    interval: [signed - 0.02, signed + 0.02],
    p: 0.001,
    corrected: outcome === 'level' ? 0.06 : 0.01
  }
}
const all = (changes: Partial<Record<ControlName, Outcome>> = {}) =>
  controlNames.map((control) => against(control, changes[control] ?? 'beaten'))
const claim = (controls: ControlTest[], missing: ControlName[] = [], layer = 2) => {
  const signal = signalOf({ controls, missing }, layer)
  return [signal.claim, signalSentence(signal)]
}

test('signal is claimed where the layer adds to the word type and layer 0', () => {
  expect(claim(all())).toEqual([
    'contextual',
    'Signal at layer 2: beside the word type and layer 0 it makes the probe 10.0 points more accurate. It also ' +
      'beats the untrained twin.'
  ])
})
test('nothing but conditional probing decides: not the other controls', () => {
  for (const control of controlNames.filter((name) => name !== 'conditional')) {
    for (const outcome of ['level', 'better'] as const) expect(claim(all({ [control]: outcome }))[0]).toBe('contextual')
  }
  for (const outcome of ['level', 'better'] as const) expect(claim(all({ conditional: outcome }))[0]).toBe('none')
  expect(claim(all({ conditional: 'better' }))[1]).toBe(
    'No signal can be claimed at layer 2: beside the word type and layer 0 it makes the probe 10.0 points less ' +
      'accurate.'
  )
  expect(claim(all({ conditional: 'level' }))[1]).toBe(
    'No signal can be claimed at layer 2: beside the word type and layer 0 it makes the probe 10.0 points more ' +
      'accurate, which may be chance.'
  )
  expect(claim([against('conditional', 'level', 2, 0.0001)])[1]).toBe(
    'No signal can be claimed at layer 2: beside the word type and layer 0 it makes the probe no more accurate.'
  )
})
test('where layer 0 already has it, the sentence says so', () => {
  expect(claim([...all({ conditional: 'better' }), against('conditional', 'beaten', 0)])[1]).toContain(
    'points less accurate. Layer 0 does add to the word type.'
  )
})
test('layer 0 is compared with the word type', () => {
  expect(claim([against('conditional', 'beaten', 0)], [], 0)).toEqual([
    'signal',
    'Signal at layer 0, the embedding output: beside the word type it makes the probe 10.0 points more accurate.'
  ])
})
test('of an untrained twin that is as good, or was not probed, the sentence says so', () => {
  expect(claim(all({ twin: 'level' }))[1]).toContain(
    'The untrained twin is as accurate, so the architecture alone may explain it.'
  )
  const without = all().filter((test) => test.control !== 'twin')
  expect(claim(without, ['twin'])[1]).toContain('The untrained twin has not been probed')
  // A model without a twin: word vectors.
  expect(claim(without)[1]).not.toContain('twin')
})
test('a run without conditional probes is not judged by the rule of earlier versions', () => {
  const earlier = all().filter((test) => test.control !== 'conditional')
  expect(claim(earlier, ['conditional'])).toEqual([
    'none',
    'Signal at layer 2 cannot be judged: the run has no conditional probes. Run it again with them; linear, MLP ' +
      'and low-rank probes of a single layer have them.'
  ])
})
