import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { firstDamaged } from '../../../src/main/engine/activations/checksums'
import type { ChunkVectors } from '../../../src/main/engine/activations/extract'
import type { StoreKey } from '../../../src/main/engine/activations/manifest'
import { ActivationStore, HalfOverflow } from '../../../src/main/engine/activations/store'
import { cacheNotes } from '../../../src/main/engine/files/cacheNotes'
import { openSafetensors } from '../../../src/main/engine/checkpoints/safetensors'

const key: StoreKey = { model: 'm', words: 'w', pooling: 'first', sentences: 2, compute: 'c' }
const shape = { layers: 1, width: 3, rows: 4 }
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'layerscope-store-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** Values that a half holds exactly. */
function chunk(row: number, start: number): ChunkVectors {
  const layers = [0, 1].map((layer) => Float32Array.from({ length: 6 }, (_, i) => start + i + 100 * layer))
  return {
    chunk: { first: row / 2, last: row / 2 + 1, row, words: 2 },
    layers,
    missing: row === 2 ? [1] : [],
    subwords: 4
  }
}

test('rows come back as they were written, layer by layer and in part', async () => {
  const store = ActivationStore.open(root, key, shape)
  await store.write(chunk(0, 0))
  await store.write(chunk(2, 10))
  store.finish()
  const again = ActivationStore.find(root, key, shape)!
  expect(again.complete).toBe(true)
  expect([...again.read(0)]).toEqual([0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15])
  expect([...again.read(1, 2, 1)]).toEqual([110, 111, 112])
  // Into an array that is not needed any more, where it is as large.
  const room = new Float32Array(3)
  expect(again.read(1, 2, 1, room)).toBe(room)
  expect([...room]).toEqual([110, 111, 112])
  expect(again.read(1, 2, 1, new Float32Array(4))).toHaveLength(3)
  expect(again.missing).toEqual([3])
})

test('a layer file is safetensors under its hook name', async () => {
  const store = ActivationStore.open(root, key, shape)
  await store.write(chunk(0, 0))
  await store.write(chunk(2, 10))
  const file = openSafetensors(join(store.folder, 'blocks.0.resid_post.safetensors'))
  expect(file.describe('activations')).toMatchObject({ dtype: 'F16', shape: [4, 3] })
  expect([...file.read('activations')]).toEqual([100, 101, 102, 103, 104, 105, 110, 111, 112, 113, 114, 115])
  expect(file.metadata).toMatchObject({ hook: 'blocks.0.resid_post', model: 'm' })
  file.close()
})

test('a process killed in the middle of a chunk loses that chunk only', async () => {
  const killed = ActivationStore.open(root, key, shape)
  await killed.write(chunk(0, 0))
  killed.release()
  // The killed process had written part of the second chunk's bytes, but not the manifest.
  const [folder] = readdirSync(root)
  const descriptor = openSync(join(root, folder!, 'embed.safetensors'), 'r+')
  writeSync(descriptor, Buffer.from([1, 2, 3, 4, 5]), 0, 5, 400)
  closeSync(descriptor)
  const resumed = ActivationStore.open(root, key, shape)
  expect(resumed.sentencesDone).toBe(1)
  expect(resumed.complete).toBe(false)
  await resumed.write(chunk(2, 10))
  resumed.finish()
  expect([...ActivationStore.find(root, key, shape)!.read(0)]).toEqual([0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15])
})

test('a damaged manifest starts the extraction again', async () => {
  const store = ActivationStore.open(root, key, shape)
  await store.write(chunk(0, 0))
  writeFileSync(join(store.folder, 'manifest.json'), '{"version":1,"ro')
  store.release()
  expect(ActivationStore.open(root, key, shape).sentencesDone).toBe(0)
  expect(readdirSync(root)).toHaveLength(1)
})

test('a value too large for a half is refused, and float32 holds it', async () => {
  const large = chunk(0, 0)
  large.layers[1]![2] = 70000
  const narrow = ActivationStore.open(root, key, shape)
  await expect(narrow.write(large)).rejects.toThrow(HalfOverflow)
  narrow.release()
  const wide = ActivationStore.open(root, key, shape, 'F32')
  await wide.write(large)
  expect(readdirSync(root)).toHaveLength(1)
  expect(wide.read(1)[2]).toBe(70000)
})

test('another model, text, pooling, extent or backend is another store', async () => {
  await written()
  const pooling = 'mean' as const
  for (const other of [{ model: 'n' }, { words: 'v' }, { pooling }, { sentences: 3 }, { compute: 'd' }]) {
    expect(ActivationStore.find(root, { ...key, ...other }, shape)).toBeNull()
  }
})

