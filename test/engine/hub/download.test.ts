import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { JobCancelled, type JobHandle } from '@shared/jobs'
import { cachedModels } from '../../../src/main/engine/hub/cached'
import { withSignal } from '../../../src/main/engine/jobs/jobSignal'
import { bertFiles, gitHash, noise, sha256, testCommit } from './hubServer'
import { testHub, type TestHub } from './withHub'

const weights = noise(200_000)
const inCache = ({ settings }: TestHub, ...parts: string[]): string =>
  join(settings.cacheFolder, 'models--tiny--bert', ...parts)
const inSnapshot = (hub: TestHub, name: string): string => inCache(hub, 'snapshots', testCommit, name)
const part = (hub: TestHub): string => inCache(hub, 'blobs', `${sha256(weights)}.incomplete`)
const asked = (hub: TestHub, name: string) =>
  hub.server.requests.filter(({ server, path }) => server === 'storage' && path.endsWith(`/${name}`))

test('a model is laid out as Hugging Face lays it out, and holds only what opening needs', async () => {
  const hub = await testHub({ files: bertFiles(weights) })
  const folder = await hub.download()
  expect(folder).toBe(inCache(hub, 'snapshots', testCommit))
  expect(readdirSync(folder).sort()).toEqual([
    'README.md',
    'config.json',
    'model.safetensors',
    'tokenizer.json',
    'vocab.txt'
  ])
  expect(readlinkSync(join(folder, 'model.safetensors'))).toBe(`../../blobs/${sha256(weights)}`)
  expect(readlinkSync(join(folder, 'vocab.txt'))).toBe(
    `../../blobs/${gitHash(readFileSync(join(folder, 'vocab.txt')))}`
  )
  expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true)
  expect(readFileSync(inCache(hub, 'refs', 'main'), 'utf8')).toBe(testCommit)
  expect(readdirSync(inCache(hub, 'blobs')).every((name) => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(name))).toBe(true)
  expect(readdirSync(join(hub.settings.cacheFolder, '.locks', 'models--tiny--bert'))).toEqual([])
})

test('a second download fetches nothing', async () => {
  const hub = await testHub({ files: bertFiles(weights) })
  await hub.download()
  hub.server.requests.length = 0
  await hub.download()
  expect(hub.server.requests.map(({ path }) => path)).toEqual([
    `/api/models/tiny/bert/revision/main`,
    `/api/models/tiny/bert/tree/${testCommit}`
  ])
})

test('progress counts the bytes that come now, and says what is happening', async () => {
  const hub = await testHub({ files: bertFiles(weights) })
  const { missingBytes } = await hub.lookUp()
  const reports: [number, number, string][] = []
  await hub.download({ onProgress: (...report) => reports.push(report) })
  expect(reports.every(([done, total]) => done <= total && total === missingBytes)).toBe(true)
  expect(reports.map(([done]) => done)).toEqual(reports.map(([done]) => done).sort((a, b) => a - b))
  expect(reports.at(-1)).toEqual([missingBytes, missingBytes, 'Checking model.safetensors'])
  expect(reports.some(([, , message]) => message === 'Downloading model.safetensors')).toBe(true)
})

