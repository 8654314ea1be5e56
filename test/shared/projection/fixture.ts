import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Metric } from '@shared/projection'

interface Reference {
  points: { count: number; width: number; values: number[] }
  principal: { scores: number[]; explained: number[]; axes: number[] }
  fuzzy: Record<Metric, { neighbourhood: number; edges: [number, number, number][] }>
  curves: { spread: number; minDist: number; a: number; b: number }[]
  trustworthiness: { metric: Metric; neighbours: number; value: number }[]
  words: { count: number; width: number; umapLearn: Record<Metric, number> }
}

const folder = resolve('test/fixtures/projection')

export const metrics: Metric[] = ['cosine', 'euclidean']

/** What numpy, scikit-learn and umap-learn found; see make_reference.py there. */
export const reference = JSON.parse(readFileSync(resolve(folder, 'reference.json'), 'utf8')) as Reference

export const points = { ...reference.points, vectors: Float32Array.from(reference.points.values) }

/** 1,000 words of a real layer. */
export const words = { ...reference.words, vectors: readHalfFloats(resolve(folder, 'words.f16')) }

function readHalfFloats(path: string): Float32Array {
  const bytes = readFileSync(path)
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => halfFloat(bytes.readUInt16LE(2 * i)))
}

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

export function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours.length !== theirs.length) return Infinity
  let largest = 0
  for (let i = 0; i < ours.length; i++) largest = Math.max(largest, Math.abs(ours[i]! - theirs[i]!))
  return largest
}
