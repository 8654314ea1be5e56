import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ResultKindId } from '@shared/results'
import { exportResults } from '../../../src/main/engine/results/export/exportResults'
import { kindOfFile } from '../../../src/main/engine/results/kinds'
import { ResultLibrary } from '../../../src/main/engine/results/resultLibrary'

/** Folders as version 0.1.0 wrote them, before results had keys and lines of their own. */
const fixtures = 'test/fixtures/results'
let folder: string
let library: ResultLibrary
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-earlier-'))
  cpSync(fixtures, folder, { recursive: true })
  library = new ResultLibrary(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

const kinds: [ResultKindId, string, string, number][] = [
  ['probe', 'Universal part of speech', 'linear', 0.4],
  ['regression', 'Depth in the tree', 'ridge, alpha 1', -1],
  ['curve', 'Universal part of speech', 'restarts, linear', 0.4],
  ['pairs', 'Minimal pairs', 'sum of log-probabilities', 0.4]
]

describe.each(kinds)('a %s of an earlier version', (kind, task, method, least) => {
  const id = `earlier-${kind}`

  test('is listed with what it is of', () => {
    const line = library.list().find((listed) => listed.id === id)!
    expect(line).toMatchObject({
      kind,
      key: null,
      name: kind === 'probe' ? 'UPOS, small' : '',
      subject: { model: { name: 'gpt2-ud-tiny' }, task: { title: task } },
      summary: { method, backend: 'WebAssembly' },
      compute: { backend: 'wasm', layerscope: '0.1.0' }
    })
    expect(line.summary.score!.value).toBeGreaterThan(least)
    expect(line.summary.seconds).toBeGreaterThan(0)
  })

  test('is read as it was written, and exported', () => {
    const path = join(fixtures, id, 'result.json')
    const stored: unknown = JSON.parse(readFileSync(path, 'utf8'))
    expect(library.read(kind, id)).toEqual(stored)
    expect(kindOfFile(stored)).toBe(kind)
    expect(library.record(id).provenance!.model.path).toBe('/home/ada/layerscope/resources/models/gpt2-ud-tiny')
    for (const format of ['csv', 'json', 'latex', 'methods', 'bibtex'] as const)
      expect(exportResults(library, [id], format).length).toBeGreaterThan(20)
  })

  test('can be named, and keeps its numbers', () => {
    library.rename(id, 'named')
    expect(new ResultLibrary(folder).listed(id)).toMatchObject({ name: 'named', kind, key: null })
    expect(readFileSync(join(folder, id, 'result.json'))).toEqual(readFileSync(join(fixtures, id, 'result.json')))
  })
})

test('an earlier result is represented in keys by its content', () => {
  expect(library.keyOf('earlier-probe')).toMatch(/^[0-9a-f]{64}$/)
  expect(library.keyOf('earlier-probe')).not.toBe(library.keyOf('earlier-curve'))
})

test('a file that is not a result is of no kind', () => {
  expect(kindOfFile({ resultKind: 'dream' })).toBeNull()
  expect(kindOfFile({ points: undefined, resultKind: 'probe' })).toBe('probe')
  expect(kindOfFile([])).toBeNull()
})
