import { writeSync } from 'node:fs'
import { atomicWrite } from '../files/atomicWrite'

export interface TensorToWrite {
  shape: readonly number[]
  data: Float32Array | Int32Array
}

/** Writes named tensors as one safetensors file, complete or not at all. */
export function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {}
): void {
  let offset = 0
  const header: Record<string, unknown> = { __metadata__: metadata }
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = {
      dtype: data instanceof Float32Array ? 'F32' : 'I32',
      shape,
      data_offsets: [offset, offset + data.byteLength]
    }
    offset += data.byteLength
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
    for (const { data } of Object.values(tensors))
      writeAll(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  })
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
}
