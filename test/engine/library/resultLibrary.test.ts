import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ResultKindId } from '@shared/results'
import type { ProbeResult } from '@shared/probe'
import { defaultMethod } from '@shared/probeMethods'
import { newIdentity } from '../../../src/main/engine/results/newIdentity'
import { ResultLibrary } from '../../../src/main/engine/results/resultLibrary'

let folder = ''
let library: ResultLibrary
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-library-'))
  library = new ResultLibrary(folder)
})
afterEach(() => rmSync(folder, { recursive: true }))

function run(id: string, createdAt = '2026-11-20T10:00:00.000Z'): ProbeResult {
  return {
    id,
    createdAt,
    model: { id: 'm', name: 'MiniLM', layers: 1 },
    dataset: { id: 'd', name: 'EWT', trainSplit: 'train', testSplit: 'test', trainHash: '', testHash: '' },
    task: { id: 'upos', title: 'UPOS', unit: 'token' },
    pool: 'first',
    classes: ['A', 'B'],
    trainWords: 10,
    testWords: 12,
    testSentences: 2,
    majority: { label: 'A', accuracy: 0.5, macroF1: 0.3 },
    memoriser: { accuracy: 0.6, macroF1: 0.5 },
    layers: [0, 1].map((layer) => ({
      layer,
      accuracy: 0.8 + layer / 10,
      accuracyInterval: [0.7, 1],
      macroF1: 0.9,
      macroF1Interval: [0.8, 1],
      perClass: [],
      iterations: 3,
      converged: true,
      loss: 1
    })),
    options: {
      probe: defaultMethod('linear'),
      codelength: false,
      restarts: 1,
      standardise: true,
      seed: 1,
      solver: 'L-BFGS',
      maxTrainWords: null,
      maxTestWords: null
    },
    backend: 'CPU',
    seconds: { extract: 0, solve: 0, score: 0, total: 1 },
    versions: {}
  }
}

test('a result is kept as it is, listed newest first, and found with its tensors', () => {
  library.save('probe', run('a'), { gold: { shape: [2], data: Int32Array.of(1, 0) } })
  library.save('probe', run('b', '2026-11-21T10:00:00.000Z'), {}, { name: 'second try' })
  expect(library.list()).toEqual([
    expect.objectContaining({
      id: 'b',
      kind: 'probe',
      name: 'second try',
      subject: {
        model: { id: 'm', name: 'MiniLM' },
        data: { id: 'd', name: 'EWT', parts: 'train to test' },
        task: { id: 'upos', title: 'UPOS' }
      },
      summary: expect.objectContaining({ method: 'linear', items: 12, backend: 'CPU', seconds: 1 })
    }),
    expect.objectContaining({
      id: 'a',
      name: '',
      summary: expect.objectContaining({
        score: { measure: 'accuracy', value: 0.9, interval: [0.7, 1], layer: 1 }
      })
    })
  ])
  expect(library.read('probe', 'a')).toEqual(run('a'))
  expect(library.tensor('a', 'gold')).toEqual({ shape: [2], data: Float32Array.of(1, 0) })
  expect(library.tensorNames('b')).toEqual([])
  expect(() => library.tensor('b', 'gold')).toThrow('This result was kept without its tables; run it again.')
})

test('a name is kept beside the result, which stays as it was to the byte', () => {
  library.save('probe', run('a'))
  const before = readFileSync(join(folder, 'a', 'result.json'))
  library.rename('a', '  first run ')
  expect(library.list()[0]!.name).toBe('first run')
  expect(new ResultLibrary(folder).record('a')).toMatchObject({
    id: 'a',
    kind: 'probe',
    createdAt: run('a').createdAt,
    name: 'first run'
  })
  expect(readFileSync(join(folder, 'a', 'result.json'))).toEqual(before)
  library.rename('a', '')
  expect(library.record('a').name).toBe('')
})

test('a run of an earlier version, which has no record, is listed and can be named', () => {
  mkdirSync(join(folder, 'old-1'))
  writeFileSync(join(folder, 'old-1', 'result.json'), JSON.stringify(run('old-1')))
  expect(library.list()).toMatchObject([{ id: 'old-1', kind: 'probe', name: '', createdAt: run('old-1').createdAt }])
  library.rename('old-1', 'named now')
  expect(library.list()).toMatchObject([{ id: 'old-1', name: 'named now' }])
})

