import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file of test/fixtures/probes; make_fixtures.py made it with scikit-learn. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(join('test', 'fixtures', 'probes', name), 'utf8')) as T
}

export interface RegressionFixture {
  rows: number
  width: number
  classes: number
  C: number
  x: number[]
  y: number[]
  test: number[]
  /** Over standardised features: [classes, width], or [1, width] for two classes. */
  coefficients: number[]
  loss: number
  /** Of the test rows, [rows, classes]. */
  probabilities: number[]
}

export const regressionFixtures = [
  'regression-usual.json',
  'regression-constant-feature.json',
  'regression-few-rows.json',
  'regression-two-classes.json'
]

/** Rows 0 ... count - 1. */
export function allRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row)
}
