import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { calls } from '@shared/contract'
import type { ProbeResult } from '@shared/probe'

// `layerscope` as it is built and typed: exit codes, what is on which stream, and how it ends.

const folder = mkdtempSync(join(tmpdir(), 'layerscope-commandline-'))
const env = { ...process.env, LAYERSCOPE_CACHE: folder, LAYERSCOPE_DATA: folder, LAYERSCOPE_BACKEND: 'wasm' }
const cli = 'out/main/cli.js'
const model = 'resources/models/gpt2-ud-tiny'
const corpus = 'resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz'

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-needed'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The app could not be built: ${stderr}`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(...parameters: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...parameters], { encoding: 'utf8', env })
  return { status, stdout, stderr }
}

describe('help and refusals', () => {
  test('--help, help and help COMMAND', () => {
    expect(run('help')).toEqual(run('--help'))
    const probe = run('help', 'probe')
    expect(probe).toEqual(run('probe', '--help'))
    expect(probe).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('--seeds N') })
  })

  test('--version', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(run('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  test.each([
    [['prbe'], "'prbe' is not a Layerscope command. Did you mean probe?"],
    [['help', 'prbe'], "'prbe' is not a Layerscope command. Did you mean probe?"],
    [['info', model, '--jsn'], "Unknown option '--jsn'; did you mean --json?"],
    [['info', 'nowhere'], 'There is nothing at ']
  ])('%j is refused on standard error, with 1', (parameters, sentence) => {
    expect(run(...parameters)).toEqual({ status: 1, stdout: '', stderr: expect.stringContaining(sentence) })
  })
})

test('what probe runs, rerun runs again: notes, layers and seeds come back equal', () => {
  const file = join(folder, 'upos.json')
  const typed = [
    '--model',
    model,
    '--train',
    corpus,
    '--test',
    'test/fixtures/datasets/pud/en_pud.conllu',
    '--task',
    'upos'
  ]
  const more = ['--max-words', '300', '--layers', '0,2', '--seeds', '2']
  const seeds = run('probe', ...typed, '--seeds', '21')
  expect(seeds).toMatchObject({ status: 1, stdout: '' })
  expect(seeds.stderr).toContain('--seeds is 21; it must be at most 20.\n')
  expect(run('probe', ...typed, ...more, '--json', file)).toMatchObject({ status: 0 })
  const { notes, provenance } = JSON.parse(readFileSync(file, 'utf8')) as Pick<ProbeResult, 'provenance'> & {
    notes: string[]
  }
  expect(notes.length).toBeGreaterThan(0)
  // What is kept is the request as the contract completes it; ids are those of the process that opens both again.
  const request = { ...provenance!.request, modelId: 'model', datasetId: 'data' }
  expect(v.parse(calls['probe.run'].input, request)).toEqual(request)
  expect(provenance!.request).toMatchObject({ task: 'upos', seeds: 2, layers: [0, 2], maxTrainWords: 300 })
  expect(run('rerun', file)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^equal, bit for bit: /) })
}, 300_000)

test('a reader that has enough ends a command without a word', async () => {
  const child = spawn(process.execPath, [cli, '--help'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let said = ''
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  expect(await once(child, 'close')).toEqual([141, null])
  expect(said).toBe('')
})

test('Ctrl-C cancels the job that runs, and says how to go on', async () => {
  const out = join(folder, 'vectors.safetensors')
  const typed = ['extract', '--model', model, '--data', corpus, '--out', out]
  const child = spawn(process.execPath, [cli, ...typed], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (text: Buffer) => {
    const before = said
    said += text.toString()
    if (said.includes('Running the model') && !before.includes('Running the model')) child.kill('SIGINT')
  })
  expect(await once(child, 'close')).toEqual([130, null])
  expect(said).toContain('Extracting word vectors was cancelled. Computed word vectors are kept')
  expect(existsSync(out)).toBe(false)
}, 300_000)