test('a deleted result is taken back, but not after a day', () => {
  library.save('probe', run('a'), { gold: { shape: [1], data: Int32Array.of(1) } }, { name: 'mine' })
  const listed = library.list()
  library.delete('a')
  expect(library.list()).toEqual([])
  expect(() => library.read('probe', 'a')).toThrow('This result is no longer kept; run it again.')
  library.restore('a')
  expect(library.list()).toEqual(listed)
  expect(library.tensor('a', 'gold').data).toEqual(Float32Array.of(1))

  library.delete('a')
  const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000)
  utimesSync(join(folder, 'a.deleted'), yesterday, yesterday)
  const later = new ResultLibrary(folder)
  expect(existsSync(join(folder, 'a.deleted'))).toBe(false)
  expect(() => later.restore('a')).toThrow('This result can no longer be restored; run it again.')
})

test('several results are deleted and restored together, or none of them', () => {
  library.save('probe', run('a'))
  library.save('probe', run('b'))
  const ids = (): string[] => library.list().map(({ id }) => id)
  expect(() => library.deleteAll(['a', 'gone'])).toThrow('This result is no longer kept; run it again.')
  expect(ids().sort()).toEqual(['a', 'b'])
  library.deleteAll(['a', 'b', 'a'])
  expect(ids()).toEqual([])
  expect(() => library.restoreAll(['a', 'gone'])).toThrow('This result can no longer be restored; run it again.')
  expect(ids()).toEqual([])
  library.restoreAll(['a', 'b'])
  expect(ids().sort()).toEqual(['a', 'b'])
})

test('half-written, damaged and foreign folders are not results', () => {
  mkdirSync(join(folder, 'a.new'))
  writeFileSync(join(folder, 'a.new', 'result.json'), '{}')
  mkdirSync(join(folder, 'damaged'))
  writeFileSync(join(folder, 'damaged', 'result.json'), '{"id": ')
  writeFileSync(join(folder, 'notes'), 'mine')
  expect(library.list()).toEqual([])
  // What a killed run left is no hindrance to the next.
  library.save('probe', run('a'))
  expect(library.list()).toHaveLength(1)
  expect(readdirSync(folder).sort()).toEqual(['a', 'a.new', 'damaged', 'notes'])
})

test('refuses in a sentence', () => {
  expect(() => library.read('probe', '../a')).toThrow('This is not the id of a result.')
  expect(() => library.delete('gone')).toThrow('This result is no longer kept; run it again.')
  library.save('probe', run('a'))
  writeFileSync(join(folder, 'a', 'record.json'), JSON.stringify({ kind: 'dream', createdAt: '2026-11-20', name: '' }))
  expect(() => library.read('probe' as ResultKindId, 'a')).toThrow(
    "This version of Layerscope has no results of the kind 'dream'; open it with a newer one."
  )
  expect(library.list()).toEqual([])
})

test('ids are new and can be folders', () => {
  const [one, other] = [newIdentity(null), newIdentity(null)]
  expect(one.id).toMatch(/^[0-9a-z-]{1,64}$/)
  expect(one.id).not.toBe(other.id)
  expect(new Date(one.createdAt).toISOString()).toBe(one.createdAt)
  const compute = { backend: 'wasm', version: '4', layerscope: '1' } as const
  const { id } = newIdentity({ key: 'a', compute })
  expect(id).toMatch(/^k-[0-9a-f]{24}$/)
  expect(newIdentity({ key: 'a', compute }).id).toBe(id)
  expect(newIdentity({ key: 'b', compute }).id).not.toBe(id)
  expect(newIdentity({ key: 'a', compute: { ...compute, threads: 2 } }).id).not.toBe(id)
})

test('of two processes that keep the same result, the first keeps it', () => {
  const another = new ResultLibrary(folder)
  const first = library.save('probe', run('a', '2026-11-20T10:00:00.000Z'), {}, { name: 'first' })
  const second = another.save('probe', run('a', '2026-11-20T10:00:05.000Z'), {}, { name: 'second' })
  expect(second).toEqual(first)
  expect(library.list().map(({ name }) => name)).toEqual(['first'])
  expect(readdirSync(folder)).toEqual(['a'])
})

