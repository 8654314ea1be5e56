import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { download } from '../../../src/main/engine/backends/provision/download'
import { serveFile, sha256, type FileServer } from './fakeWheel'

const data = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 40503) >>> 7))

let folder: string
let server: FileServer | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerscope-download-'))
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(folder, { recursive: true })
})

function options(url: string): Parameters<typeof download>[0] {
  return {
    url,
    sha256: sha256(data),
    target: join(folder, 'file.whl'),
    onProgress: () => undefined,
    pauseMilliseconds: 1
  }
}

describe('download', () => {
  test('continues where the connection was cut, twice', async () => {
    server = await serveFile(data, { holds: [100_000, 50_000] })
    const { cut, ranges, url } = server
    let last = 0
    await download({
      ...options(url),
      onProgress: (done, total) => {
        expect(done).toBeGreaterThan(last)
        expect(total).toBe(data.length)
        last = done
        cut()
      }
    })
    expect(await readFile(join(folder, 'file.whl'))).toEqual(data)
    expect(last).toBe(data.length)
    expect(ranges).toHaveLength(3)
    expect(ranges[0]).toBeNull()
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ''))).toBe(true)
    expect(await readdir(folder)).toEqual(['file.whl'])
  })

  test('continues what an earlier run left', async () => {
    server = await serveFile(data)
    await writeFile(join(folder, 'file.whl.part'), data.subarray(0, 123_456))
    await download(options(server.url))
    expect(server.ranges).toEqual(['bytes=123456-'])
    expect(await readFile(join(folder, 'file.whl'))).toEqual(data)
  })

  test('starts over with a server that cannot continue', async () => {
    server = await serveFile(data, { holds: [100_000], ranges: false })
    const { cut, url } = server
    await download({ ...options(url), onProgress: cut })
    expect(await readFile(join(folder, 'file.whl'))).toEqual(data)
  })

  test('uses what an earlier run finished, without asking the server', async () => {
    server = await serveFile(data)
    await writeFile(join(folder, 'file.whl'), data)
    await download(options(server.url))
    expect(server.ranges).toEqual([])
  })

  test('copies a file that is on this machine', async () => {
    await writeFile(join(folder, 'local.whl'), data)
    await download(options(pathToFileURL(join(folder, 'local.whl')).href))
    expect(await readFile(join(folder, 'file.whl'))).toEqual(data)
  })

  test('refuses a file with another hash, and deletes it', async () => {
    server = await serveFile(data)
    const expected = 'ab'.repeat(32)
    await expect(download({ ...options(server.url), sha256: expected })).rejects.toThrow(
      `The file from ${server.url} has the SHA-256 ${sha256(data)} instead of ${expected}: it was damaged or changed in transit and has been deleted. ` +
        'Run the setup again.'
    )
    expect(await readdir(folder)).toEqual([])
  })

  test('gives up after attempts that bring nothing, and keeps what there is', async () => {
    server = await serveFile(data, { holds: [100_000, 0, 0, 0, 0, 0] })
    const { cut, ranges, url } = server
    await expect(download({ ...options(url), attempts: 3, onProgress: cut })).rejects.toThrow()
    expect(await readdir(folder)).toEqual(['file.whl.part'])
    expect(ranges).toHaveLength(4)
  })

  test('stops at once when it is cancelled', async () => {
    server = await serveFile(data)
    const abort = new AbortController()
    const running = download({ ...options(server.url), signal: abort.signal, onProgress: () => abort.abort() })
    await expect(running).rejects.toThrow(/abort/i)
    expect(server.ranges).toHaveLength(1)
  })
})
