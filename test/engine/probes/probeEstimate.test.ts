import { expect, test } from 'vitest'
import { defaultMethod } from '@shared/probeMethods'
import { estimateSolve } from '../../../src/main/engine/probes/probeEstimate'

const size = {
  trainWords: 1000,
  testWords: 500,
  width: 10,
  layers: 3,
  classes: 4,
  control: true,
  conditional: false,
  codelength: false,
  restarts: 1,
  seeds: 1,
  probe: defaultMethod('linear'),
  backend: 'wasm' as const
}
const memory = (more: Partial<typeof size> = {}): number => estimateSolve({ ...size, ...more }).memoryBytes

test('memory of a run, by hand', () => {
  // Words of a layer, training words standardised; logits of the task and of the control task.
  expect(memory()).toBe(4 * (10 * 2500 + 3 * 1000 * 8))
})

test('conditional probes hold two layers and the shares of types beside the layer', () => {
  expect(memory({ conditional: true })).toBe(4 * (10 * 1500 + 24 * (3 * 1000 + 500) + 3 * 1000 * 4))
  // Of more than 40,000 training words that many are sampled.
  const further = memory({ conditional: true, trainWords: 50_000 }) - memory({ conditional: true, trainWords: 40_000 })
  expect(further).toBe(4 * 10 * 10_000)
})
