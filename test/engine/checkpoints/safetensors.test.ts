import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openSafetensors } from '../../../src/main/engine/checkpoints/safetensors'
import { writeSafetensors } from '../../../src/main/engine/checkpoints/writeSafetensors'

const folder = mkdtempSync(join(tmpdir(), 'layerscope-safetensors-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, header: unknown, data = 0, claimed?: number): string {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(claimed ?? text.length))
  const path = join(folder, name)
  writeFileSync(path, Buffer.concat([length, text, Buffer.alloc(data)]))
  return path
}

test('what is written is read back', () => {
  const path = join(folder, 'round.safetensors')
  writeSafetensors(
    path,
    {
      a: { shape: [2, 2], data: Float32Array.from([1, 2.5, -3, 1e-9]) },
      b: { shape: [3], data: Int32Array.from([7, -8, 9]) }
    },
    { hook: 'embed' }
  )
  const checkpoint = openSafetensors(path)
  expect(checkpoint.names()).toEqual(['a', 'b'])
  expect(checkpoint.metadata).toEqual({ hook: 'embed' })
  expect([...checkpoint.read('a')]).toEqual([...Float32Array.from([1, 2.5, -3, 1e-9])])
  expect([...checkpoint.read('b')]).toEqual([7, -8, 9])
  checkpoint.close()
  expect(readFileSync(path).length % 4).toBe(0)
})

test('flags and short integers, which buffers of some models are, are read as numbers', () => {
  const path = file('buffers.safetensors', {
    flag: { dtype: 'BOOL', shape: [2], data_offsets: [0, 2] },
    short: { dtype: 'I16', shape: [1], data_offsets: [2, 4] }
  })
  writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from([0, 1, 0xfe, 0xff])]))
  const checkpoint = openSafetensors(path)
  expect([...checkpoint.read('flag'), ...checkpoint.read('short')]).toEqual([0, 1, -2])
  checkpoint.close()
})

function raw(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text, 'latin1')
  return path
}

const entry = (over: object): object => ({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...over } })

test.each([
  [
    'short.safetensors',
    () => {
      const path = join(folder, 'short.safetensors')
      writeFileSync(path, 'abc')
      return path
    },
    'short.safetensors is too short to be a safetensors file (3 bytes); it may not have been downloaded completely.'
  ],
  [
    'long-header.safetensors',
    () => file('long-header.safetensors', '{}', 0, 999),
    'long-header.safetensors is not a safetensors file, or is cut short: its header claims 999 bytes, the file has 10.'
  ],
  [
    'text.safetensors',
    () => file('text.safetensors', 'not json at all'),
    'text.safetensors is not a safetensors file: its header is not JSON.'
  ],
  [
    'cut.safetensors',
    () => file('cut.safetensors', entry({}), 4),
    "cut.safetensors is cut short or damaged: 'w' should be at bytes 0 to 8, but the data section has 4 bytes."
  ],
  [
    'overlap.safetensors',
    () => file('overlap.safetensors', entry({ data_offsets: [0, 4] }), 8),
    "overlap.safetensors is cut short or damaged: 'w' should be at bytes 0 to 4, but the data section has 8 bytes."
  ],
  [
    'int8.safetensors',
    () => file('int8.safetensors', entry({ dtype: 'I8', data_offsets: [0, 2] }), 8),
    "int8.safetensors stores 'w' as I8; Layerscope reads F32, F16 and BF16. Convert the checkpoint to one of these."
  ],
  [
    'float8.safetensors',
    () => file('float8.safetensors', entry({ dtype: 'F8_E4M3', data_offsets: [0, 2] }), 8),
    "float8.safetensors stores 'w' as F8_E4M3; Layerscope reads F32, F16 and BF16. Convert the checkpoint to one of these."
  ],
  [
    'null.safetensors',
    () => file('null.safetensors', 'null'),
    'null.safetensors is not a safetensors file: its header is not a JSON object.'
  ],
  [
    'list.safetensors',
    () => file('list.safetensors', '[1, 2]'),
    'list.safetensors is not a safetensors file: its header is not a JSON object.'
  ],
  [
    'shared.safetensors',
    () => file('shared.safetensors', { ...entry({}), v: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, 8),
    "shared.safetensors is damaged: 'v' and 'w' overlap (from byte 4). Download it again, or save the checkpoint again."
  ],
  [
    'hole.safetensors',
    () => file('hole.safetensors', entry({ data_offsets: [4, 12] }), 12),
    "hole.safetensors is damaged: the bytes 0 to 4 before 'w' belong to no tensor."
  ],
  [
    'rest.safetensors',
    () => file('rest.safetensors', entry({}), 12),
    'rest.safetensors is damaged: its data section has 12 bytes, its tensors end at 8.'
  ],
  [
    'escape.safetensors',
    () => file('escape.safetensors', entry({ dtype: `\u001b[31m\n${'x'.repeat(1000)}` }), 8),
    `escape.safetensors stores 'w' as \\u001b[31m ${'x'.repeat(33)}…; Layerscope reads`
  ],
  [
    'lfs.safetensors',
    () => raw('lfs.safetensors', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n'),
    'lfs.safetensors is a pointer that Git LFS left in place of the file; fetch the file itself (git lfs pull) and open it again.'
  ],
  [
    'gguf.safetensors',
    () => raw('gguf.safetensors', 'GGUF\u0003\0\0\0'),
    'gguf.safetensors is a GGUF file, quantised weights for llama.cpp; open the checkpoint it was made from.'
  ],
  [
    'negative.safetensors',
    () => file('negative.safetensors', entry({ shape: [-2] }), 8),
    "negative.safetensors: the header's entry for 'w' is malformed."
  ]
])('%s is refused', (_name, make, sentence) => {
  expect(() => openSafetensors(make())).toThrow(sentence)
})