test('a damaged folder makes way for the result that has its name', () => {
  mkdirSync(join(folder, 'a'))
  writeFileSync(join(folder, 'a/result.json'), '{"id": ')
  const line = library.save('probe', run('a'))
  expect(library.list()).toEqual([line])
  expect(readdirSync(folder).filter((name) => name.endsWith('.damaged'))).toHaveLength(1)
})

test('what is deleted, run again and deleted again can be restored', () => {
  const line = library.save('probe', run('a'))
  library.delete('a')
  library.save('probe', run('a'))
  library.restore('a')
  expect(library.list()).toEqual([line])
  library.delete('a')
  library.restore('a')
  expect(library.list()).toEqual([line])
})

test.each([
  ['without a time', (text: string) => JSON.stringify({ ...JSON.parse(text), createdAt: undefined })],
  ['with a number for its time', (text: string) => JSON.stringify({ ...JSON.parse(text), createdAt: 5 })],
  ['with a number for its name', (text: string) => JSON.stringify({ ...JSON.parse(text), name: 5 })],
  ['without a model', (text: string) => JSON.stringify({ ...JSON.parse(text), subject: { model: null } })],
  ['with a score of nothing', (text: string) => JSON.stringify({ ...JSON.parse(text), summary: { score: 5 } })],
  ['with a text for its curve', (text: string) => JSON.stringify({ ...JSON.parse(text), summary: { curve: 'x' } })],
  ['cut', (text: string) => text.slice(0, 40)],
  ['that is null', () => 'null'],
  ['that is a list', () => '[1]']
])('a record %s hides no other result, and by its id is answered with a sentence', (_, damage) => {
  library.save('probe', run('a'))
  library.save('probe', run('b', '2026-11-21T10:00:00.000Z'))
  library.save('probe', run('c', '2026-11-22T10:00:00.000Z'))
  const path = join(folder, 'b/record.json')
  writeFileSync(path, damage(readFileSync(path, 'utf8')))
  const again = new ResultLibrary(folder)
  const ids = again.list().map(({ id }) => id)
  expect(ids.filter((id) => id !== 'b')).toEqual(['c', 'a'])
  if (!ids.includes('b'))
    expect(again.notes).toEqual([
      `The kept result in ${join(folder, 'b')} is damaged. Delete that folder, or run the result again.`
    ])
  for (const ask of [() => again.listed('b'), () => again.record('b'), () => again.read('probe', 'b')]) {
    try {
      ask()
    } catch (error) {
      expect(error).toMatchObject({
        name: 'UserError',
        message: `The kept result in ${join(folder, 'b')} is damaged. Delete that folder, or run the result again.`
      })
    }
  }
})

test('a record without its numbers is said to be damaged; the others are listed', () => {
  library.save('probe', run('a'))
  mkdirSync(join(folder, 'b'))
  writeFileSync(join(folder, 'b/record.json'), '{"kind":"probe","name":"x"}')
  const again = new ResultLibrary(folder)
  expect(again.list().map(({ id }) => id)).toEqual(['a'])
  const sentence = `The kept result in ${join(folder, 'b')} is damaged. Delete that folder, or run the result again.`
  expect(again.notes).toEqual([sentence])
  expect(() => again.read('probe', 'b')).toThrow(sentence)
})

test('a result that cannot be kept in its folder is kept elsewhere for now, and a note says where', () => {
  writeFileSync(join(folder, 'data'), 'a file')
  const blocked = join(folder, 'data/probes')
  const readOnly = new ResultLibrary(blocked)
  readOnly.prepare()
  expect(readOnly.notes).toEqual([
    `Results cannot be kept in ${blocked}: a file is where a folder has to be. New results are lost when Layerscope ` +
      'ends; make the folder writable, or set LAYERSCOPE_DATA to another.'
  ])
  readOnly.save('probe', run('a'), { gold: { shape: [2], data: Int32Array.of(1, 0) } })
  expect(readOnly.list().map(({ id }) => id)).toEqual(['a'])
  expect(readOnly.read('probe', 'a')).toEqual(run('a'))
  expect([...readOnly.tensor('a', 'gold').data]).toEqual([1, 0])
  const place = /^A result could not be kept in (.*): a file is .*\. It is in (.*) for now; move it to that folder/
  const [, wanted, elsewhere] = place.exec(readOnly.notes[1]!)!
  expect(wanted).toBe(blocked)
  expect(readdirSync(elsewhere!).sort()).toEqual(['record.json', 'result.json', 'tensors.safetensors'])
  rmSync(dirname(elsewhere!), { recursive: true })
})

