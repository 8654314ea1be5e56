import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { DoctorReport } from '../../src/main/engine/doctor/doctor'
import { processSpace } from '../../src/main/engine/processes/processSpace'
import { temporaryFolder } from './fixtures/testHost'
import { vulkanDriver } from './fixtures/vulkan'

// The built app computes through WebGPU. Chromium's software driver is enough: it is held to what a card is held to.

const manifest = 'node_modules/webgpu/package.json'
const installed = existsSync(manifest)
const driver = installed ? vulkanDriver() : null
if (!driver)
  console.warn(
    `WebGPU is left out of this run: ${installed ? 'neither the system nor a Chromium has a Vulkan driver' : 'its package is not installed'}.`
  )
const parity = existsSync('../shared/parity') ? '../shared/parity' : 'test/fixtures/parity'

function layerscope(parameters: string[], env: Record<string, string>): { status: number | null; stdout: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['out/main/cli.js', ...parameters], {
    encoding: 'utf8',
    env: { ...process.env, LAYERSCOPE_BACKEND: '', ...driver, ...env }
  })
  return { status, stdout: stdout + stderr }
}

async function doctor(env: Record<string, string>): Promise<DoctorReport['backends']> {
  const json = join(await temporaryFolder(), 'report.json')
  expect(layerscope(['doctor', '--json', json], env).status).toBe(0)
  return (JSON.parse(readFileSync(json, 'utf8')) as DoctorReport).backends
}

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-needed'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The app could not be built: ${stderr}`)
})

describe.runIf(driver)('WebGPU', () => {
  test('every family agrees with PyTorch', () => {
    const { status, stdout } = layerscope(['parity', parity], { LAYERSCOPE_BACKEND: 'webgpu' })
    expect(stdout).toMatch(/\n(\d+) of \1 agree with PyTorch within 0\.0001; WebGPU, /)
    expect(status).toBe(0)
  }, 300_000)

  test('so do the gradients', () => {
    const { status, stdout } = layerscope(
      ['parity', 'test/fixtures/gradients', '--gradients', '--models', 'test/fixtures/parity'],
      { LAYERSCOPE_BACKEND: 'webgpu' }
    )
    expect(stdout).toMatch(/\n(\d+) of \1 agree with PyTorch within the tolerance of gradients/)
    expect(status).toBe(0)
  }, 300_000)

  test('is not used until it is chosen; then card, driver and limit are reported, and are part of the version', async () => {
    const env = { LAYERSCOPE_DATA: await temporaryFolder(), LAYERSCOPE_CACHE: await temporaryFolder() }
    expect((await doctor(env)).backend!.tried.map(({ name }) => name)).not.toContain('webgpu')
    await writeFile(join(env.LAYERSCOPE_DATA, 'backend.json'), '{"backend":"webgpu"}')
    const { backend } = await doctor(env)
    expect(backend).toMatchObject({ name: 'webgpu', reason: 'It was chosen.' })
    const { name, driver: version, largestTensor } = backend!.adapter!
    expect(name).not.toBe('')
    expect(largestTensor).toBeGreaterThanOrEqual(2 ** 27)
    expect(backend!.title).toBe(`WebGPU, ${name}`)
    expect(backend!.version).toContain(`, ${name}`)
    expect(backend!.version).toContain(version)
  })
})

test.runIf(installed)('without a driver the next backend is used, and what is missing is said', async () => {
  const data = await temporaryFolder()
  await writeFile(join(data, 'backend.json'), '{"backend":"webgpu"}')
  const { backend } = await doctor({
    LAYERSCOPE_DATA: data,
    LAYERSCOPE_CACHE: await temporaryFolder(),
    VK_ICD_FILENAMES: '/nowhere.json',
    LD_LIBRARY_PATH: ''
  })
  expect(backend!.name).not.toBe('webgpu')
  expect(backend!.tried[0]).toMatchObject({
    name: 'webgpu',
    ok: false,
    reason: expect.stringMatching(/^WebGPU found no graphics card that it can use\. It needs /)
  })
})

test.runIf(installed)('is not started again after it crashed the process, until it is chosen again', async () => {
  const cache = await temporaryFolder()
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  const notes = join(cache, 'webgpu', `${version}-${process.platform}-${process.arch}`)
  await mkdir(notes, { recursive: true })
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  await writeFile(join(notes, `loading-node${process.versions.modules}-${processSpace()}-${pid}`), '')
  const env = { LAYERSCOPE_BACKEND: 'webgpu', LAYERSCOPE_CACHE: cache, LAYERSCOPE_CRASHED_ENGINE: String(pid) }
  const { backend, whyNotNative } = await doctor(env)
  expect(backend).toBeNull()
  expect(whyNotNative).toContain(
    `The process crashed while it loaded WebGPU (${version}-${process.platform}-${process.arch}), so it is not used. ` +
      'Choose it again in the device panel to try it once more.'
  )
})
