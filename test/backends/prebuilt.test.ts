import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { processorFeatures } from '../../src/main/engine/backends/processorFeatures'
import { addonPath, buildInputs } from '../../src/main/engine/backends/provision/install'
import { choosePrebuilt, placePrebuilt } from '../../src/main/engine/backends/provision/prebuilt'
import { buildPrebuilts } from '../../src/main/engine/backends/provision/prebuild'
import { nativeState } from '../../src/main/engine/backends/provision/provision'
import { bestVariant, thisSystem, variantsFor } from '../../src/main/engine/backends/provision/variants'
import { temporaryFolder } from '../hosts/fixtures/testHost'

const haswell = 'ssse3 fma cx16 sse4_1 sse4_2 movbe popcnt avx f16c abm bmi1 avx2 bmi2'
const flags = (text: string): Set<string> => processorFeatures(`processor\t: 0\nflags\t\t: ${text}\n`)

describe('which prebuilt add-on a processor gets', () => {
  const all = ['avx512', 'avx2', 'baseline']

  test.each([
    [`${haswell} avx512f avx512bw avx512cd avx512dq avx512vl`, all, 'avx512'],
    // Knights Landing: AVX-512 without the instructions for bytes and words.
    [`${haswell} avx512f avx512cd avx512er avx512pf`, all, 'avx2'],
    [haswell, all, 'avx2'],
    [haswell, ['baseline', 'quiet'], 'baseline'],
    // Sandy Bridge: AVX, not AVX2.
    ['ssse3 cx16 sse4_1 sse4_2 popcnt avx', all, 'baseline'],
    ['sse2', all, undefined]
  ])('%s', (text, available, name) => {
    expect(bestVariant('linux-x64', flags(text), available)?.name).toBe(name)
  })

  test('every 64-bit ARM has NEON; where native TensorFlow is never used there are none', () => {
    expect(bestVariant('linux-arm64', new Set(), ['neon'])?.name).toBe('neon')
    expect(bestVariant('darwin-arm64', new Set(), ['neon'])?.name).toBe('neon')
    expect(variantsFor('win32-x64')).toEqual([])
    expect(variantsFor('darwin-x64')).toEqual([])
  })
})

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a folder of prebuilt add-ons', () => {
  async function folderOf(sources: string, names: readonly string[]): Promise<string> {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ sources }))
    for (const name of [...names, 'quiet']) await writeFile(join(folder, `${name}.node`), name)
    return folder
  }

  test('gives the fastest that fits, beside where TensorFlow is', async () => {
    const folder = await folderOf('abc', ['avx2', 'baseline'])
    const target = addonPath(await temporaryFolder(), 'key')
    expect(placePrebuilt(target, { folder, sources: 'abc', features: flags(haswell) })).toBe(true)
    expect(await readFile(target, 'utf8')).toBe('avx2')
    expect(await readFile(join(dirname(target), 'quiet.node'), 'utf8')).toBe('quiet')
  })

  test('of other sources is not used, nor one that is not there', async () => {
    const folder = await folderOf('abc', ['baseline'])
    expect(choosePrebuilt({ folder, sources: 'abd', features: flags(haswell) })).toBeNull()
    expect(choosePrebuilt({ folder: join(folder, 'nowhere'), sources: 'abc', features: flags(haswell) })).toBeNull()
    const target = addonPath(await temporaryFolder(), 'key')
    expect(placePrebuilt(target, { folder, sources: 'abd', features: flags(haswell) })).toBe(false)
    expect(existsSync(dirname(target))).toBe(false)
  })
})

const native = nativeState()
const canCompile = native.install?.flavour === 'cpu' && spawnSync('g++', ['--version']).status === 0
if (!canCompile) console.warn(`Prebuilt add-ons are not compiled in this run: ${native.reason}`)

describe.runIf(canCompile && variantsFor(thisSystem()).length > 0)('every prebuilt add-on', () => {
  const { key, sources } = buildInputs()
  const model = resolve('resources/models/all-MiniLM-L6-v2')
  let folder: string

  /** The first sentences of a part of the bundled treebank, as a file. */
  async function sentences(part: string, count: number): Promise<string> {
    const whole = gunzipSync(await readFile(`resources/datasets/ud_english-ewt/en_ewt-ud-${part}.conllu.gz`))
    const path = join(await temporaryFolder(), `${part}.conllu`)
    await writeFile(path, `${whole.toString('utf8').split('\n\n').slice(0, count).join('\n\n')}\n\n`)
    return path
  }

  beforeAll(async () => {
    // Compiling takes a minute; the next run with the same sources takes what this one made.
    folder = join('node_modules/.cache/layerscope/prebuilds', sources.slice(0, 12))
    if (!existsSync(join(folder, thisSystem(), 'manifest.json'))) await buildPrebuilts(folder)
    const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-needed'], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`The app could not be built: ${stderr}`)
  }, 900_000)

  /** Runs a command in a process that finds TensorFlow with this add-on alone. */
  async function run(variant: string, parameters: string[]): Promise<string> {
    const cache = await temporaryFolder()
    const root = join(cache, 'native', basename(native.install!.root))
    const addon = addonPath(root, key)
    await mkdir(dirname(addon), { recursive: true })
    await symlink(join(native.install!.root, 'tensorflow'), join(root, 'tensorflow'))
    await copyFile(join(native.install!.root, 'manifest.json'), join(root, 'manifest.json'))
    await copyFile(join(folder, thisSystem(), `${variant}.node`), addon)
    await copyFile(join(folder, thisSystem(), 'quiet.node'), join(dirname(addon), 'quiet.node'))
    const { stdout } = await promisify(execFile)(process.execPath, ['out/main/cli.js', ...parameters], {
      env: {
        ...process.env,
        LAYERSCOPE_BACKEND: 'tensorflow',
        LAYERSCOPE_CACHE: cache,
        LAYERSCOPE_DATA: await temporaryFolder()
      },
      maxBuffer: 1 << 28
    })
    return stdout
  }

  const features = processorFeatures()
  const runnable = variantsFor(thisSystem()).filter(({ needs }) => needs.every((name) => features.has(name)))

  test('that this processor can run agrees with PyTorch, and trains the same probe', async () => {
    expect(runnable.length).toBeGreaterThan(0)
    const [train, held] = [await sentences('train', 200), await sentences('test', 100)]
    // Side by side: more of their time goes into starting than into computing.
    const probes = await Promise.all(
      runnable.map(async ({ name }) => {
        const parity = await run(name, ['parity', model])
        expect(parity).toMatch(/1 of 1 agree with PyTorch within 0\.0001; TensorFlow 2\.21, native CPU\./)
        const probe = await run(name, [
          ...['probe', '--model', model, '--train', train, '--test', held],
          ...['--task', 'upos', '--layers', '3', '--no-control', '--json', '-']
        ])
        return JSON.parse(probe) as { testWords: number; layers: { accuracy: number }[] }
      })
    )
    const [first, ...rest] = probes.map(({ layers }) => layers[0]!)
    // A word may be on the border between two classes.
    for (const layer of rest)
      expect(Math.abs(layer.accuracy - first!.accuracy)).toBeLessThan(1.5 / probes[0]!.testWords)
  }, 300_000)
})
