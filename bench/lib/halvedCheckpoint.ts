import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { elementsOf, type HalfTensor } from '../../src/main/engine/checkpoints/checkpoint'
import { floatToHalf } from '../../src/main/engine/checkpoints/halfFloat'
import { openSafetensors } from '../../src/main/engine/checkpoints/safetensors'

/** Saves a checkpoint's folder again with every tensor rounded to 16 bits, as `model.half()` and `.bfloat16()` do. */
export function writeHalvedCheckpoint(from: string, to: string, type: HalfTensor['type']): void {
  mkdirSync(to, { recursive: true })
  copyFileSync(join(from, 'config.json'), join(to, 'config.json'))
  const stored = openSafetensors(join(from, 'model.safetensors'))
  const header: Record<string, unknown> = {}
  const pieces: Uint8Array[] = []
  let offset = 0
  for (const name of stored.names()) {
    const { shape } = stored.describe(name)
    const end = offset + 2 * elementsOf(shape)
    header[name] = { dtype: type, shape, data_offsets: [offset, end] }
    offset = end
    const bits = new Uint16Array(elementsOf(shape))
    if (type === 'F16') floatToHalf(stored.read(name), bits)
    else floatToBrain(stored.read(name), bits)
    pieces.push(new Uint8Array(bits.buffer))
  }
  stored.close()
  const json = Buffer.from(JSON.stringify(header))
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ')
  json.copy(padded)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  writeFileSync(join(to, 'model.safetensors'), Buffer.concat([length, padded, ...pieces]))
}

/** Rounds to nearest, ties to even. */
function floatToBrain(source: Float32Array, target: Uint16Array): void {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length)
  for (let i = 0; i < bits.length; i++) target[i] = (bits[i]! + 0x7fff + ((bits[i]! >>> 16) & 1)) >>> 16
}