describe('cuts and stalls', () => {
  test('goes on at the byte where the connection was cut, however often', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    hub.server.faults.set(
      'model.safetensors',
      [70_000, 1, 50_000].map((holdAfter) => ({ holdAfter }))
    )
    const folder = await hub.download({ onProgress: () => hub.server.cut() })
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true)
    const ranges = asked(hub, 'model.safetensors').map(({ range }) => range)
    expect(ranges[0]).toBeNull()
    expect(ranges).toHaveLength(4)
    const starts = ranges.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')![1]))
    expect(starts).toEqual([...starts].sort((a, b) => a - b))
    expect(starts.every((start) => start > 0 && start <= 120_001)).toBe(true)
    expect(
      asked(hub, 'model.safetensors')
        .slice(1)
        .every(({ ifRange }) => /^"[0-9a-f]{32}"$/.test(ifRange ?? ''))
    ).toBe(true)
  })

  test('goes on with what an earlier run left', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    await mkdir(inCache(hub, 'blobs'), { recursive: true })
    await writeFile(part(hub), weights.subarray(0, 123_456))
    expect((await hub.lookUp()).files.find(({ path }) => path === 'model.safetensors')).toMatchObject({
      bytes: 200_000,
      cachedBytes: 123_456
    })
    await hub.download()
    expect(asked(hub, 'model.safetensors').map(({ range }) => range)).toEqual(['bytes=123456-'])
    expect(readFileSync(inSnapshot(hub, 'model.safetensors')).equals(weights)).toBe(true)
  })

  test('asks again on another connection when nothing comes', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    hub.server.faults.set('model.safetensors', [{ holdAfter: 60_000 }])
    await hub.download({ stallMilliseconds: 300, attempts: 50 })
    // On a machine that is busy the other connection may be as slow.
    expect(asked(hub, 'model.safetensors').length).toBeGreaterThanOrEqual(2)
    expect(readFileSync(inSnapshot(hub, 'model.safetensors')).equals(weights)).toBe(true)
  })

  test('starts over with a server that knows no ranges', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    hub.server.faults.set('model.safetensors', [{ holdAfter: 90_000, ignoreRange: true }, { ignoreRange: true }])
    await hub.download({ onProgress: () => hub.server.cut() })
    expect(readFileSync(inSnapshot(hub, 'model.safetensors')).equals(weights)).toBe(true)
  })

  test('starts over when the entity changes between two parts', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    const other = noise(200_000, 99)
    hub.server.faults.set('model.safetensors', [
      { content: other, holdAfter: 90_000, extra: { etag: '"one"' } },
      { extra: { etag: '"two"' } }
    ])
    await hub.download({ onProgress: () => hub.server.cut() })
    const [, second] = asked(hub, 'model.safetensors')
    expect(second).toMatchObject({ ifRange: '"one"' })
    expect(readFileSync(inSnapshot(hub, 'model.safetensors')).equals(weights)).toBe(true)
  })

  test('gives up with a sentence after attempts that bring nothing, and keeps what there is', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    hub.server.faults.set('model.safetensors', [
      { holdAfter: 50_000 },
      ...Array.from({ length: 10 }, () => ({ hangUp: true }))
    ])
    await expect(hub.download({ onProgress: () => hub.server.cut() })).rejects.toThrow(
      `'model.safetensors' of tiny/bert could not be downloaded from ${hub.server.host}: the connection was cut. What was downloaded is kept; download it again to resume.`
    )
    expect(statSync(part(hub)).size).toBeGreaterThan(0)
    expect(readdirSync(inCache(hub, 'snapshots', testCommit))).not.toContain('model.safetensors')
    hub.server.faults.clear()
    await hub.download()
    expect(readFileSync(inSnapshot(hub, 'model.safetensors')).equals(weights)).toBe(true)
  })

  test('a job that is cancelled ends at once and leaves what came for the next one', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    hub.server.faults.set('model.safetensors', [{ holdAfter: 60_000 }])
    const job = {
      id: 'x',
      cancelled: false,
      progress: () => undefined,
      yield: async () => {
        if (job.cancelled) throw new JobCancelled()
      }
    }
    const running = withSignal(job as JobHandle, (signal) => hub.download({ signal }))
    const refused = expect(running).rejects.toBeInstanceOf(JobCancelled)
    await vi.waitFor(() => expect(statSync(part(hub)).size).toBe(60_000), { timeout: 20_000 })
    job.cancelled = true
    await refused
    expect(statSync(part(hub)).size).toBe(60_000)
    await hub.download()
    expect(asked(hub, 'model.safetensors').at(-1)!.range).toBe('bytes=60000-')
  })
})

