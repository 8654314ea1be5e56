import { spawn, spawnSync } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { cachedModels, findCached } from '../../../src/main/engine/hub/cached'
import { bertFiles, testCommit } from './hubServer'
import { testHub, type TestHub } from './withHub'

// Ours against theirs: the cache that Python's huggingface_hub and Layerscope share, written by one and read by the
// other.

const script = join(import.meta.dirname, 'make_hub_cache.py')
const python = [process.env['LAYERSCOPE_PEER_PYTHON'], 'python3'].find(
  (command) =>
    command &&
    spawnSync(command, ['-c', 'import huggingface_hub'], { env: { ...process.env, HF_HUB_OFFLINE: '1' } }).status === 0
)
const patterns = ['config.json', 'tokenizer.json', 'vocab.txt', 'README.md', 'model.safetensors']

beforeAll(() => {
  if (!python)
    console.warn('The cache was not compared with huggingface_hub: set LAYERSCOPE_PEER_PYTHON to a Python that has it.')
})

interface Theirs {
  folder: string
  layout: Record<string, { link?: string; bytes?: number }>
  warnings: string[]
  repos: {
    repo: string
    size: number
    revisions: { commit: string; refs: string[]; files: Record<string, number> }[]
  }[]
}

/** Not `spawnSync`: the hub it asks runs in this process. */
function ask(hub: TestHub, parameters: readonly string[], offline = false): Promise<Theirs> {
  const child = spawn(python!, [script, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HF_ENDPOINT: hub.server.url,
      HF_HUB_CACHE: hub.settings.cacheFolder,
      HF_HOME: join(hub.settings.cacheFolder, '..'),
      HF_HUB_DISABLE_PROGRESS_BARS: '1',
      HF_HUB_DISABLE_TELEMETRY: '1',
      HF_HUB_DISABLE_UPDATE_CHECK: '1',
      ...(offline && { HF_HUB_OFFLINE: '1' })
    }
  })
  let out = ''
  let problems = ''
  child.stdout.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (problems += text.toString()))
  return new Promise((resolve, reject) =>
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(out.trim().split('\n').at(-1)!) as Theirs)
      else reject(new Error(problems))
    })
  )
}

function layoutOf(root: string): Theirs['layout'] {
  const found: Theirs['layout'] = {}
  const walk = (folder: string): void => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      const info = lstatSync(path)
      if (info.isDirectory()) walk(path)
      else found[relative(root, path)] = info.isSymbolicLink() ? { link: readlinkSync(path) } : { bytes: info.size }
    }
  }
  walk(root)
  return found
}

/** What each side keeps for itself: locks, and huggingface_hub's list of the repository and its note for backups. */
function shared(layout: Theirs['layout']): Theirs['layout'] {
  return Object.fromEntries(
    Object.entries(layout).filter(([path]) => !/^\.locks\/|^CACHEDIR\.TAG$|\/trees\/|^version\.txt$/.test(path))
  )
}

test.runIf(python)('both lay out the same model in the same way', async () => {
  const [ourHub, theirHub] = [await testHub({ files: bertFiles() }), await testHub({ files: bertFiles() })]
  await ourHub.download()
  const theirs = await ask(theirHub, ['download', 'tiny/bert', 'main', ...patterns])
  const ours = layoutOf(ourHub.settings.cacheFolder)
  expect(Object.keys(shared(theirs.layout))).toHaveLength(11)
  expect(shared(ours)).toEqual(shared(theirs.layout))
})

test.runIf(python)('they find what we downloaded, without a network', async () => {
  const hub = await testHub({ files: bertFiles() })
  const ours = await hub.download()
  const theirs = await ask(hub, ['read', 'tiny/bert', 'main'], true)
  expect(theirs.folder).toBe(ours)
  expect(theirs.warnings).toEqual([])
  const files = Object.fromEntries(patterns.map((name) => [name, statSync(join(ours, name)).size]))
  expect(theirs.repos).toEqual([
    {
      repo: 'tiny/bert',
      size: Object.values(files).reduce((sum, size) => sum + size, 0),
      revisions: [{ commit: testCommit, refs: ['main'], files }]
    }
  ])
})

test.runIf(python)('we find what they downloaded, and fetch none of it again', async () => {
  const hub = await testHub({ files: bertFiles() })
  const theirs = await ask(hub, ['download', 'tiny/bert', 'main', ...patterns])
  expect(cachedModels(hub.settings.cacheFolder)).toEqual([
    {
      repo: 'tiny/bert',
      commit: testCommit,
      revisions: ['main'],
      folder: theirs.folder,
      bytes: expect.any(Number),
      lacks: null
    }
  ])
  expect(findCached(hub.settings.cacheFolder, { repo: 'tiny/bert', revision: 'main' })!.folder).toBe(theirs.folder)
  expect(await hub.lookUp()).toMatchObject({ folder: theirs.folder, missingBytes: 0 })
  hub.server.requests.length = 0
  expect(await hub.download()).toBe(theirs.folder)
  expect(hub.server.requests.filter(({ path }) => path.includes('/resolve/'))).toEqual([])
  expect(readFileSync(join(theirs.folder, 'config.json')).equals(bertFiles()['config.json']!.content)).toBe(true)
})

test.runIf(python)('we fetch the rest of what they have in part', async () => {
  const hub = await testHub({ files: bertFiles() })
  const theirs = await ask(hub, ['download', 'tiny/bert', 'main', 'config.json', 'model.safetensors'])
  hub.server.requests.length = 0
  expect(await hub.download()).toBe(theirs.folder)
  expect(
    hub.server.requests
      .filter(({ path }) => path.includes('/resolve/'))
      .map(({ path }) => path.split('/').at(-1))
      .sort()
  ).toEqual(['README.md', 'tokenizer.json', 'vocab.txt'])
})
