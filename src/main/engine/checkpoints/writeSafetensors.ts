import { writeSync } from 'node:fs'
import { atomicWrite } from '../files/atomicWrite'
import { elementsOf } from './checkpoint'

export interface TensorToWrite {
  shape: readonly number[]
  data: Float32Array | Int32Array
}

/** A float32 tensor whose values are made when they are written, so that not all of a model is in memory at once. */
export interface LateTensor {
  shape: readonly number[]
  data: () => Float32Array
}

/** Writes named tensors as one safetensors file, complete or not at all. */
export function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorToWrite | LateTensor>>,
  metadata: Readonly<Record<string, string>> = {}
): void {
  let offset = 0
  const header: Record<string, unknown> = { __metadata__: metadata }
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const end = offset + 4 * elementsOf(shape)
    header[name] = { dtype: data instanceof Int32Array ? 'I32' : 'F32', shape, data_offsets: [offset, end] }
    offset = end
  }
  const json = JSON.stringify(header)
  // Spaces after the JSON belong to the format; they keep the values at a multiple of 8.
  const text = Buffer.from(json)
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ')
  text.copy(padded)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  atomicWrite(path, (file) => {
    writeAll(file, length)
    writeAll(file, padded)
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      const values = typeof data === 'function' ? data() : data
      if (values.length !== elementsOf(shape))
        throw new Error(`'${name}' of shape [${shape.join(', ')}] cannot have ${values.length} values.`)
      writeAll(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    }
  })
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
}