describe('a server that lies', () => {
  const nothingLeft = (hub: TestHub): void => {
    expect(readdirSync(inCache(hub, 'blobs')).filter((name) => name.startsWith(sha256(weights)))).toEqual([])
    expect(readdirSync(inCache(hub, 'snapshots', testCommit))).not.toContain('model.safetensors')
  }

  test('about the content is found out, and the file is deleted', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    const other = noise(200_000, 7)
    hub.server.faults.set('model.safetensors', [{ content: other }])
    await expect(hub.download()).rejects.toThrow(
      `'model.safetensors' of tiny/bert came from ${hub.server.host} with the hash ${sha256(other)} instead of ${sha256(weights)}: it was damaged or changed in transit and has been ` +
        'deleted. Download it again; if that does not help, a proxy in between changes files.'
    )
    nothingLeft(hub)
  })

  test('about a file that git stores is found out by git’s own hash', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    hub.server.faults.set('vocab.txt', [{ content: Buffer.from('[PAD]\n[ODD]\n') }])
    await expect(hub.download()).rejects.toThrow(
      `'vocab.txt' of tiny/bert came from ${hub.server.host} with the hash ${gitHash(Buffer.from('[PAD]\n[ODD]\n'))} instead of ${gitHash(Buffer.from('[PAD]\n[UNK]\n'))}: it was damaged or ` +
        'changed in transit and has been deleted. Download it again; if that does not help, a proxy in between changes files.'
    )
  })

  test.each([
    ['longer', noise(200_500), '200,500'],
    ['shorter', noise(150_000), '150,000']
  ])('about the size is refused before the %s file is read', async (_kind, content, came) => {
    const hub = await testHub({ files: bertFiles(weights) })
    hub.server.faults.set('model.safetensors', [{ content }])
    await expect(hub.download()).rejects.toThrow(
      `${hub.server.host} lists 'model.safetensors' of tiny/bert with 200,000 bytes and sends ${came} bytes. The file was discarded; look the model up again, and if that does not help, ` +
        'a proxy in between changes files.'
    )
    nothingLeft(hub)
    expect(asked(hub, 'model.safetensors')).toHaveLength(1)
  })

  test('about what it leads to is refused before the storage is asked', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    const listing = await import('../../../src/main/engine/hub/listing').then(({ listModel }) =>
      listModel(hub.client, { repo: 'tiny/bert', revision: 'main' })
    )
    const file = listing.files.find(({ path }) => path === 'model.safetensors')!
    file.hash = 'ab'.repeat(32)
    const { cacheFile } = await import('../../../src/main/engine/hub/cacheFile')
    await expect(cacheFile(hub.client, listing, file, { settings: hub.settings })).rejects.toThrow(
      `'model.safetensors' of tiny/bert came from ${hub.server.host} with the hash ${sha256(weights)} instead of ${'ab'.repeat(32)}: it was damaged or changed in transit`
    )
    expect(asked(hub, 'model.safetensors')).toEqual([])
  })

  test('about paths cannot write outside of the cache', async () => {
    const hostile = [
      '../../../evil',
      '/etc/evil',
      'a/../../evil',
      'C:\\evil',
      '..\\evil',
      'a//b',
      './config.json',
      'x\0y'
    ]
    const hub = await testHub({ files: bertFiles(weights), alsoListed: hostile })
    const found = await hub.lookUp()
    expect(found.notes).toEqual(['8 files have names or a hash that is not valid and are left out.'])
    expect(found.files.map(({ path }) => path).filter((path) => /evil|\.\.|\/\/|\0/.test(path))).toEqual([])
    await hub.download()
    expect(readdirSync(hub.settings.cacheFolder).sort()).toEqual(['.locks', 'models--tiny--bert'])
  })
})

describe('the token', () => {
  const token = 'hf_secret'

  test('goes to the hub and never on to another place', async () => {
    vi.stubEnv('HF_TOKEN', token)
    onTestFinished(() => void vi.unstubAllEnvs())
    const hub = await testHub({ files: bertFiles(weights) })
    await hub.download()
    expect(
      new Set(hub.server.requests.filter(({ server }) => server === 'hub').map(({ authorization }) => authorization))
    ).toEqual(new Set([`Bearer ${token}`]))
    expect(
      hub.server.requests.filter(({ server }) => server === 'storage').map(({ authorization }) => authorization)
    ).toEqual([null])
  })

  test('is not sent where everyone on the way could read it', async () => {
    vi.stubEnv('HF_TOKEN', token)
    onTestFinished(() => void vi.unstubAllEnvs())
    const { openHub } = await import('../../../src/main/engine/hub/hubClient')
    const { readSettings } = await import('../../../src/main/engine/hub/settings')
    const client = await openHub(readSettings({ HF_ENDPOINT: 'http://mirror.example' }))
    expect(client).toMatchObject({
      hasToken: false,
      notes: ['Your access token is not sent: the connection to mirror.example is not encrypted.']
    })
    await client.close()
  })
})

describe('redirects', () => {
  test('in a circle end', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    hub.server.redirectTo = `/tiny/bert/resolve/${testCommit}/model.safetensors`
    await expect(hub.download()).rejects.toThrow(
      `${hub.server.host} redirected the request more than 5 times. Nothing was downloaded.`
    )
  })

  test.each([
    ['ftp://127.0.0.1/x', 'ftp://127.0.0.1'],
    ['file:///etc/passwd', 'file://']
  ])('to %s are refused', async (redirectTo, shown) => {
    const hub = await testHub({ files: bertFiles(weights) })
    hub.server.redirectTo = redirectTo
    await expect(hub.download()).rejects.toThrow(
      `${hub.server.host} redirects to ${shown}, which is not encrypted. Nothing was downloaded.`
    )
  })
})

