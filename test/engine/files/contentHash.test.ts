import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { contentHash, stampOf } from '../../../src/main/engine/files/contentHash'
import { fileHash } from '../../../src/main/engine/files/fileHash'
import { HashTable, mostFiles } from '../../../src/main/engine/files/hashTable'

vi.mock('../../../src/main/engine/files/fileHash', { spy: true })

const cacheBefore = process.env.LAYERSCOPE_CACHE
let folder: string
let table: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-hashes-'))
})
beforeEach(() => {
  // A table of its own for every test.
  process.env.LAYERSCOPE_CACHE = mkdtempSync(join(folder, 'cache-'))
  table = join(process.env.LAYERSCOPE_CACHE, 'hashes.json')
  vi.mocked(fileHash).mockClear()
})
afterAll(() => {
  if (cacheBefore === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = cacheBefore
  rmSync(folder, { recursive: true, force: true })
})

const settled = 'resources/models/gpt2-ud-tiny/model.safetensors'
const trueHash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

/** Two mebibytes of one number. */
function large(name: string, value: number): string {
  const path = join(folder, name)
  writeFileSync(path, Buffer.alloc(2 << 20, value))
  return path
}

test('the hash of a large file is computed once, and remembered on disk', async () => {
  const [first, second] = await Promise.all([contentHash(settled), contentHash(settled)])
  expect(first).toBe(trueHash(settled))
  expect(second).toBe(first)
  expect(await contentHash(settled)).toBe(first)
  expect(fileHash).toHaveBeenCalledTimes(1)
  // What another process finds.
  expect(new HashTable(table).find(resolve(settled), stampOf(settled))).toBe(first)
})

test('a link is the file behind it', async () => {
  const link = join(folder, 'link.safetensors')
  symlinkSync(resolve(settled), link)
  expect(await contentHash(link)).toBe(await contentHash(settled))
  expect(fileHash).toHaveBeenCalledTimes(1)
})

test('other content of the same size under a restored time is noticed', async () => {
  const path = large('restored.bin', 1)
  const time = new Date('2026-01-01T00:00:00Z')
  utimesSync(path, time, time)
  const before = stampOf(path)
  new HashTable(table).add(path, { stamp: before, sha256: trueHash(path) })
  writeFileSync(path, Buffer.alloc(2 << 20, 2))
  utimesSync(path, time, time)
  expect(statSync(path).mtimeMs).toBe(time.getTime())
  expect(stampOf(path)).not.toBe(before)
  expect(await contentHash(path)).toBe(trueHash(path))
})

test('a file that was only just written is read again each time', async () => {
  const path = large('new.bin', 3)
  expect(await contentHash(path)).toBe(trueHash(path))
  expect(await contentHash(path)).toBe(trueHash(path))
  expect(fileHash).toHaveBeenCalledTimes(2)
})

test('a file that is written to while it is read is read again, and refused where that goes on', async () => {
  const path = large('written.bin', 4)
  let writes = 1
  vi.mocked(fileHash).mockImplementation(async (file) => {
    const hash = trueHash(file)
    if (writes-- > 0) writeFileSync(path, Buffer.alloc((2 << 20) + writes, 5))
    return hash
  })
  onTestFinished(() => void vi.mocked(fileHash).mockReset())
  expect(await contentHash(path)).toBe(trueHash(path))
  writes = 10
  await expect(contentHash(path)).rejects.toThrow(
    `written.bin changes while it is read (${path}); open it once it is complete.`
  )
})

test('a damaged table, or none that can be written, costs time alone', async () => {
  writeFileSync(table, '{"version":1,"files":{"/a":{"stamp":1}}')
  expect(await contentHash(settled)).toBe(trueHash(settled))
  rmSync(table)
  // A folder is in the way of the table.
  mkdirSync(join(table, 'in'), { recursive: true })
  expect(await contentHash(settled)).toBe(trueHash(settled))
})

test('the table keeps what others wrote, and forgets what was added longest ago', () => {
  const sha256 = 'a'.repeat(64)
  const [mine, theirs] = [new HashTable(table), new HashTable(table)]
  mine.add('/mine', { stamp: '1', sha256 })
  theirs.add('/theirs', { stamp: '2', sha256 })
  expect(mine.find('/theirs', '2')).toBe(sha256)
  expect(theirs.find('/mine', '1')).toBe(sha256)
  expect(mine.find('/mine', '2')).toBeUndefined()
  const entry = { stamp: '3', sha256 }
  const full = Object.fromEntries(Array.from({ length: mostFiles }, (_, i) => [`/file${i}`, entry]))
  writeFileSync(table, JSON.stringify({ version: 1, files: full }))
  mine.add('/last', entry)
  const fresh = new HashTable(table)
  expect([fresh.find('/file0', '3'), fresh.find('/file1', '3'), fresh.find('/last', '3')]).toEqual([
    undefined,
    sha256,
    sha256
  ])
})
