import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Frame } from '../../src/shared/rpc/frames'
import { get, openSocket, signIn, socketCaller } from './fixtures/httpClient'
import { childProcesses, isAlive } from './fixtures/processes'
import { temporaryFolder } from './fixtures/testHost'

// The app as it is built and started, with the real engine.

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-needed'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The app could not be built: ${stderr}`)
})

interface Started {
  process: ChildProcess
  url: string
  output: () => string
  exited: Promise<number | null>
}

async function startServe(parameters: string[] = []): Promise<Started> {
  const child = spawn(process.execPath, ['out/main/serve.js', '--no-open', '--port', '0', ...parameters], {
    env: { ...process.env, LAYERSCOPE_DATA: await temporaryFolder() },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  await vi.waitFor(() => expect(output).toContain('\n'), { timeout: 30_000 })
  return { process: child, url: /http:\S+/.exec(output)![0], output: () => output, exited }
}

async function connected({ url }: Started) {
  const { port, origin } = new URL(url)
  return socketCaller(await openSocket(Number(port), { cookie: await signIn(url), origin }))
}

/** The bundle of an entry with every chunk it imports. */
function bundle(name: string, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(name)) return seen
  const text = readFileSync(join('out/main', name), 'utf8')
  seen.set(name, text)
  for (const [, path] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g))
    bundle(join(name, '..', path!), seen)
  return seen
}

describe('what is built', () => {
  test.each([
    'serve.js',
    'cli.js',
    'engineProcess.js',
    'modelWorker.js',
    'downloadThread.js',
    'setup.js',
    'checkGpu.js'
  ])('%s and all it imports never mention Electron', (entry) => {
    const files = bundle(entry)
    expect(files.size).toBeGreaterThan(1)
    // `layerscope doctor` prints whether Electron is there; it may name it, as long as it does not import it.
    const mention = (name: string): RegExp =>
      name.includes('doctor') ? /(from|require\()\s*["']electron.{0,40}/ : /.{0,40}electron.{0,40}/i
    const mentions = [...files].map(([name, text]) => [name, mention(name).exec(text)?.[0] ?? null])
    expect(mentions.filter(([, mention]) => mention)).toEqual([])
  })

  test('the preload script is one file that needs Electron alone', () => {
    expect(readdirSync('out/preload')).toEqual(['index.cjs'])
    const required = [...readFileSync('out/preload/index.cjs', 'utf8').matchAll(/require\(["']([^"']+)["']\)/g)].map(
      ([, name]) => name
    )
    expect(required).toEqual(['electron'])
  })

  test('the page has no script or style of its own, which the content security policy would refuse', () => {
    const page = readFileSync('out/renderer/index.html', 'utf8')
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style| style=| on\w+=/)
    for (const name of readdirSync('out/renderer/assets').filter((name) => name.endsWith('.css'))) {
      expect(readFileSync(join('out/renderer/assets', name), 'utf8')).not.toMatch(/url\(["']?(data:font|https?:)/)
    }
  })
})

describe('serve', () => {
  test('prints one line, answers, and stops with code 0 and every child on SIGTERM and SIGINT', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const app = await startServe()
      const caller = await connected(app)
      expect(await caller.call('device.status', {})).toMatchObject({ backend: { name: expect.any(String) } })
      const children = childProcesses(app.process.pid!)
      expect(children.length).toBeGreaterThan(0)
      app.process.kill(signal)
      expect(await app.exited).toBe(0)
      await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]))
      expect(app.output()).toMatch(/^Layerscope at http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}\n$/)
    }
  })

  test('leaves no engine behind when it is killed', async () => {
    const app = await startServe()
    await (await connected(app)).call('device.status', {})
    const children = childProcesses(app.process.pid!)
    app.process.kill('SIGKILL')
    await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), { timeout: 10_000 })
  })

  test('goes on after the engine was killed, with everything the new one needs', async () => {
    const app = await startServe()
    const caller = await connected(app)
    await caller.call('device.status', {})
    const restarted = new Promise((resolve) =>
      caller.subscribe((name, payload) => void (name === 'engine.state' && resolve(payload)))
    )
    for (const child of childProcesses(app.process.pid!)) process.kill(child, 'SIGKILL')
    expect(await restarted).toMatchObject({
      state: 'crashed',
      message: expect.stringContaining('it has been started again')
    })
    expect(await caller.call('model.list', {})).toEqual(expect.any(Array))
  })

  test('serves the built window', async () => {
    const app = await startServe()
    const { port } = new URL(app.url)
    const page = await get(Number(port), '/', { cookie: await signIn(app.url) })
    expect(page.text).toContain('<title>Layerscope</title>')
  })

  test('tells the window what was named on the command line', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'a.tsv'), 'a\tb\n')
    const app = await startServe([join(folder, 'a.tsv')])
    expect(await (await connected(app)).call('app.info', {})).toMatchObject({ openPaths: [join(folder, 'a.tsv')] })
  })
})

test('the engine answers over the port of a utility process, too', async () => {
  const child = fork('out/main/engineProcess.js', [], {
    serialization: 'advanced',
    execArgv: ['--import', './test/hosts/fixtures/parentPort.mjs']
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const frames: Frame[] = []
  child.on('message', (message) => frames.push((message as { viaPort: Frame }).viaPort))
  await vi.waitFor(() => expect(frames[0]).toEqual({ kind: 'event', name: 'process.ready', payload: null }), {
    timeout: 30_000
  })
  child.send({ kind: 'call', id: 7, name: 'device.status', input: {} })
  await vi.waitFor(
    () =>
      expect(frames.at(-1)).toMatchObject({ kind: 'answer', id: 7, output: { backend: { name: expect.any(String) } } }),
    { timeout: 30_000 }
  )
})

describe('arguments that are wrong are refused in a sentence', () => {
  const refusal = (...parameters: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['out/main/serve.js', ...parameters], {
      encoding: 'utf8'
    })
    return { status, stdout, stderr }
  }

  test.each([
    [['--port', 'eighty'], "'eighty' is not a port; it is a number from 0 to 65535.\n"],
    [['--port', '70000'], "'70000' is not a port; it is a number from 0 to 65535.\n"],
    [['/nowhere/a.conllu'], "There is no file or folder '/nowhere/a.conllu'.\n"],
    [['--loud'], "Unknown option '--loud'. `layerscope serve --help` lists the options.\n"]
  ])('%j', (parameters, stderr) => {
    expect(refusal('--no-open', ...parameters)).toEqual({ status: 1, stdout: '', stderr })
  })

  test('a port that is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    expect(refusal('--no-open', '--port', String(port))).toEqual({
      status: 1,
      stdout: '',
      stderr: `Port ${port} is in use by another program. Choose another with --port, or omit it to take any free port.\n`
    })
  })
})