test('what a failed save wrote is removed, and what a process that died left is removed a day later', () => {
  const unwritable = { ...run('a'), seed: 1n as unknown as number }
  expect(() => library.save('probe', unwritable)).toThrow('BigInt')
  expect(readdirSync(folder)).toEqual([])
  for (const name of ['b.new', 'c.new']) mkdirSync(join(folder, name))
  const longAgo = Date.now() / 1000 - 2 * 24 * 60 * 60
  utimesSync(join(folder, 'b.new'), longAgo, longAgo)
  expect(new ResultLibrary(folder).list()).toEqual([])
  expect(readdirSync(folder)).toEqual(['c.new'])
})

test('a result is found by its key at once, whoever kept it, and no longer once it is deleted', () => {
  const compute = { backend: 'wasm' as const, version: '1', layerscope: '1' }
  const keyed = (id: string, key: string, createdAt?: string): ProbeResult =>
    ({
      ...run(id, createdAt),
      key,
      provenance: { backend: { name: 'wasm', title: 'CPU', version: '1' }, versions: { layerscope: '1' } }
    }) as never
  const idOf = (key: string): string | undefined => library.find(key, compute)?.id
  expect(idOf('k')).toBeUndefined()
  library.save('probe', keyed('a', 'k'))
  expect(idOf('k')).toBe('a')
  library.save('probe', keyed('b', 'k', '2026-11-21T10:00:00.000Z'))
  expect(idOf('k')).toBe('b')
  library.rename('b', 'mine')
  expect(library.find('k', compute)?.name).toBe('mine')
  expect(library.find('k', { ...compute, version: '2' })).toBeNull()
  library.delete('b')
  expect(idOf('k')).toBe('a')
  library.restore('b')
  expect(idOf('k')).toBe('b')

  const another = new ResultLibrary(folder)
  another.delete('b')
  expect(idOf('k')).toBe('a')
  another.save('probe', keyed('c', 'other'))
  // The clock of a file system may be coarse: what another process keeps is noticed by the folder's time.
  const later = new Date(Date.now() + 5000)
  utimesSync(folder, later, later)
  expect(idOf('other')).toBe('c')
})

test('the oldest passing results of a kind make room, named ones and other kinds stay', () => {
  const facts = { modelId: 'm', memoryBytes: 1, words: 2, subwords: 3, splitWords: 1, missingWords: 0 }
  const subject = { model: { id: 'm', name: 'MiniLM' }, data: { id: 'd', name: 'EWT', parts: 'test' } }
  library.save('probe', run('probe'))
  const saved = (id: number): unknown =>
    library.save(
      'facts',
      { ...facts, id: `f${id}`, createdAt: new Date(Date.UTC(2026, 10, 1) + id).toISOString() } as never,
      {},
      { subject, name: id === 1 ? 'mine' : '' }
    )
  for (let id = 0; id < 203; id++) saved(id)
  const ids = library.list().map(({ id }) => id)
  expect(ids).toHaveLength(202)
  expect(ids).toEqual(expect.arrayContaining(['probe', 'f1', 'f3', 'f202']))
  expect(ids).not.toContain('f2')
})

test('a passing result is found at once and written after the answer; nothing is listed for it', async () => {
  const list = vi.spyOn(library, 'list')
  const subject = { model: { id: 'm', name: 'MiniLM' }, data: { id: 'd', name: 'EWT', parts: 'test' } }
  const provenance = { backend: { name: 'wasm', title: 'CPU', version: '1' }, versions: { layerscope: '1' } }
  const save = (id: string): unknown =>
    library.save(
      'facts',
      { id, key: id, createdAt: '2026-11-20T10:00:00.000Z', words: 2, provenance } as never,
      {},
      {
        subject
      }
    )
  for (const id of ['a', 'b', 'c']) save(id)
  expect(list).toHaveBeenCalledTimes(1)
  expect(readdirSync(folder)).toEqual([])
  const compute = { backend: 'wasm' as const, version: '1', layerscope: '1' }
  expect(library.find('b', compute)?.id).toBe('b')
  expect(library.read('facts', 'b')).toMatchObject({ words: 2 })
  await new Promise((resolve) => setImmediate(resolve))
  expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'c'])
  expect(library.find('c', compute)?.id).toBe('c')
  expect(list).toHaveBeenCalledTimes(1)
})
