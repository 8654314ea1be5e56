import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { atomicWrite } from '../../../src/main/engine/files/atomicWrite'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'layerscope-write-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a file is replaced whole, and nothing is left beside it', () => {
  const path = join(folder, 'a.json')
  writeFileSync(path, 'old and longer')
  atomicWrite(path, 'new', { mode: 0o600, durable: true })
  expect(readFileSync(path, 'utf8')).toBe('new')
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['a.json'])
})

test('where it fails the old file stays, and nothing is left beside it', () => {
  const path = join(folder, 'a.json')
  mkdirSync(join(path, 'full'), { recursive: true })
  expect(() => atomicWrite(path, 'new')).toThrow()
  expect(readdirSync(folder)).toEqual(['a.json'])
})
