import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Command } from '../../src/main/commandLine/command'
import { commands as entries } from '../../src/main/commands'
import { commandLines as cases, data, model, run } from './commandLines'

// Every command with wrong kinds of files for everything that it reads: a sentence of at most 2 kB, exit code 1, and
// never the stack of a defect.

const folder = mkdtempSync(join(tmpdir(), 'layerscope-wrong-'))
beforeAll(() => {
  vi.stubEnv('LAYERSCOPE_CACHE', join(folder, 'cache'))
  vi.stubEnv('LAYERSCOPE_DATA', join(folder, 'data'))
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const written = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
mkdirSync(join(folder, 'empty folder'))
const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919 + (i >> 3)) & 0xff)

/** What is never right, by what it is. */
const wrong: Record<string, string> = {
  'a missing file': join(folder, 'missing'),
  'an empty file': written('empty', ''),
  'an empty folder': join(folder, 'empty folder'),
  bytes: written('bytes.bin', bytes),
  'bytes called data': written('bytes.conllu', bytes),
  'bytes called weights': written('bytes.safetensors', bytes),
  zeros: written('zeros.csv', new Uint8Array(5000)),
  'a JSON list': written('list.json', '[1, 2, {"a": null}]'),
  'JSON cut short': written('cut.json', '{"name": "x", "models": ['),
  'a long line': written('long.txt', 'x'.repeat(3_000_000)),
  escapes: written('escapes.tsv', '\u001b[31mred\u001b[0m\u0007\n\u001b]0;title\u0007\n'),
  '/dev/null': '/dev/null',
  'a NUL': 'a\0b',
  'a name of 5,000 letters': 'n'.repeat(5000)
}
/** Commands that read no file of the user's. */
const without = ['serve', 'engine', 'fetch', 'report', 'results', 'doctor']

/** Right for one option, wrong for another. */
const misplaced = { 'a model': model, data: data, 'a set': written('set.json', '{"name":"x","interventions":[]}') }

/** The command line with `path` for one of the files. */
function replaced({ typed }: (typeof cases)[string], place: string, path: string): string[] {
  const at = place.startsWith('--') ? typed.indexOf(place) + 1 : typed.indexOf(place)
  return typed.with(at, path)
}

test('every command is tried', async () => {
  const commands: Command[] = await Promise.all(entries.map((entry) => entry.load()))
  expect([...Object.keys(cases), ...without].sort()).toEqual(commands.map(({ name }) => name).sort())
})

const each = Object.entries(cases).flatMap(([name, command]) =>
  Object.entries(command.reads).map(([place, kind]) => [name, place, kind] as const)
)

describe.each(each)('%s with %s of another kind', (name, place, kind) => {
  const inputs = [
    ...Object.entries(wrong),
    ...Object.entries(misplaced).filter(
      ([what]) => what !== (kind === 'model' ? 'a model' : kind === 'data' ? 'data' : '')
    )
  ].filter(([what]) => !(name === 'ablate' && place === '--interventions' && what === 'a set'))
  test.each(inputs)('%s', async (_what, path) => {
    const { code, said, printed } = await run(name, replaced(cases[name]!, place, path))
    const text = said + printed
    expect(text).not.toMatch(/\n\s+at |TypeError|RangeError|ENOENT|EISDIR|internal error/i)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2100)
    expect(text.trim()).not.toBe('')
    expect(/(?!\n|\t)\p{Cc}/u.exec(text)).toBeNull()
    expect(code).toBe(1)
  })
})
