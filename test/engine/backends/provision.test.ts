import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { noCompiler } from '../../../src/main/engine/backends/provision/compile'
import { buildInputs, installName, nativeRoot } from '../../../src/main/engine/backends/provision/install'
import { withLock } from '../../../src/main/engine/transfer/lock'
import { processSpace } from '../../../src/main/engine/processes/processSpace'
import { patchBinding, patchedFiles } from '../../../src/main/engine/backends/provision/patch'
import { pinnedWheels } from '../../../src/main/engine/backends/provision/pinnedWheels'
import { thisSystem } from '../../../src/main/engine/backends/provision/variants'
import { wheelAddress } from '../../../src/main/engine/release'
import { findPip, noIndex, noPip, readReport, resolveWheels } from '../../../src/main/engine/backends/provision/pip'
import {
  nativeState,
  provisionNative,
  type ProvisionProgress
} from '../../../src/main/engine/backends/provision/provision'
import { fakePython, fakeTensorflow, serveFile, sha256, toolFolder, type FileServer } from './fakeWheel'

/** A compiler that is there and never succeeds: what comes before it can be watched without building anything. */
const failingCompiler =
  "if (!process.argv.includes('--version')) { console.error('x.cc:1:1: error: out of ideas'); process.exit(1) }"

let cache: string
let server: FileServer | undefined
const before = { path: process.env.PATH, cache: process.env.LAYERSCOPE_CACHE }

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'layerscope-cache-'))
  process.env.LAYERSCOPE_CACHE = cache
})

