import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { openSafetensors } from '../../src/main/engine/checkpoints/safetensors'
import { findModel } from '../../src/main/engine/models/kinds'
import { loadModel } from '../../src/main/engine/models/loadModel'
import { requireMemory } from '../../src/main/engine/models/memory/memoryPlan'
import { compareWithReference } from '../../src/main/engine/models/parity'

// The desktop app cannot hold 2 GiB in one piece. A vocabulary larger than the limit is in pieces; here the limit is
// just above the largest other matrix.

afterEach(() => vi.unstubAllEnvs())

describe.each(['tensorflow', 'wasm'] as const)('on %s', (backend) => {
  let available = false
  beforeAll(async () => {
    available = (await pickBackend({ prefer: backend })).name === backend
    if (!available) console.warn(`Pieces on ${backend} were not checked: it is not set up.`)
  })

  // Tied with a bias and a dense layer before it, with a head of its own, tied and capped, tied to two stacks.
  test.each(['bert', 'llama', 'gemma2', 't5'])('%s in pieces agrees with PyTorch', async (name) => {
    if (!available) return void console.warn(`${name} in pieces was not checked on ${backend}.`)
    const folder = join('test/fixtures/parity', name)
    vi.stubEnv('LAYERSCOPE_LARGEST_ARRAY', '9200')
    const model = await loadModel(folder)
    onTestFinished(() => model.dispose())
    const pieces = (model as unknown as { weights: { tokenEmbedding: unknown[] } }).weights.tokenEmbedding
    expect(pieces).toHaveLength(2)
    vi.unstubAllEnvs()
    const result = compareWithReference(model, folder)
    expect(result.hiddenStates).toBeLessThan(1e-4)
    if (name !== 't5') expect(result.logits).toBeLessThan(1e-4)
  })
})

test('a model is refused for a matrix that is held in one piece, not for its vocabulary', async () => {
  const recognised = await findModel('test/fixtures/parity/llama')
  onTestFinished(() => recognised.close())
  const memory = { available: 1e9, total: 1e9, of: 'machine' } as const
  vi.stubEnv('LAYERSCOPE_LARGEST_ARRAY', '9200')
  expect(() => requireMemory('Llama', recognised.plan(null)!, memory)).not.toThrow()
  vi.stubEnv('LAYERSCOPE_LARGEST_ARRAY', '8000')
  expect(() => requireMemory('Llama', recognised.plan(null)!, memory)).toThrow('The largest matrix of Llama needs')
})

test('a tensor of more than 4 GiB is read in pieces, from a file with nothing but holes between its numbers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-sparse-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'model.safetensors')
  const [rows, width] = [2 ** 21, 520]
  const bytes = rows * width * 4
  const header = JSON.stringify({ table: { dtype: 'F32', shape: [rows, width], data_offsets: [0, bytes] } }).padEnd(120)
  const file = openSync(path, 'w')
  const start = Buffer.alloc(8)
  start.writeBigUInt64LE(BigInt(header.length))
  writeSync(file, start, 0, 8, 0)
  writeSync(file, header, 8)
  ftruncateSync(file, 128 + bytes)
  const numberAt = (row: number, column: number): number => 128 + 4 * (row * width + column)
  const values = [
    [0, 1, 0.5],
    [2 ** 20 + 7, 519, -3],
    [rows - 1, 519, 42]
  ] as const
  for (const [row, column, value] of values)
    writeSync(file, new Uint8Array(new Float32Array([value]).buffer), 0, 4, numberAt(row, column))
  closeSync(file)

  vi.stubEnv('LAYERSCOPE_LARGEST_ARRAY', String(2 ** 31 - 2 ** 21))
  const checkpoint = openSafetensors(path)
  onTestFinished(() => checkpoint.close())
  expect(() => checkpoint.read('table')).toThrow('The tensor table needs 4.06 GiB in one piece')
  for (const [row, column, value] of values) {
    const read = new Float32Array(width)
    checkpoint.readInto('table', read, row * width)
    expect(read[column]).toBe(value)
    expect(read.filter((number) => number !== 0)).toHaveLength(1)
  }
})
