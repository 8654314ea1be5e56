import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MeasuredPaces } from '../../../src/main/engine/jobs/measuredPaces'

let folder: string
const paces = (): MeasuredPaces => new MeasuredPaces(() => join(folder, 'cache', 'paces.json'))

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layerscope-paces-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a prediction is multiplied by what the last runs of its kind took, also in a later process', () => {
  expect(paces().factor('probe')).toBe(1)
  paces().learn('probe', 5, 67)
  expect(paces().factor('probe')).toBe(67 / 5)
  expect(paces().factor('extract')).toBe(1)
  // One run that was paused does not count.
  for (const seconds of [10, 9000, 12, 11]) paces().learn('probe', 5, seconds)
  expect(paces().factor('probe')).toBe(12 / 5)
  for (let run = 0; run < 5; run++) paces().learn('probe', 5, 5)
  expect(paces().factor('probe')).toBe(1)
})

test('the factor is bounded, and short runs say nothing', () => {
  paces().learn('probe', 1, 1e6)
  expect(paces().factor('probe')).toBe(20)
  paces().learn('fast', 1e6, 1)
  expect(paces().factor('fast')).toBe(1 / 20)
  paces().learn('short', 0.01, 2)
  paces().learn('short', 5, 0.5)
  expect(paces().factor('short')).toBe(1)
})

test('a damaged file, or a folder that cannot be written, only costs what was learned', () => {
  paces().learn('probe', 1, 2)
  for (const text of ['{', '{"version":2,"ratios":{}}', '{"version":1,"ratios":{"probe":["2"]}}']) {
    writeFileSync(join(folder, 'cache', 'paces.json'), text)
    expect(paces().factor('probe')).toBe(1)
  }
  const blocked = new MeasuredPaces(() => join(folder, 'cache', 'paces.json', 'paces.json'))
  blocked.learn('probe', 1, 2)
  expect(blocked.factor('probe')).toBe(1)
})