describe('the disk', () => {
  test('that is too small is named with numbers before anything is fetched', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    const { missingBytes } = await hub.lookUp()
    hub.server.requests.length = 0
    await expect(hub.download({ freeBytes: async () => 100_000 })).rejects.toThrow(
      `tiny/bert needs ${(missingBytes / 1000).toFixed(1)} kB in ${hub.settings.cacheFolder}, and 100.0 kB are free. Free some space, or set HF_HUB_CACHE to another disk.`
    )
    expect(asked(hub, 'model.safetensors')).toEqual([])
  })

  test('without symbolic links gets the files themselves', async () => {
    const hub = await testHub({ files: bertFiles(weights) }, { HF_HUB_DISABLE_SYMLINKS: '1' })
    const folder = await hub.download()
    expect(readdirSync(folder, { withFileTypes: true }).every((entry) => entry.isFile())).toBe(true)
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true)
    hub.server.requests.length = 0
    await hub.download()
    expect(hub.server.requests).toHaveLength(2)
  })

  test('with a file where the cache should be is refused in a sentence', async () => {
    const hub = await testHub({ files: bertFiles(weights) })
    await mkdir(join(hub.settings.cacheFolder, '..'), { recursive: true })
    await writeFile(hub.settings.cacheFolder, '')
    await expect(hub.download()).rejects.toThrow(
      `The cache of models, ${hub.settings.cacheFolder}, is not writable. Set HF_HUB_CACHE to another folder.`
    )
  })
})

test('two downloads of one model do not disturb each other', async () => {
  const hub = await testHub({ files: bertFiles(weights) })
  const messages = new Set<string>()
  const [one, two] = await Promise.all([
    hub.download(),
    hub.download({ onProgress: (_done, _total, message) => messages.add(message) })
  ])
  expect(one).toBe(two)
  expect(asked(hub, 'model.safetensors')).toHaveLength(1)
  expect(readFileSync(join(one, 'model.safetensors')).equals(weights)).toBe(true)
})

test('a proxy is used where the environment names one', async () => {
  const seen: string[] = []
  const hub = await testHub({ files: bertFiles(weights) })
  const proxy = createServer((request, response) => {
    seen.push(request.url ?? '')
    response.writeHead(502)
    response.end()
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    proxy.close()
    proxy.closeAllConnections()
  })
  await expect(hub.lookUp()).rejects.toThrow(
    `${hub.server.host} has a server error (502). What was downloaded is kept; try again later.`
  )
  expect(seen).toEqual([expect.stringMatching(new RegExp(`^${hub.server.url}/api/models/tiny/bert/revision/main\\?`))])
  vi.stubEnv('NO_PROXY', '127.0.0.1')
  const { openHub } = await import('../../../src/main/engine/hub/hubClient')
  const direct = await openHub(hub.settings)
  const { listModel } = await import('../../../src/main/engine/hub/listing')
  expect((await listModel(direct, { repo: 'tiny/bert', revision: 'main' })).commit).toBe(testCommit)
  expect(seen).toHaveLength(1)
  await direct.close()
})

test('weights in pieces come by their index', async () => {
  const index = { weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' } }
  const files = bertFiles(weights)
  delete files['model.safetensors']
  Object.assign(files, {
    'model.safetensors.index.json': { content: Buffer.from(JSON.stringify(index)) },
    'model-00001-of-00002.safetensors': { content: noise(5000, 5), lfs: true },
    'model-00002-of-00002.safetensors': { content: noise(6000, 6), lfs: true },
    'model-00001-of-00003.safetensors': { content: noise(4000, 7), lfs: true }
  })
  const hub = await testHub({ files })
  const folder = await hub.download()
  expect(
    readdirSync(folder)
      .filter((name) => name.startsWith('model'))
      .sort()
  ).toEqual(['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors', 'model.safetensors.index.json'])
  await rm(join(folder, 'model-00002-of-00002.safetensors'))
  expect(cachedModels(hub.settings.cacheFolder)[0]!.lacks).toBe('1 of the 2 files of weights')
})
