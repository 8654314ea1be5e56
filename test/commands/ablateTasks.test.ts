import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { TaskMap } from '@shared/taskMap'
import { ablateCommand } from '../../src/main/commands/ablate'
import { nativeRoot } from '../../src/main/engine/backends/provision/install'

// What `layerscope ablate --help` promises of --tasks: probes are kept, and what was measured is found again.

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-tasks-'))
  if (existsSync(nativeRoot())) symlinkSync(nativeRoot(), join(folder, 'native'), 'junction')
  vi.stubEnv('LAYERSCOPE_CACHE', folder)
  vi.stubEnv('LAYERSCOPE_DATA', folder)
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

async function mapped(): Promise<{ map: TaskMap; said: string }> {
  const out = join(folder, 'map.json')
  let said = ''
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true))
  const typed =
    `--model resources/models/gpt2-ud-tiny --data test/fixtures/datasets/pud/de_pud.conllu --max-words 60 --loss ` +
    `--train test/fixtures/datasets/pud/en_pud.conllu --tasks upos,deprel --json ${out}`
  expect(await ablateCommand.run(typed.split(' '))).toBe(0)
  return { map: JSON.parse(readFileSync(out, 'utf8')) as TaskMap, said }
}

test('the same command twice finds everything: its probes, its scores and its map', async () => {
  const first = await mapped()
  expect(first.map.found).toBe(0)
  const library = join(folder, 'probes')
  expect(readdirSync(library)).toHaveLength(3)

  const second = await mapped()
  expect(second.map.found).toBe(1)
  expect(second.map.columns).toEqual(first.map.columns)
  expect(second.said).toContain('the same was run before')
  expect(readdirSync(library)).toHaveLength(3)

  // Scores are kept by content: without the library they are still found, though the probes are others by id.
  rmSync(library, { recursive: true })
  const third = await mapped()
  expect(third.map.found).toBe(1)
  expect(third.map.columns).toEqual(first.map.columns)
}, 300_000)
