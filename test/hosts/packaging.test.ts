import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// `npm run pack -- --stub`: the app is packed around a stand-in for Electron's program, taken apart, run and listed.

interface Packed {
  output: string
  listing: string[]
  bill: {
    components: { name: string; version: string; licenses: unknown[] }[]
    dependencies: { dependsOn: string[] }[]
  }
}

/** A value that a module of scripts/ or packaging/ exports. */
async function scriptsValue<T>(module: string, name: string): Promise<T> {
  return ((await import(pathToFileURL(resolve(module)).href)) as Record<string, T>)[name]!
}

describe.runIf(process.platform === 'linux')('a release', () => {
  let packed: Packed
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'layerscope-packed-'))
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/pack.mjs', '--stub', '--output', folder], {
      encoding: 'utf8',
      env: { ...process.env, LAYERSCOPE_BACKEND: 'wasm' }
    })
    if (status !== 0) throw new Error(`The app could not be packed: ${stderr}\n${stdout.slice(-4000)}`)
    packed = {
      output: stdout,
      listing: (await readFile(join(folder, 'listing.txt'), 'utf8')).trimEnd().split('\n'),
      bill: JSON.parse(await readFile(join(folder, 'sbom.cdx.json'), 'utf8')) as Packed['bill']
    }
  }, 900_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const paths = (): string[] => packed.listing.map((line) => line.replace(/ \d+$/, ''))

  test('runs from its archive: a model opens, a head answers, a probe is trained', () => {
    expect(packed.output).toMatch(/^Engine of the archive on Node v\d+\.\d+\.\d+: WebAssembly\.$/m)
    expect(packed.output).toContain('Model all-MiniLM-L6-v2: 6 layers, 12 heads. Attention of a head: 9 x 9.')
    expect(packed.output).toContain('Probe for universal part of speech: accuracy 0.9242 in layer 2.')
    expect(packed.output).toContain('Parquet or Arrow of zstd.parquet: 40 sentences.')
    expect(packed.output).toContain('Parquet or Arrow of batches.arrow: 40 sentences.')
  })

  test('has everything that the app opens', () => {
    for (const path of [
      'program/layerscope',
      'program/chrome-sandbox',
      'program/resources/app.asar',
      'program/LICENSE.electron.txt',
      'program/LICENSES.chromium.html',
      'archive/package.json',
      'archive/out/main/index.js',
      'archive/out/main/engineProcess.js',
      'archive/out/main/modelWorker.js',
      'archive/out/main/downloadThread.js',
      'archive/out/main/webgpuThread.js',
      `archive/node_modules/webgpu/dist/linux-${process.arch}/dawn.node`,
      'archive/out/preload/index.cjs',
      'archive/out/renderer/index.html',
      'archive/resources/native/ops.cc',
      'archive/resources/models/all-MiniLM-L6-v2/model.safetensors',
      'archive/node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
      'archive/node_modules/@tensorflow/tfjs-node-gpu/binding/tfjs_binding.cc',
      'archive/node_modules/node-api-headers/include/node_api.h'
    ])
      expect(paths()).toContain(path)
  })

  test('has beside its archive what other programs open: libraries and licences', () => {
    const beside = paths().filter((path) => path.startsWith('program/resources/app.asar.unpacked/'))
    expect(beside.some((path) => path.endsWith('.node'))).toBe(true)
    for (const name of ['LICENSE', 'THIRD-PARTY-LICENCES.txt', 'sbom.cdx.json', 'models/word2vec-ud/LICENSE.txt'])
      expect(beside).toContain(`program/resources/app.asar.unpacked/resources/${name}`)
  })

  test('has nothing that only the repository needs', () => {
    const inside = paths().filter((path) => path.startsWith('archive/'))
    const wrong = inside.filter(
      (path) =>
        /\.(map|ts|mts|cts|vue|py|tsbuildinfo|log)$/.test(path) ||
        /^archive\/(src|test|docs|bench|scripts|packaging|shared|\.)/.test(path) ||
        /\/(\.cache|\.bin|__tests__|coverage)\//.test(path) ||
        /^archive\/out\/main\/(cli|serve|setup)\.js$/.test(path) ||
        path === 'archive/out/renderer/packages.json'
    )
    expect(wrong).toEqual([])
  })

  test('has exactly the npm packages of the table, each with a manifest', async () => {
    const shipped = Object.keys(
      (await scriptsValue<(system: string) => object>('scripts/lib/pack/shipped.mjs', 'shippedPackages'))(
        `linux-${process.arch}`
      )
    )
    const found = new Set(
      paths().flatMap((path) => /^archive\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])
    )
    expect([...found].sort()).toEqual([...shipped].sort())
    for (const name of shipped) expect(paths()).toContain(`archive/node_modules/${name}/package.json`)
    // What downloads binaries for tfjs-node, unmaintained.
    for (const name of ['@mapbox/node-pre-gyp', 'tar', 'rimraf', 'adm-zip', 'node-fetch', 'electron', 'vite'])
      expect([...found]).not.toContain(name)
  })

  test('has the fuses of the table', async () => {
    const table = JSON.parse(await readFile('packaging/fuses.json', 'utf8')) as Record<string, { on: boolean }>
    expect(packed.listing.filter((line) => line.startsWith('fuse '))).toEqual(
      Object.entries(table).map(([name, { on }]) => `fuse ${name} ${on ? 'on' : 'off'}`)
    )
  })

  test('lists its parts, those inside the window as well, with versions and licences', () => {
    const names = packed.bill.components.map(({ name }) => name)
    for (const name of ['electron', '@vue/runtime-core', '@tensorflow/tfjs-core', 'ws']) expect(names).toContain(name)
    for (const { version, licenses } of packed.bill.components) {
      expect(version).toMatch(/^\d+\.\d+/)
      expect(licenses).toHaveLength(1)
    }
    expect(packed.bill.dependencies[0]!.dependsOn).toHaveLength(packed.bill.components.length)
  })

  test('stays below 120 MB without Electron', () => {
    const bytes = packed.listing
      .filter((line) => line.startsWith('program/'))
      .reduce((sum, line) => sum + Number(/ (\d+)$/.exec(line)![1]), 0)
    expect(bytes).toBeLessThan(120e6)
  })
})

