import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineCommand } from '../../src/main/commandLine/command'
import { output } from '../../src/main/commandLine/option'
import { checkWritable } from '../../src/main/commandLine/report'

let folder = ''
let printed = ''
let said = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-report-'))
  printed = ''
  said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true))
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

/** A command whose work is `during`. */
function working(during: () => void = () => undefined) {
  return defineCommand({
    name: 'work',
    description: 'Works.',
    options: { json: output('OUT', 'a file') },
    examples: ['layerscope work'],
    run: ({ values, report }) => {
      during()
      report.note('A word was left out.')
      report.note('A word was left out.')
      report.result(values.json, { accuracy: 0.5 }, () => 'accuracy 50\n')
      return 0
    }
  })
}

test('the result alone is on standard output, notes on standard error and in the JSON', async () => {
  expect(await working().run([])).toBe(0)
  expect([printed, said]).toEqual(['accuracy 50\n', 'A word was left out.\n'])

  printed = ''
  expect(await working().run(['--json', '-'])).toBe(0)
  expect(JSON.parse(printed)).toEqual({ accuracy: 0.5, notes: ['A word was left out.'] })

  printed = ''
  const file = join(folder, 'a.json')
  expect(await working().run(['--json', file])).toBe(0)
  expect(printed).toBe('accuracy 50\n')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ accuracy: 0.5, notes: ['A word was left out.'] })
})

test('a result that cannot be written any more is written elsewhere, and a sentence says where', async () => {
  const spare = join(folder, 'spare')
  mkdirSync(spare)
  vi.stubEnv('TMPDIR', spare)
  vi.stubEnv('TEMP', spare)
  const gone = join(folder, 'gone')
  mkdirSync(gone)
  const file = join(gone, 'a.json')
  expect(await working(() => rmSync(gone, { recursive: true })).run(['--json', file])).toBe(1)
  expect(printed).toBe('accuracy 50\n')
  expect(said).toContain(`${file} could not be written: ENOENT`)
  const [, kept] = /The result was written to (.*) instead\.\n/.exec(said) ?? []
  expect(kept!.startsWith(spare)).toBe(true)
  expect(JSON.parse(readFileSync(kept!, 'utf8'))).toMatchObject({ accuracy: 0.5 })
})

test('a result that standard output does not take is written into a file', async () => {
  vi.stubEnv('TMPDIR', folder)
  vi.stubEnv('TEMP', folder)
  vi.spyOn(process.stdout, 'write').mockImplementation((_text: unknown, callback?: unknown) => {
    ;(callback as (error: Error) => void)(new Error('ENOSPC: no space left on device'))
    return false
  })
  expect(await working().run([])).toBe(1)
  const [, kept] = /ENOSPC: no space left on device\. The result was written to (.*) instead\.\n/.exec(said) ?? []
  expect(readFileSync(kept!, 'utf8')).toBe('accuracy 50\n')
})

test('where nothing can be written is refused before any work', async () => {
  const during = vi.fn()
  const inNowhere = join(folder, 'nowhere', 'a.json')
  await expect(working(during).run(['--json', inNowhere])).rejects.toThrow(
    `--json is '${inNowhere}', but there is no folder ${join(folder, 'nowhere')}. Create it, or give another path.`
  )
  expect(() => checkWritable('out', folder)).toThrow(
    `--out is '${folder}', which is a folder; give the name of a file.`
  )
  expect(during).not.toHaveBeenCalled()
})
