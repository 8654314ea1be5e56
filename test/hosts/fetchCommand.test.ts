import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { downloadInThread } from '../../src/main/engine/hub/downloadThread'
import { bertFiles, noise, sha256, startHub, testCommit, type HubServerOptions } from '../engine/hub/hubServer'
import { temporaryFolder } from './fixtures/testHost'

// `layerscope fetch` as it is built and started.

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-needed'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The app could not be built: ${stderr}`)
})

const fixture = 'test/fixtures/parity/bert'

interface Ended {
  code: number | null
  out: string
  err: string
}

async function hubWith(files: HubServerOptions['files']) {
  const server = await startHub({ files })
  onTestFinished(() => server.close().catch(() => undefined))
  const home = await temporaryFolder()
  // Not `spawnSync`: the hub that is asked runs in this process.
  const start = (...parameters: string[]) =>
    spawn(process.execPath, ['out/main/cli.js', ...parameters], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HF_ENDPOINT: server.url, HF_HOME: home, LAYERSCOPE_BACKEND: 'cpu', HF_TOKEN: 'hf_secret' }
    })
  const run = (...parameters: string[]) =>
    new Promise<Ended>((resolve) => {
      const child = start(...parameters)
      let out = ''
      let err = ''
      child.stdout.on('data', (text: Buffer) => (out += text.toString()))
      child.stderr.on('data', (text: Buffer) => (err += text.toString()))
      child.once('close', (code) => resolve({ code, out, err }))
    })
  return { server, home, run, start }
}

describe('layerscope fetch', () => {
  test('lists, downloads, prints the folder; afterwards the name opens without a network', async () => {
    const files = Object.fromEntries(
      ['config.json', 'model.safetensors'].map((name) => [
        name,
        { content: readFileSync(join(fixture, name)), lfs: name.endsWith('.safetensors') }
      ])
    )
    const { server, home, run } = await hubWith({
      ...files,
      'README.md': { content: Buffer.from('# A model\n') },
      'tf_model.h5': { content: noise(1500), lfs: true }
    })
    const listed = await run('fetch', 'tiny/bert', '--list')
    expect(listed).toMatchObject({ code: 0, err: expect.stringMatching(/^(Looking up tiny\/bert\n)?$/) })
    const size = statSync(join(fixture, 'model.safetensors')).size
    expect(listed.out).toContain(`tiny/bert@main, commit ${testCommit}, at ${server.host}\n`)
    expect(listed.out).toContain('licence apache-2.0\n')
    expect(listed.out).toMatch(new RegExp(`  model\\.safetensors +${(size / 1000).toFixed(1)} kB  weights\n`))
    expect(listed.out).toContain('not needed: 1 file of 1.50 kB\n')
    expect(readdirSync(home)).toEqual([])

    const folder = join(home, 'hub', 'models--tiny--bert', 'snapshots', testCommit)
    const fetched = await run('fetch', 'tiny/bert')
    expect(fetched).toMatchObject({ code: 0, out: `${folder}\n` })
    expect(listed.out + listed.err + fetched.out + fetched.err).not.toContain('hf_secret')

    await server.close()
    const info = await run('info', 'tiny/bert')
    expect(info).toMatchObject({ code: 0 })
    expect(info.out).toContain(`name        tiny/bert\ncommit      ${testCommit}, main\n`)
    expect(info.out).toContain(`folder      ${folder}\n`)
    const parity = await run('parity', fixture, '--model', 'tiny/bert')
    expect(parity.out).toContain('1 of 1 agree with PyTorch')
    expect(await run('info', 'tiny/other@v1')).toEqual({
      code: 1,
      out: '',
      err: `There is nothing at ${join(process.cwd(), 'tiny/other@v1')}, and no model 'tiny/other@v1' in the cache (${join(home, 'hub')}). \`layerscope fetch tiny/other@v1\` downloads it.\n`
    })
  })

  test('killed at any byte, goes on to the same file', async () => {
    const weights = noise(600_000, 11)
    const { server, home, run, start } = await hubWith({ ...bertFiles(weights) })
    const part = join(home, 'hub', 'models--tiny--bert', 'blobs', `${sha256(weights)}.incomplete`)
    const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
    let before = 0
    // Odd places: inside of a block of the disk, of a packet, of a chunk.
    for (const more of [77_777, 200_003]) {
      server.faults.set('model.safetensors', [{ holdAfter: more }])
      const child = start('fetch', 'tiny/bert')
      const ended = new Promise((resolve) => child.once('close', resolve))
      await vi.waitFor(() => expect(sizeOf(part)).toBe(before + more), { timeout: 30_000 })
      child.kill('SIGKILL')
      await ended
      before += more
    }
    expect(await run('fetch', 'tiny/bert')).toMatchObject({ code: 0 })
    const ranges = server.requests
      .filter(({ server: which, path }) => which === 'storage' && path.endsWith('model.safetensors'))
      .map(({ range }) => range)
    expect(ranges).toEqual([null, 'bytes=77777-', 'bytes=277780-'])
    expect(
      readFileSync(join(home, 'hub', 'models--tiny--bert', 'snapshots', testCommit, 'model.safetensors')).equals(
        weights
      )
    ).toBe(true)
  })
})

test('the app downloads in a thread of its own, which stops when asked and says what went wrong', async () => {
  const weights = noise(300_000, 13)
  const { server, home } = await hubWith(bertFiles(weights))
  vi.stubEnv('HF_ENDPOINT', server.url)
  vi.stubEnv('HF_HOME', home)
  onTestFinished(() => void vi.unstubAllEnvs())
  const entry = resolve('out/main/downloadThread.js')
  const wanted = { repo: 'tiny/bert', revision: 'main', commit: testCommit }
  const part = join(home, 'hub', 'models--tiny--bert', 'blobs', `${sha256(weights)}.incomplete`)
  server.faults.set('model.safetensors', [{ holdAfter: 100_000 }])
  const abort = new AbortController()
  const stopped = expect(
    downloadInThread(entry, wanted, { signal: abort.signal, onProgress: () => undefined })
  ).rejects.toThrow(/abort/i)
  await vi.waitFor(() => expect(statSync(part, { throwIfNoEntry: false })?.size).toBe(100_000), { timeout: 30_000 })
  abort.abort()
  await stopped

  const reports: number[] = []
  const folder = await downloadInThread(entry, wanted, {
    signal: new AbortController().signal,
    onProgress: (done) => reports.push(done)
  })
  expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true)
  expect(reports.at(-1)).toBe(200_000)

  server.refusal = { status: 503 }
  await expect(
    downloadInThread(entry, wanted, { signal: new AbortController().signal, onProgress: () => undefined })
  ).rejects.toMatchObject({
    name: 'UserError',
    message: `${server.host} has a server error (503). What was downloaded is kept; try again later.`
  })
})
