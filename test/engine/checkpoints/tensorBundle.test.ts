import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openSafetensors } from '../../../src/main/engine/checkpoints/safetensors'
import { crc32c, masked } from '../../../src/main/engine/checkpoints/tensorflow/crc32c'
import { sliceKey } from '../../../src/main/engine/checkpoints/tensorflow/sliceKeys'
import { unpackSnappy } from '../../../src/main/engine/checkpoints/tensorflow/snappy'
import { openTensorBundle } from '../../../src/main/engine/checkpoints/tensorflow/tensorBundle'

const released = 'test/fixtures/released'
const prefix = 'bert_model.ckpt'
const dataFile = `${prefix}.data-00000-of-00001`
const victim = 'bert/encoder/layer_1/output/dense/kernel'
const temporary = mkdtempSync(join(tmpdir(), 'bundle-'))

afterAll(() => rmSync(temporary, { recursive: true }))

/** A variation of the bert case: its index of that name, and the data as they are. */
function variation(index: string | Buffer, data?: Buffer | null): string {
  const folder = mkdtempSync(join(temporary, 'case-'))
  const path = join(folder, `${prefix}.index`)
  if (typeof index === 'string') copyFileSync(join(released, 'damaged', `${index}.index`), path)
  else writeFileSync(path, index)
  if (data !== null) writeFileSync(join(folder, dataFile), data ?? readFileSync(join(released, 'bert', dataFile)))
  return path
}

function readAll(path: string): void {
  const bundle = openTensorBundle(path)
  for (const name of bundle.names()) bundle.read(name)
  bundle.close()
}

function expectTensors(index: string, folder: string): void {
  const bundle = openTensorBundle(index)
  const tensors = openSafetensors(join(folder, 'tensors.safetensors'))
  for (const name of tensors.names()) {
    expect([...bundle.read(name)], name).toEqual([...tensors.read(name)])
    expect(bundle.describe(name).shape).toEqual(tensors.describe(name).shape)
  }
  tensors.close()
  bundle.close()
}

test.each([
  ['bert', prefix],
  ['bert-training', 'model.ckpt-20'],
  ['bert-half', prefix],
  ['bert-slices', prefix],
  ['albert', 'model.ckpt-best'],
  ['xlnet', 'xlnet_model.ckpt'],
  ['electra', 'electra_small'],
  ['hub1-bert', 'variables/variables'],
  ['hub2-bert', 'variables/variables']
])('%s: every variable is read exactly', (folder, name) => {
  expectTensors(join(released, folder, `${name}.index`), join(released, folder))
})

test.each(['same-rewritten', 'snappy', 'extra-string'])('%s is read', (name) => {
  expectTensors(variation(name), join(released, 'bert'))
})

test('a variable is read in pieces, also one that is stored in slices', () => {
  const bundle = openTensorBundle(join(released, 'bert-slices', `${prefix}.index`))
  for (const name of ['bert/embeddings/word_embeddings', victim]) {
    const whole = bundle.read(name)
    const piece = new Float32Array(30)
    bundle.readInto(name, piece, 700)
    expect([...piece]).toEqual([...whole.subarray(700, 730)])
  }
  bundle.close()
})

test.each([
  ['index-truncated', 'is not the index of a TensorFlow checkpoint, or is cut short'],
  ['index-empty', 'is not the index of a TensorFlow checkpoint'],
  ['index-magic', 'is not the index of a TensorFlow checkpoint'],
  ['index-block-crc', 'the checksum of its block at 0 does not match'],
  ['index-footer-offset', 'is not within the file'],
  ['offset-behind-end', victim],
  ['offset-huge', victim],
  ['size-mismatch', `'${victim}' has 4 bytes, but by its shape it needs 3840`],
  ['shard-number', `'${victim}' is said to be in data file 3 (from 0), but there are 1`],
  ['shape-negative', `'${victim}' has the shape [a negative number]`],
  ['shape-huge', `'${victim}' has the shape [1099511627776, 1099511627776]`],
  ['type-unknown', `stores '${victim}' as type 99`],
  ['type-complex', `stores '${victim}' as type 8 (complex64)`],
  ['big-endian', 'its tensors are stored big-endian'],
  ['version-newer', 'is a checkpoint for readers of version 99'],
  ['no-header', 'the header, is missing'],
  ['not-a-checkpoint', 'is not the index of a TensorFlow checkpoint'],
  ['index-only-slices', `'${victim}'`],
  ['snappy-bomb', 'claim to unpack to 4294967295']
])('%s is refused in a sentence', (name, sentence) => {
  expect(() => readAll(variation(name))).toThrow(sentence)
})

test('data that are missing, cut short or changed are refused, with the file or the variable', () => {
  const data = readFileSync(join(released, 'bert', dataFile))
  const index = readFileSync(join(released, 'bert', `${prefix}.index`))
  expect(() => readAll(variation(index, null))).toThrow(`among them ${dataFile}`)
  expect(() => readAll(variation(index, data.subarray(0, data.length / 2)))).toThrow(`${dataFile} is cut short`)
  data[1000]! ^= 1
  expect(() => readAll(variation(index, data))).toThrow(/the checksum of '[^']+' does not match its numbers/)
})

test('checksums and keys of slices are those of their descriptions', () => {
  // RFC 3720, appendix B.4.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
  const pieces = [Buffer.from('a checkpoint'), Buffer.from(' in two pieces')]
  expect(crc32c(pieces[1]!, crc32c(pieces[0]!))).toBe(crc32c(Buffer.concat(pieces)))
  expect(masked(0)).toBe(0xa282ead8)
  const bytes = (key: string): string => Buffer.from(key, 'latin1').toString('hex')
  expect(bytes(sliceKey('a\x00\xff', [{ start: 0, length: -1 }]))).toBe('00' + '6100ffff00' + '0001' + '0101' + '807f')
  expect(bytes(sliceKey('a', [{ start: 64, length: 8192 }]))).toBe('0061' + '0001' + '0101' + 'c040' + 'e02000')
  expect(bytes(sliceKey('a', [{ start: 63, length: 8191 }]))).toBe('0061' + '0001' + '0101' + 'bf' + 'dfff')
})

test('snappy: literals and copies that reach into themselves; nothing is unpacked beyond what is said', () => {
  const unpack = (...bytes: number[]): string => Buffer.from(unpackSnappy(Uint8Array.from(bytes), 100)).toString()
  expect(unpack(11, 0x04, 0x61, 0x62, 0x15, 0x02)).toBe('abababababa')
  expect(unpack(5, 0x04, 0x61, 0x62, 0x0a, 0x02, 0x00)).toBe('ababa')
  expect(() => unpack(5, 0x04, 0x61, 0x62, 0x0a, 0x03, 0x00)).toThrow('before its beginning')
  expect(() => unpack(4, 0x04, 0x61, 0x62, 0x0a, 0x02, 0x00)).toThrow('longer than it says')
  expect(() => unpack(9, 0x04, 0x61, 0x62)).toThrow('ends too early')
  expect(() => unpack(101, 0x04, 0x61, 0x62)).toThrow('claim to unpack to 101')
})