const layerFile = 'blocks.0.resid_post.safetensors'
test.each<[string, (folder: string) => void]>([
  ['gone', (folder) => rmSync(join(folder, layerFile))],
  ['cut', (folder) => truncateSync(join(folder, layerFile), 100)],
  [
    'a folder',
    (folder) => (rmSync(join(folder, layerFile)), mkdirSync(join(folder, layerFile, 'x'), { recursive: true }))
  ],
  ['of zeros', (folder) => writeFileSync(join(folder, layerFile), Buffer.alloc(200))]
])('a set whose layer file is %s is computed again', async (_, damage) => {
  const store = ActivationStore.open(root, key, shape)
  await store.write(chunk(0, 0))
  await store.write(chunk(2, 10))
  store.finish()
  damage(store.folder)
  expect(ActivationStore.find(root, key, shape)).toBeNull()
  const again = ActivationStore.open(root, key, shape)
  expect([again.complete, again.sentencesDone]).toEqual([false, 0])
  await again.write(chunk(0, 0))
  await again.write(chunk(2, 10))
  again.finish()
  expect([...ActivationStore.find(root, key, shape)!.read(1, 0, 1)]).toEqual([100, 101, 102])
})

test('a set that is deleted while it is read says so', async () => {
  const store = ActivationStore.open(root, key, shape)
  store.delete()
  const sentence =
    `The activations in ${store.folder} were deleted or changed while they were read. Run this again: what is missing ` +
    'is computed again.'
  expect(() => store.read(0)).toThrow(sentence)
  await expect(store.write(chunk(0, 0))).rejects.toThrow()
})

test('a cache folder that cannot be written, or has no room, is named with its numbers', () => {
  writeFileSync(join(root, 'file'), '')
  expect(() => ActivationStore.open(join(root, 'file'), key, shape)).toThrow(
    /^The activations could not be written to .*file\/[0-9a-f]{24}: a file is where a folder has to be\. Make room there, or set LAYERSCOPE_CACHE to another folder\.$/
  )
  expect(() => ActivationStore.open(root, key, { layers: 1, width: 1e9, rows: 1e9 })).toThrow(
    /^The activations need 4000000\.0 TB on disk, and .* has [1-9]\d*\.\d+ [kMGT]B free\. Free some space/
  )
  expect(readdirSync(root)).toEqual(['file'])
})

test('other work gets its turn between the layers of a chunk', async () => {
  const written: number[] = []
  const store = ActivationStore.open(root, key, shape)
  await store.write(chunk(0, 0), async () => void written.push(store.sentencesDone))
  expect(written).toEqual(Array.from({ length: shape.layers + 1 }, () => 0))
  expect(store.sentencesDone).toBe(1)
})

const now = (): Promise<void> => Promise.resolve()
async function written(): Promise<ActivationStore> {
  const store = ActivationStore.open(root, key, shape)
  await store.write(chunk(0, 0))
  await store.write(chunk(2, 10))
  store.finish()
  return ActivationStore.find(root, key, shape)!
}
/** Bytes of the rows of a layer are replaced where they are; the size stays. */
function overwrite(store: ActivationStore, fromEnd: number, bytes: Buffer): string {
  const path = join(store.folder, layerFile)
  const descriptor = openSync(path, 'r+')
  writeSync(descriptor, bytes, 0, bytes.length, statSync(path).size - fromEnd)
  closeSync(descriptor)
  return path
}

test.each<[string, number, Buffer, number]>([
  ['a chunk of zeros', 12, Buffer.alloc(12), 1],
  ['one bit changed in the last value', 1, Buffer.from([0xd7]), 1],
  ['rows of zeros in the first chunk', 24, Buffer.alloc(6), 0]
])('%s in a layer file is noticed: it is computed again from there', async (_, fromEnd, bytes, sentencesDone) => {
  const store = await written()
  expect(await store.verify(now)).toBe(true)
  const path = overwrite(store, fromEnd, bytes)
  expect(ActivationStore.find(root, key, shape)!.complete).toBe(true)
  expect(await store.verify(now)).toBe(false)
  expect([...cacheNotes.values()]).toContain(
    `The word vectors stored in ${path} were damaged. They were computed again.`
  )
  expect(ActivationStore.find(root, key, shape)).toBeNull()
  const again = ActivationStore.open(root, key, shape)
  expect([again.complete, again.sentencesDone, again.missing]).toEqual([false, sentencesDone, []])
  if (sentencesDone === 0) await again.write(chunk(0, 0))
  await again.write(chunk(2, 10))
  again.finish()
  expect(await again.verify(now)).toBe(true)
  expect([...again.read(1)]).toEqual([100, 101, 102, 103, 104, 105, 110, 111, 112, 113, 114, 115])
  expect(again.missing).toEqual([3])
})

test('a file is read again for its sums only if it was changed', async () => {
  const store = await written()
  const path = join(store.folder, layerFile)
  const parts = [{ position: 0, bytes: statSync(path).size, crc: crc32(readFileSync(path)) }]
  let read = 0
  const count = async (): Promise<void> => void read++
  vi.useFakeTimers({ now: Date.now() + 10_000, toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  for (let time = 0; time < 3; time++) expect(await firstDamaged(path, parts, count)).toBe(-1)
  expect(read).toBe(1)
  overwrite(store, 2, Buffer.from([1, 2]))
  expect(await firstDamaged(path, parts, count)).toBe(0)
  rmSync(path)
  await expect(firstDamaged(path, parts, count)).rejects.toThrow(/were deleted or changed while they were read/)
})