afterEach(async () => {
  process.env.PATH = before.path
  if (before.cache === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = before.cache
  await server?.close()
  server = undefined
  await rm(cache, { recursive: true, force: true })
})

async function useTools(tools: Record<string, string>): Promise<void> {
  process.env.PATH = await toolFolder(tools)
}

describe.runIf(process.platform === 'linux' || process.platform === 'darwin')('setting up native TensorFlow', () => {
  test('fetches a wheel over a connection that is cut, and keeps what is needed of it', async () => {
    const wheel = fakeTensorflow()
    server = await serveFile(wheel, { holds: [wheel.length >> 1] })
    const { cut } = server
    await useTools({
      python3: fakePython({ url: server.url, sha256: sha256(wheel) }),
      'g++': failingCompiler,
      'clang++': failingCompiler
    })
    const seen: ProvisionProgress[] = []
    const result = await provisionNative({
      onProgress: (progress) => {
        seen.push(progress)
        if (progress.done > 0) cut()
      }
    })

    const compiler = process.platform === 'darwin' ? 'clang++' : 'g++'
    expect(result).toMatchObject({
      state: 'unavailable',
      reason: `${compiler} could not build the connection to TensorFlow: x.cc:1:1: error: out of ideas`
    })
    const root = join(nativeRoot(), installName('cpu', '2.21.0'))
    expect(await readdir(join(root, 'tensorflow', 'include', 'tensorflow', 'c'))).toEqual(['c_api.h', 'tf_status.h'])
    expect(existsSync(join(root, 'tensorflow', 'python'))).toBe(false)
    expect(JSON.parse(await readFile(join(root, 'manifest.json'), 'utf8'))).toMatchObject({
      flavour: 'cpu',
      wheels: [{ version: '2.21.0', sha256: sha256(wheel) }]
    })
    expect(existsSync(join(nativeRoot(), 'downloads'))).toBe(false)
    expect([...new Set(seen.map((progress) => progress.phase))]).toEqual(['resolve', 'download', 'unpack', 'compile'])
    expect(seen.filter((progress) => progress.phase === 'download').at(-1)).toMatchObject({
      done: wheel.length,
      total: wheel.length
    })
    expect(server.ranges).toEqual([null, expect.stringMatching(/^bytes=[1-9]\d*-$/)])

    // The next run compiles only: nothing is fetched twice.
    const asked = server.ranges.length
    await provisionNative()
    expect(server.ranges).toHaveLength(asked)
    expect(nativeState()).toMatchObject({
      state: 'unavailable',
      reason: 'Native TensorFlow is not set up; `npm run setup` fetches it.'
    })
  })

  test('refuses a wheel with another hash', async () => {
    const wheel = fakeTensorflow()
    server = await serveFile(wheel)
    const expected = '0'.repeat(64)
    await useTools({
      python3: fakePython({ url: server.url, sha256: expected }),
      'g++': failingCompiler,
      'clang++': failingCompiler
    })
    const result = await provisionNative()
    expect(result.reason).toBe(
      `The file from ${server.url} has the SHA-256 ${sha256(wheel)} instead of ${expected}: it was damaged or changed in transit and has been deleted. ` +
        'Run the setup again.'
    )
    expect(await readdir(nativeRoot())).toEqual(['downloads'])
    expect(await readdir(join(nativeRoot(), 'downloads'))).toEqual([])
  })

  test('with an address of wheels needs no pip, and accepts only the pinned bytes', async () => {
    server = await serveFile(fakeTensorflow())
    await useTools({ 'g++': failingCompiler, 'clang++': failingCompiler })
    process.env.LAYERSCOPE_WHEELS = `${new URL(server.url).origin}/{file}`
    onTestFinished(() => void delete process.env.LAYERSCOPE_WHEELS)
    const [wheel] = pinnedWheels('cpu', thisSystem(), 'x')!
    const { reason } = await provisionNative()
    expect(reason).toMatch(
      new RegExp(
        `/tensorflow.*\\.whl has \\d+ bytes instead of ${wheel!.size}: most likely another file or an error page`
      )
    )
    expect(server.ranges).toHaveLength(1)
    expect(await readdir(join(nativeRoot(), 'downloads'))).toEqual([])
  })

  test('says so where there is no compiler, before anything is fetched', async () => {
    const wheel = fakeTensorflow()
    server = await serveFile(wheel)
    await useTools({ python3: fakePython({ url: server.url, sha256: sha256(wheel) }) })
    expect(await provisionNative()).toEqual({ state: 'unavailable', reason: noCompiler, install: null })
    expect(server.ranges).toEqual([])
  })

  test('says so where there is no pip', async () => {
    await useTools({
      'g++': failingCompiler,
      'clang++': failingCompiler,
      python3: "console.error('No module named pip'); process.exit(1)"
    })
    expect(await provisionNative()).toEqual({ state: 'unavailable', reason: noPip, install: null })
  })

  test('says so where the index cannot be reached', async () => {
    const offline = `
      if (process.argv.includes('--version')) console.log('pip 24.0')
      else { console.error("WARNING: Retrying (Retry(total=1)) after connection broken"); console.error('ERROR: No matching distribution found'); process.exit(1) }`
    await useTools({ 'g++': failingCompiler, 'clang++': failingCompiler, python3: offline })
    expect((await provisionNative()).reason).toBe(noIndex)
  })

  test('passes on why pip finds nothing', async () => {
    const nothing = `
      if (process.argv.includes('--version')) console.log('pip 24.0')
      else { console.error('ERROR: No matching distribution found for ' + process.argv.at(-1)); process.exit(1) }`
    await useTools({ python3: nothing })
    await expect(resolveWheels(await findPip(), 'tensorflow-cpu==2.21.*', false)).rejects.toThrow(
      'Native TensorFlow could not be fetched: pip found no tensorflow-cpu==2.21.* for this machine (ERROR: No matching distribution found for tensorflow-cpu==2.21.*).'
    )
  })

  test('lets a pip without reports download by itself', async () => {
    const wheel = join(cache, 'source.whl')
    await writeFile(wheel, fakeTensorflow())
    const old = `
      const { copyFileSync } = require('node:fs')
      if (process.argv.includes('--version')) console.log('pip 20.3')
      else if (process.argv.includes('--report')) { console.error('no such option: --report'); process.exit(2) }
      else copyFileSync(${JSON.stringify(wheel)}, process.argv[process.argv.indexOf('--dest') + 1] + '/tensorflow_cpu-2.21.3-cp310-cp310-manylinux_2_27_x86_64.whl')`
    await useTools({ python3: old, 'g++': failingCompiler, 'clang++': failingCompiler })
    await provisionNative()
    expect(existsSync(join(nativeRoot(), installName('cpu', '2.21.3'), 'manifest.json'))).toBe(true)
  })

  test('a cancel is a sentence too', async () => {
    const wheel = fakeTensorflow()
    server = await serveFile(wheel)
    await useTools({
      python3: fakePython({ url: server.url, sha256: sha256(wheel) }),
      'g++': failingCompiler,
      'clang++': failingCompiler
    })
    const abort = new AbortController()
    const result = await provisionNative({
      signal: abort.signal,
      onProgress: ({ phase }) => (phase === 'download' ? abort.abort() : undefined)
    })
    expect(result.reason).toBe('The setup of native TensorFlow was cancelled; it is resumed next time.')
    expect(existsSync(join(nativeRoot(), 'lock'))).toBe(false)
  })
})

describe("pip's report", () => {
  test('gives address and hash, also in its older form', () => {
    const hash = 'cd'.repeat(32)
    const report = {
      install: [
        {
          metadata: { name: 'tensorflow_cpu', version: '2.21.0' },
          download_info: { url: 'https://example.org/a.whl', archive_info: { hash: `sha256=${hash}` } }
        }
      ]
    }
    expect(readReport(JSON.stringify(report))).toEqual([
      { project: 'tensorflow-cpu', version: '2.21.0', url: 'https://example.org/a.whl', sha256: hash }
    ])
  })

  test('is refused without a hash', () => {
    const report = {
      install: [
        {
          metadata: { name: 'tensorflow', version: '2.21.0' },
          download_info: { url: 'https://example.org/a.whl', archive_info: {} }
        }
      ]
    }
    expect(() => readReport(JSON.stringify(report))).toThrow(
      "pip's report names tensorflow without an address and a SHA-256, so it cannot be checked; nothing was downloaded."
    )
  })
})

describe('wheels without pip', () => {
  test('every system that uses native TensorFlow has its wheels, each with a size and a SHA-256', () => {
    const systems = ['cpu-linux-x64', 'cpu-linux-arm64', 'cpu-darwin-arm64', 'cuda-linux-x64'] as const
    for (const name of systems) {
      const [flavour, ...system] = name.split('-')
      const wheels = pinnedWheels(flavour as 'cpu' | 'cuda', system.join('-'), 'file:///wheels/{file}')!
      expect(wheels.filter(({ project }) => /^tensorflow(-cpu)?$/.test(project))).toHaveLength(1)
      for (const { url, version, size, sha256 } of wheels) {
        expect(url).toMatch(/^file:\/\/\/wheels\/[\w.-]+\.whl$/)
        expect(url).toContain(`-${version}-`)
        expect(size).toBeGreaterThan(1e6)
        expect(sha256).toMatch(/^[0-9a-f]{64}$/)
      }
    }
    expect(pinnedWheels('cpu', 'win32-x64', 'x')).toBeNull()
  })

  test('no address is built in; the index keeps its folders', () => {
    expect(pinnedWheels('cpu', 'linux-x64', null)).toBeNull()
    expect(pinnedWheels('cpu', 'linux-x64', 'https://example.org/{path}')![0]!.url).toMatch(
      /^https:\/\/example\.org\/packages\/[0-9a-f/]+\/tensorflow_cpu-2\.21\.0-[\w-]+\.whl$/
    )
    expect(wheelAddress({ wheels: null, updates: null })).toBeNull()
    expect(wheelAddress({ wheels: 'https://example.org/{file}', updates: null })).toBe('https://example.org/{file}')
    expect(() => wheelAddress({ wheels: 'https://example.org/', updates: null })).toThrow(
      'which has no place for the name of a wheel'
    )
  })
})

describe('changes to the binding', () => {
  test('it comes from tfjs-node-gpu, and add-ons built from tfjs-node keep their key', () => {
    const { bindingSources, key } = buildInputs()
    expect(bindingSources).toMatch(/@tensorflow[\\/]tfjs-node-gpu[\\/]binding$/)
    expect(key).toMatch(/^tfjs-node-4\.22\.0-napi8-[0-9a-f]{12}$/)
  })

  test('every change finds its place in the sources that are installed', async () => {
    const { bindingSources } = buildInputs()
    for (const file of patchedFiles) {
      const source = await readFile(join(bindingSources, file), 'utf8')
      const patched = patchBinding(file, source)
      expect(patched.length).toBeGreaterThan(source.length)
      // A second time the text is there twice or not at all: a change is never applied to a file that has it.
      expect(() => patchBinding(file, `${source}${source}`)).toThrow('was not found exactly once')
    }
  })

  test('a binding that looks otherwise is refused by name', () => {
    expect(() => patchBinding('tfjs_backend.h', 'class Other {};')).toThrow(
      "tfjs-node's binding has changed: the place for 'finding and adding a tensor by its number' was not found exactly once."
    )
  })
})

describe('the lock', () => {
  test('lets one in at a time: the second waits until the first is out', async () => {
    const path = join(cache, 'lock')
    const order: string[] = []
    let secondWaits = (): void => undefined
    const waiting = new Promise<void>((resolve) => {
      secondWaits = resolve
    })
    let firstIsIn = (): void => undefined
    const entered = new Promise<void>((resolve) => {
      firstIsIn = resolve
    })
    const first = withLock(path, async () => {
      firstIsIn()
      await waiting
      order.push('first')
    })
    await entered
    await Promise.all([
      first,
      withLock(
        path,
        async () => {
          order.push('second')
        },
        { onWait: secondWaits }
      )
    ])
    expect(order).toEqual(['first', 'second'])
    expect(existsSync(path)).toBe(false)
  })

  test('is taken from a holder that has died', async () => {
    const path = join(cache, 'lock')
    await mkdir(cache, { recursive: true })
    // Above the largest process number of Linux (2^22) and macOS.
    await writeFile(path, '4999999')
    expect(await withLock(path, () => Promise.resolve('in'))).toBe('in')
  })

  test('of a holder on another machine is waited for while it shows that it is alive, and taken when it is silent', async () => {
    const path = join(cache, 'lock')
    await mkdir(cache, { recursive: true })
    // The number of this process, which means another one there.
    await writeFile(path, `${process.pid} 0123456789abcdef`)
    let waits = 0
    const taken = withLock(path, () => readFile(path, 'utf8'), {
      pauseMs: 1,
      onWait: () => {
        waits++
        const longAgo = new Date(Date.now() - 6 * 60_000)
        void utimes(path, longAgo, longAgo)
      }
    })
    expect(await taken).toBe(`${process.pid} ${processSpace()}`)
    expect(waits).toBe(1)
    expect(existsSync(path)).toBe(false)
  })

  test('is freed when the work fails', async () => {
    const path = join(cache, 'lock')
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(existsSync(path)).toBe(false)
  })
})
