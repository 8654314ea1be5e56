import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defaultMethod } from '@shared/probeMethods'
import { resultsCommand } from '../../../src/main/commands/results'
import { ResultLibrary } from '../../../src/main/engine/results/resultLibrary'
import { probeRun } from './probeRun'

let folder = ''
let printed = ''
const before = process.env.LAYERSCOPE_DATA
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-results-'))
  process.env.LAYERSCOPE_DATA = folder
  const library = new ResultLibrary(join(folder, 'probes'))
  library.save('probe', probeRun('abc-1'), {}, { name: 'first' })
  library.save('probe', probeRun('abd-2', defaultMethod('knn'), { createdAt: '2026-11-21T09:30:00.000Z' }))
})
afterEach(() => {
  if (before === undefined) delete process.env.LAYERSCOPE_DATA
  else process.env.LAYERSCOPE_DATA = before
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

async function results(...parameters: string[]): Promise<string> {
  printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true))
  expect(await resultsCommand.run(parameters)).toBe(0)
  return printed
}

test('a table, newest first, filtered by words', async () => {
  expect(await results()).toBe(
    [
      'id     computed          name   kind         model   data                           task  method                best',
      'abd-2  2026-11-21 09:30         probing run  MiniLM  UD English EWT, train to test  UPOS  5 nearest, euclidean  accuracy 90.00 % (layer 1)',
      'abc-1  2026-11-20 10:00  first  probing run  MiniLM  UD English EWT, train to test  UPOS  linear                accuracy 90.00 % (layer 1)',
      ''
    ].join('\n')
  )
  expect((await results('--filter', 'Nearest upos')).split('\n')).toHaveLength(3)
  expect(await results('--filter', 'nothing such')).toBe('no results\n')
  expect(JSON.parse(await results('--json', '--filter', 'first'))).toMatchObject([{ id: 'abc-1' }])
})

test('exports by id, beginning or name, to standard output or a file', async () => {
  expect(await results('--export', 'bibtex', 'abd')).toContain('@article{coverHart1967,')
  const file = join(folder, 'table.tex')
  expect(await results('--export', 'latex', '--out', file, 'first', 'abd-2')).toBe('')
  expect(readFileSync(file, 'utf8')).toContain('\\toprule')
})

test('names, deletes and takes back', async () => {
  await results('--rename', 'second', 'abd-2')
  expect(await results('--filter', 'second')).toContain('abd-2')
  await results('--delete', 'second')
  expect(await results()).not.toContain('abd-2')
  await results('--restore', 'abd-2')
  expect(await results()).toContain('second')
})

test.each([
  [
    ['--export', 'latex', 'xyz'],
    "No kept result has the name 'xyz' or an id that begins with it; `layerscope results` lists them."
  ],
  [['--export', 'latex', 'ab'], "'ab' matches 2 results (abd-2, abc-1); give the id of one."],
  [['--export', 'word', 'abc'], "--export is 'word'; it can be csv, json, latex, methods, bibtex."],
  [
    ['--export', 'csv', '--filter', 'nothing'],
    'There is no such result; `layerscope results` lists those that are kept.'
  ],
  [['--delete'], 'Give the ID of a result; `layerscope results` lists them.'],
  [['--rename', 'x', 'abc', 'abd'], '--rename applies to one result; give one ID.'],
  [['--restore', 'gone-1'], 'This result can no longer be restored; run it again.']
])('%j is refused in a sentence', async (parameters, sentence) => {
  await expect(async () => resultsCommand.run(parameters)).rejects.toThrow(sentence)
})
