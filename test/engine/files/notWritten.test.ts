import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { UnfinishedCurves } from '../../../src/main/engine/curves/unfinishedCurves'
import { cacheNotes } from '../../../src/main/engine/files/cacheNotes'
import { notWritten, readableBytes } from '../../../src/main/engine/files/notWritten'
import { ScoreCache } from '../../../src/main/engine/minimalPairs/scoreCache'

test('why a folder could not be written is the end of a sentence; other errors are defects', () => {
  expect(notWritten(Object.assign(new Error(), { code: 'ENOSPC' }))).toBe('the disk is full')
  expect(notWritten(Object.assign(new Error(), { code: 'EROFS' }))).toBe('it is on a read-only file system')
  expect(notWritten(Object.assign(new Error(), { code: 'ENOENT' }))).toBeNull()
  expect(notWritten(new TypeError('x'))).toBeNull()
})

test('bytes are shown with enough digits', () => {
  expect([0, 999, 1536, 12_345, 4_194_304, 5e9, 2e15].map(readableBytes)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.54 kB',
    '12.3 kB',
    '4.19 MB',
    '5.00 GB',
    '2000.0 TB'
  ])
})

test('caches that cannot be written stop no work, and are noted once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-caches-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'file'), '')
  const blocked = join(folder, 'file/cache')
  new UnfinishedCurves(blocked).add('curve', {} as never)
  new ScoreCache(blocked).keep('a', {} as never)
  new ScoreCache(blocked).keep('b', {} as never)
  expect(new ScoreCache(blocked).find('a')).toBeNull()
  const notes = [...cacheNotes.values()].filter((note) => note.includes(folder))
  expect(new Set(notes).size).toBe(notes.length)
  expect(notes[0]).toMatch(/^What saves time later could not be kept in .*: .*\. No result is lost; make room there/)
  // Once there is room, nothing is said of it any more.
  rmSync(join(folder, 'file'))
  new UnfinishedCurves(blocked).add('curve', {} as never)
  expect([...cacheNotes.values()].filter((note) => note.includes(folder))).toEqual([])
})
