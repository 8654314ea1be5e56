import { resultJson } from '../resultJson'

/** A place where two results differ, with both values. */
export interface Difference {
  /** `layers[2].accuracy` */
  path: string
  kept: string
  again: string
}

/**
 * What need not be equal: names, times and durations; and what commands write beside a result: tests that follow from
 * its tables, notes of what was opened, the run of the twin, a result of its own, and the set that was measured.
 */
const notComputed: readonly string[] = [
  'resultKind',
  'key',
  'kept',
  'tests',
  'notes',
  'twin',
  'set',
  'id',
  'createdAt',
  'seconds',
  'backend',
  'versions',
  'provenance',
  'model',
  'dataset',
  'data'
]

/**
 * Every number (and text) that is computed and differs, as the files write them: doubles by their shortest exact form.
 * @param measured further fields that differ in every run
 */
export function resultDifferences(kept: object, again: object, measured: readonly string[] = []): Difference[] {
  const differences: Difference[] = []
  const ignored = new Set([...notComputed, ...measured])
  const computed = (result: object): unknown =>
    JSON.parse(resultJson(Object.fromEntries(Object.entries(result).filter(([name]) => !ignored.has(name)))))
  walk(computed(kept), computed(again), '', differences)
  return differences
}

/** The first place where two tensors differ in a bit; null where they are equal. */
export function tensorDifference(
  name: string,
  kept: { shape: readonly number[]; data: Float32Array },
  again: { shape: readonly number[]; data: Float32Array }
): Difference | null {
  if (kept.shape.join() !== again.shape.join())
    return {
      path: `tensor ${name}`,
      kept: `shape ${kept.shape.join(' x ')}`,
      again: `shape ${again.shape.join(' x ')}`
    }
  const [a, b] = [bits(kept.data), bits(again.data)]
  const at = a.findIndex((value, i) => value !== b[i])
  return at < 0 ? null : { path: `tensor ${name}[${at}]`, kept: String(kept.data[at]), again: String(again.data[at]) }
}

function walk(kept: unknown, again: unknown, path: string, differences: Difference[]): void {
  // `compare --json` writes the rows of a matrix.
  if (Array.isArray(kept) && isTensor(again)) walk(kept.flat(), again.data, path, differences)
  else if (isObject(kept) && isObject(again)) {
    const inside = Array.isArray(kept) && Array.isArray(again)
    const names = new Set([...Object.keys(kept), ...Object.keys(again)])
    // The id of a result that was run again as well is another one.
    names.delete('runId')
    for (const name of names)
      walk(kept[name], again[name], inside ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`, differences)
  } else if (kept !== again) differences.push({ path, kept: shown(kept), again: shown(again) })
}

function isTensor(value: unknown): value is { shape: unknown[]; data: unknown[] } {
  return isObject(value) && Array.isArray(value.shape) && Array.isArray(value.data)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  return JSON.stringify(value)
}

function bits({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length)
}
