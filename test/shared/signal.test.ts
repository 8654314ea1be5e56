import { expect, test } from 'vitest'
import { controlNames, signalOf, signalSentence, type ControlName, type ControlTest } from '@shared/signal'

/** A control that is beaten clearly, not clearly, or that is better. */
function against(control: ControlName, outcome: 'beaten' | 'level' | 'better', layer = 2): ControlTest {
  const difference = outcome === 'better' ? -0.1 : 0.1
  return {
    layer,
    control,
    words: 100,
    sentences: 10,
    difference,
    interval: [difference - 0.02, difference + 0.02],
    p: 0.001,
    corrected: outcome === 'level' ? 0.06 : 0.01
  }
}
const all = (changes: Partial<Record<ControlName, 'beaten' | 'level' | 'better'>> = {}) =>
  controlNames.map((control) => against(control, changes[control] ?? 'beaten'))
const claim = (controls: ControlTest[], missing: ControlName[] = []) => {
  const signal = signalOf({ controls, missing }, 2)
  return [signal.claim, signalSentence(signal)]
}

test('signal is claimed where every control is beaten', () => {
  expect(claim(all())).toEqual([
    'contextual',
    'Signal at layer 2: it beats the majority class, the memoriser, its control task, the untrained twin and layer 0.'
  ])
})
test('one control that is not beaten is enough against it, and is named', () => {
  for (const control of controlNames.filter((name) => name !== 'embedding')) {
    for (const outcome of ['level', 'better'] as const) expect(claim(all({ [control]: outcome }))[0]).toBe('none')
  }
  expect(claim(all({ memoriser: 'level' }))[1]).toBe(
    'No signal can be claimed at layer 2: it does not beat the memoriser.'
  )
  expect(claim(all({ memoriser: 'level', twin: 'better', controlTask: 'better' }))[1]).toBe(
    'No signal can be claimed at layer 2: it does not beat the memoriser, its control task or the untrained twin.'
  )
})
test('beyond the embeddings only what beats layer 0', () => {
  expect(claim(all({ embedding: 'level' }))).toEqual([
    'signal',
    'Signal at layer 2, though not beyond layer 0: the embeddings already hold what is read there.'
  ])
})
test('nothing is claimed while a control is missing', () => {
  const without = (control: ControlName) => all().filter((test) => test.control !== control)
  expect(claim(without('twin'), ['twin'])).toEqual([
    'none',
    'Signal at layer 2 cannot be claimed yet: the untrained twin has not been probed.'
  ])
  expect(claim(without('controlTask'), ['controlTask', 'twin'])[1]).toBe(
    'Signal at layer 2 cannot be claimed yet: it was run without a control task and the untrained twin has not been probed.'
  )
  expect(claim(without('memoriser'), ['memoriser'])[1]).toBe(
    'Signal at layer 2 cannot be claimed yet: the run predates stored memoriser answers and has to be run again.'
  )
  // A control that is not beaten counts before one that is missing.
  expect(
    claim(
      without('twin').map((test) => (test.control === 'majority' ? against('majority', 'level') : test)),
      ['twin']
    )[1]
  ).toBe('No signal can be claimed at layer 2: it does not beat the majority class.')
})
test('a run without layer 0 says nothing of what lies beyond it', () => {
  expect(
    claim(
      all().filter((test) => test.control !== 'embedding'),
      ['embedding']
    )
  ).toEqual(['signal', 'Signal at layer 2; layer 0 was not probed, so the embeddings may already have it.'])
})
test('layer 0 is no control of itself', () => {
  const controls = controlNames.filter((name) => name !== 'embedding').map((control) => against(control, 'beaten', 0))
  const signal = signalOf({ controls, missing: [] }, 0)
  expect([signal.claim, signalSentence(signal)]).toEqual([
    'signal',
    'Signal at layer 0, the embedding output: it beats the majority class, the memoriser, its control task and the untrained twin.'
  ])
})
