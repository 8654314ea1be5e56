import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { doctorCommand } from '../../../src/main/commands/doctor'
import { examine, type DoctorReport } from '../../../src/main/engine/doctor/doctor'
import { redacted, reportedEnvironment } from '../../../src/main/engine/doctor/environment'
import { folderReport } from '../../../src/main/engine/doctor/folders'
import { tellingFeatures } from '../../../src/main/engine/doctor/machine'
import { log, startLog, stopLog } from '../../../src/main/engine/log/log'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-doctor-'))
  vi.stubEnv('LAYERSCOPE_DATA', join(folder, 'data'))
  vi.stubEnv('LAYERSCOPE_CACHE', join(folder, 'cache'))
  vi.stubEnv('LAYERSCOPE_BACKEND', 'wasm')
})
afterEach(() => {
  stopLog()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

test('secrets of the environment are not shown, and what does not matter is left out', () => {
  expect(
    reportedEnvironment({
      HF_TOKEN: 'hf_abcdefghijklmnop',
      HF_TOKEN_PATH: '/home/ada/token',
      HF_HUB_OFFLINE: '1',
      https_proxy: 'http://ada:secret@proxy.example:8080/',
      PIP_INDEX_URL: 'https://:t0ken@index.example/simple',
      LAYERSCOPE_API_KEY: 'abc',
      LAYERSCOPE_ENGINE_GROUP: '1',
      AWS_SECRET_ACCESS_KEY: 'x',
      HOME: '/home/ada'
    })
  ).toEqual({
    HF_HUB_OFFLINE: '1',
    HF_TOKEN: 'set, 19 characters, not shown',
    HF_TOKEN_PATH: '/home/ada/token',
    https_proxy: 'http://***@proxy.example:8080/',
    LAYERSCOPE_API_KEY: 'set, 3 characters, not shown',
    PIP_INDEX_URL: 'https://***@index.example/simple'
  })
  expect(redacted('GET http://127.0.0.1:80/?token=AbC&x=1 with Bearer hf_abcdefghij failed')).toBe(
    'GET http://127.0.0.1:80/?token=***&x=1 with Bearer *** failed'
  )
})

test('a folder that does not exist yet is as writable as the one it would be in', () => {
  mkdirSync(join(folder, 'there'))
  writeFileSync(join(folder, 'file'), '')
  expect(folderReport('data', join(folder, 'there', 'new'))).toMatchObject({ exists: false, writable: true })
  expect(folderReport('data', join(folder, 'there')).free).toBeGreaterThan(0)
  expect(folderReport('data', join(folder, 'file', 'new'))).toMatchObject({ exists: false, writable: false })
})

test('of the processor it names the instructions that matter', () => {
  expect(tellingFeatures('fpu vme SSE4_2 avx avx2 sse4_2 fma avx512f')).toEqual([
    'sse4_2',
    'avx',
    'fma',
    'avx2',
    'avx512f'
  ])
})

test('it names what is wrong: the backend, settings and results that cannot be read, an unknown level', async () => {
  mkdirSync(join(folder, 'data', 'probes', 'broken-1'), { recursive: true })
  writeFileSync(join(folder, 'data', 'probes', 'broken-1', 'result.json'), '{"id":')
  writeFileSync(join(folder, 'data', 'state.json'), 'not JSON')
  vi.stubEnv('LAYERSCOPE_LOG', 'loud')
  const { problems, results, log: logged, backends } = await examine('0.1.0')
  expect(results.kept).toBe(0)
  expect(results.unreadable.map(({ id }) => id)).toEqual(['broken-1'])
  expect(logged.level).toBe('info')
  expect(backends.backend).toMatchObject({ name: 'wasm' })
  expect(problems.map((problem) => problem.replace(folder, ''))).toEqual([
    'Native TensorFlow is not used. Set by LAYERSCOPE_BACKEND.',
    expect.stringMatching(/^The settings in \/data\/state\.json cannot be read: /) as string,
    expect.stringMatching(/^The kept result broken-1 cannot be read: /) as string,
    "LAYERSCOPE_LOG is 'loud'; it can be off, error, warn, info, debug."
  ])
})

test('the command shows the last errors of the log, as text and as JSON, without tokens', async () => {
  startLog('engine', { level: 'info' })
  log.info('engine.start')
  log.error('call.failed', { call: 'hub.download', error: 'hf_abcdefghijkl was refused', stack: 'Error\n  at x' })
  let printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true))
  expect(await doctorCommand.run([])).toBe(0)
  const text = printed
  printed = ''
  expect(await doctorCommand.run(['--json'])).toBe(0)
  const report = JSON.parse(printed) as DoctorReport
  expect(text).toMatch(/^Problems\n {2}Native TensorFlow is not used/)
  expect(text).toContain('error engine call.failed; call hub.download; error *** was refused\n')
  expect(text).toContain(`  logs       ${join(folder, 'cache', 'logs')} (exists, writable`)
  expect(report.errors).toMatchObject([{ event: 'call.failed', error: '*** was refused', stack: 'Error\n  at x' }])
  expect(report.versions).toMatchObject({ layerscope: '0.1.0', node: process.versions.node, tensorflowJs: '4.22.0' })
  expect(text + printed).not.toContain('hf_abc')
})