describe('the configuration of packages', () => {
  interface Configuration {
    deb: { afterInstall: string; appArmorProfile: string }
    mac: { entitlements: string; entitlementsInherit: string; hardenedRuntime: boolean; target: string[] }
    linux: { target: string[]; icon: string }
    win: { target: string[]; icon: string }
  }

  const configuration = async (): Promise<Configuration> =>
    (await scriptsValue<(options: object) => Configuration>('scripts/lib/pack/configuration.mjs', 'configuration'))({
      app: 'app',
      output: 'dist',
      electronVersion: '45.4.1',
      electronDist: null,
      publisher: { name: 'A', email: 'a@example.org', homepage: 'https://example.org' }
    })

  test('names every kind of package', async () => {
    const { linux, mac, win } = await configuration()
    expect([linux.target, mac.target, win.target]).toEqual([['deb', 'rpm', 'AppImage'], ['dmg'], ['nsis']])
  })

  test('lets the helpers of a Mac load libraries that others signed, under the hardened runtime', async () => {
    const { mac } = await configuration()
    expect(mac.hardenedRuntime).toBe(true)
    expect(mac.entitlementsInherit).toBe(mac.entitlements)
    const plist = await readFile(mac.entitlements, 'utf8')
    expect([...plist.matchAll(/<key>(.*?)<\/key>\s*<true\/>/g)].map(([, key]) => key)).toEqual([
      'com.apple.security.cs.allow-jit',
      'com.apple.security.cs.allow-unsigned-executable-memory',
      'com.apple.security.cs.disable-library-validation'
    ])
  })

  test('sets up the sandbox after installation: the helper always, the AppArmor profile where known', async () => {
    const { deb } = await configuration()
    const script = await readFile(deb.afterInstall, 'utf8')
    expect(script).toContain("chmod 4755 '/opt/${sanitizedProductName}/chrome-sandbox'")
    // As root it succeeds even where it is forbidden to others.
    expect(script).not.toContain('unshare')
    expect(spawnSync('sh', ['-n', deb.afterInstall]).status).toBe(0)
    expect(await readFile(deb.appArmorProfile, 'utf8')).toMatch(/flags=\(unconfined\) \{\s+userns,/)
  })

  test('has icons of every size, in the formats of all three systems', async () => {
    const { linux, win } = await configuration()
    for (const size of [16, 32, 48, 128, 256, 512]) {
      const png = await readFile(join(linux.icon, `${size}x${size}.png`))
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([size, size])
    }
    const ico = await readFile(win.icon)
    expect(ico.readUInt16LE(4)).toBe(7)
    const icns = await readFile('packaging/icons/icon.icns')
    expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4)]).toEqual(['icns', icns.length])
  })
})

describe('the publisher of packages', () => {
  type Gaps = (publisher: object, platform: string) => { refusal: string | null; notices: string[] }
  const gaps = (): Promise<Gaps> => scriptsValue<Gaps>('scripts/lib/pack/publisher.mjs', 'publisherGaps')
  const filled = {
    email: 'jane@example.org',
    homepage: 'https://example.org',
    wheels: 'https://example.org/{file}',
    updates: { address: 'https://example.org/updates.json', publicKey: '-----BEGIN PUBLIC KEY-----' }
  }

  test('has to be filled in for Linux, and what is missing is named', async () => {
    const of = await gaps()
    expect(of(filled, 'linux')).toEqual({ refusal: null, notices: [] })
    expect(of({ ...filled, email: null }, 'linux').refusal).toMatch(/: fill in email in packaging\/publisher\.json /)
    expect(of({ ...filled, email: null, homepage: null }, 'linux').refusal).toContain('fill in email and homepage in')
    expect(of({ ...filled, email: null, homepage: null }, 'darwin').refusal).toBeNull()
  })

  test('what packages will lack is said: updates without address and key, TensorFlow without pip', async () => {
    const of = await gaps()
    expect(of({ ...filled, wheels: null, updates: { address: null, publicKey: null } }, 'linux').notices).toEqual([
      'These packages need pip to fetch TensorFlow: wheels in packaging/publisher.json is empty.',
      'These packages cannot look for updates: updates.address and updates.publicKey in ' +
        'packaging/publisher.json are empty.'
    ])
  })
})
