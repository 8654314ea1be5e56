import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { parityCommand } from '../../src/main/commands/parity'
import { openSafetensors } from '../../src/main/engine/checkpoints/safetensors'
import { writeSafetensors } from '../../src/main/engine/checkpoints/writeSafetensors'

const fixtures = 'test/fixtures/parity'
const folder = mkdtempSync(join(tmpdir(), 'layerscope-parity-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

async function run(...parameters: string[]): Promise<{ code: number; lines: string[] }> {
  const written: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const code = await parityCommand.run(parameters)
  vi.restoreAllMocks()
  return { code, lines: written.join('').trimEnd().split('\n') }
}

test('a folder of folders gives a line for each, ok, and ends with 0', async () => {
  for (const name of ['bert', 't5']) cpSync(join(fixtures, name), join(folder, 'two', name), { recursive: true })
  const { code, lines } = await run(join(folder, 'two'))
  expect(code).toBe(0)
  expect(lines[0]).toMatch(/^case +hidden states +attentions +logits +inside blocks/)
  expect(lines[1]).toMatch(/^bert +\d\.\de-\d +\d\.\de-\d +\d\.\de-\d +- {2}ok$/)
  expect(lines[2]).toMatch(/^t5 +\d\.\de-\d +\d\.\de-\d +- +- {2}ok$/)
  expect(lines[3]).toMatch(/^2 of 2 agree with PyTorch within 0\.0001; /)
})

test('one value that differs is a FAIL and ends with 1', async () => {
  const broken = join(folder, 'broken')
  cpSync(join(fixtures, 'bert'), broken, { recursive: true })
  const theirs = openSafetensors(join(broken, 'expected.safetensors'))
  const tensors = Object.fromEntries(
    theirs.names().map((name) => [name, { shape: theirs.describe(name).shape, data: theirs.read(name) }])
  )
  theirs.close()
  tensors['hidden_states.2']!.data[5]! += 2e-4
  writeSafetensors(join(broken, 'expected.safetensors'), tensors)
  const { code, lines } = await run(broken)
  expect(code).toBe(1)
  expect(lines[1]).toMatch(/^broken +2\.\de-4 .*FAIL$/)
})

test('a checkpoint that cannot be opened is a FAIL with its sentence, and the others are still compared', async () => {
  const both = join(folder, 'both')
  for (const name of ['bert', 't5']) cpSync(join(fixtures, name), join(both, name), { recursive: true })
  writeFileSync(join(both, 'bert', 'config.json'), '{"model_type": "funnel"}')
  const { code, lines } = await run(both)
  expect(code).toBe(1)
  expect(lines[1]).toContain('FAIL: config.json: \'model_type\' is "funnel", a family Layerscope does not run')
  expect(lines[2]).toMatch(/^t5 .*ok$/)
})

test('a reference away from its checkpoint is compared with --model, for one or for a folder of them', async () => {
  const reference = join(fixtures, 'all-MiniLM-L6-v2')
  expect((await run(reference, '--model', 'resources/models/all-MiniLM-L6-v2')).code).toBe(0)
  cpSync(reference, join(folder, 'real', 'all-MiniLM-L6-v2'), { recursive: true })
  expect((await run(join(folder, 'real'), '--model', 'resources/models')).code).toBe(0)
})

test('a folder without a reference is refused', async () => {
  await expect(run('resources/datasets')).rejects.toThrow('holds no reference')
  await expect(run()).rejects.toThrow('Name the folder')
})
