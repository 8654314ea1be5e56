import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { calls, type CallName } from '@shared/contract'
import { commands } from '../../src/main/commands'
import { nativeRoot } from '../../src/main/engine/backends/provision/install'

// What a command keeps of its request is what the contract makes of it, so that `layerscope rerun` takes it.

const model = 'resources/models/gpt2-ud-tiny'
const pud = (language: string): string => `test/fixtures/datasets/pud/${language}_pud.conllu`
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-kept-'))
  if (existsSync(nativeRoot())) symlinkSync(nativeRoot(), join(folder, 'native'), 'junction')
  vi.stubEnv('LAYERSCOPE_CACHE', folder)
  vi.stubEnv('LAYERSCOPE_DATA', folder)
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

async function run(...typed: string[]): Promise<{ code: number; printed: string }> {
  let printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const [name, ...parameters] = typed
  const command = await commands.find((candidate) => candidate.name === name)!.load()
  const code = await command.run(parameters)
  return { code, printed }
}

const parts = ['--train', pud('en'), '--test', pud('de')]
const pairs = (): string => {
  const path = join(folder, 'pairs.tsv')
  writeFileSync(path, 'UID\tsentence_good\tsentence_bad\nagreement\tThe dogs are here.\tThe dogs is here.\n')
  return path
}

test.each<[CallName, string[], () => string[]]>([
  ['probe.run', ['probe', ...parts, '--task', 'tree.depth', '--layers', '1', '--max-words', '200'], () => []],
  [
    'curve.run',
    ['curve', '--kind', 'size', ...parts, '--task', 'upos', '--layers', '1', '--shares', '1/2,1', '--draws', '1'],
    () => []
  ],
  ['pairs.run', ['minimal-pairs', '--pairs', '1'], () => ['--data', pairs()]]
])(
  '%s',
  async (call, typed, more) => {
    const file = join(folder, `${call}.json`)
    expect(await run(...typed, ...more(), '--model', model, '--json', file)).toMatchObject({ code: 0 })
    const { provenance } = JSON.parse(readFileSync(file, 'utf8')) as {
      provenance: { request: Record<string, unknown> }
    }
    const opened = call === 'pairs.run' ? { path: 'pairs.tsv' } : { datasetId: 'data' }
    const request = { ...provenance.request, ...opened, modelId: 'model' }
    expect(v.parse(calls[call].input, request)).toEqual(request)
    const again = await run('rerun', file)
    expect(again.printed).toMatch(/^equal, bit for bit: /)
    expect(again.code).toBe(0)
  },
  300_000
)
