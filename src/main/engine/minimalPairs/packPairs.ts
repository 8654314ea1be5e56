import { gunzipSync, gzipSync } from 'node:zlib'
import type { TensorToWrite } from '../checkpoints/writeSafetensors'
import type { MinimalPair } from './minimalPair'

/** Pairs as a tensor of a kept result: the bytes of their gzipped JSON, one a number. */
export function packPairs(pairs: readonly MinimalPair[]): TensorToWrite {
  const data = Int32Array.from(gzipSync(JSON.stringify(pairs)))
  return { shape: [data.length], data }
}

/** @param bytes as numbers of any type */
export function unpackPairs(bytes: ArrayLike<number>): MinimalPair[] {
  return JSON.parse(gunzipSync(Uint8Array.from(bytes)).toString('utf8')) as MinimalPair[]
}
