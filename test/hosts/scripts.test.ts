import { spawn, spawnSync } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { needsNoSandbox } from '../../src/main/hosts/http/browser'
import { cacheDir } from '../../src/main/engine/paths'
import { temporaryFolder } from './fixtures/testHost'

// `npm start` and `npx layerscope` as they are typed, without what they need a network or a screen for.

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-needed'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The app could not be built: ${stderr}`)
})

async function environment(more: Record<string, string> = {}): Promise<NodeJS.ProcessEnv> {
  const { DISPLAY: _x11, WAYLAND_DISPLAY: _wayland, ...rest } = process.env
  return {
    ...rest,
    LAYERSCOPE_DATA: await temporaryFolder(),
    LAYERSCOPE_CACHE: await temporaryFolder(),
    LAYERSCOPE_BACKEND: 'cpu',
    ...more
  }
}

function start(parameters: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['scripts/start.mjs', ...parameters], {
    env,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, said, exited }
}

/** A program in the place of a browser, which notes what it was asked to open. */
async function pretendBrowser(script: string): Promise<{ path: string; asked: string }> {
  const folder = await temporaryFolder()
  const path = join(folder, 'browser')
  const asked = join(folder, 'asked')
  await writeFile(path, `#!/bin/sh\nprintf '%s\\n' "$@" > '${asked}'\n${script}\n`)
  await chmod(path, 0o755)
  return { path, asked }
}

describe.runIf(process.platform === 'linux')('npm start', () => {
  test.each([[[]], [['--no-open']]])(
    'without a display prints the address, and stops with code 0: %j',
    async (typed) => {
      const { child, said, exited } = start(typed, await environment())
      await vi.waitFor(
        () => expect(said.stdout).toMatch(/^Layerscope at http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+\n$/),
        {
          timeout: 30_000
        }
      )
      expect(said.stderr).toContain(
        'There is no display (DISPLAY and WAYLAND_DISPLAY are empty): open the address below in a browser.'
      )
      child.kill('SIGTERM')
      expect(await exited).toBe(0)
    }
  )

  test('opens a window of its own in the installed browser, with a ticket that is not the token, and ends with it', async () => {
    const { path, asked } = await pretendBrowser('exit 0')
    const env = await environment({ DISPLAY: ':99', LAYERSCOPE_BROWSER: path })
    const { said, exited } = start(['--browser'], env)
    expect(await exited).toBe(0)
    expect(said.stderr).toContain(
      'Layerscope opens in the installed browser instead of Electron: --browser leaves it out.'
    )
    const flags = (await readFile(asked, 'utf8')).split('\n')
    const token = /token=([\w-]+)/.exec(said.stdout)![1]!
    expect(flags[0]).toMatch(/^--app=http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/)
    expect(flags[0]).not.toContain(token)
    expect(flags).toContain(`--user-data-dir=${join(env.LAYERSCOPE_CACHE!, 'window')}`)
  })

  test('goes on at its address when the browser does not open', async () => {
    const { path } = await pretendBrowser('exit 21')
    const { child, said, exited } = start(
      ['--browser'],
      await environment({ DISPLAY: ':99', LAYERSCOPE_BROWSER: path })
    )
    await vi.waitFor(
      () =>
        expect(said.stderr).toContain(
          `${path} could not be opened (it ended at once with code 21); open the address above in a browser.`
        ),
      { timeout: 30_000 }
    )
    child.kill('SIGTERM')
    expect(await exited).toBe(0)
  })

  test('does not wait again for a place that was out of reach today', async () => {
    const { path } = await pretendBrowser('exit 0')
    const env = await environment({ DISPLAY: ':99', LAYERSCOPE_BROWSER: path, ELECTRON_OVERRIDE_DIST_PATH: '/nowhere' })
    const { version } = JSON.parse(await readFile('node_modules/electron/package.json', 'utf8')) as { version: string }
    await mkdir(env.LAYERSCOPE_CACHE!, { recursive: true })
    await writeFile(
      join(env.LAYERSCOPE_CACHE!, 'electron-unreachable.json'),
      JSON.stringify({ version, at: Date.now(), reason: 'example.org cannot be reached' })
    )
    const { said, exited } = start([], env)
    expect(await exited).toBe(0)
    expect(said.stderr).toContain(
      'Layerscope opens in the installed browser instead of Electron: example.org cannot be reached.'
    )
  })
})

describe.runIf(process.platform === 'linux')('npm start with Electron', () => {
  /** A program in the place of Electron's, by the variable that systems of their own packages set. */
  async function pretendElectron(script: string): Promise<{ env: NodeJS.ProcessEnv; folder: string }> {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'electron'), `#!/bin/sh\n${script}\n`)
    await chmod(join(folder, 'electron'), 0o755)
    return { folder, env: await environment({ DISPLAY: ':99', ELECTRON_OVERRIDE_DIST_PATH: folder }) }
  }

  test('takes away what other Electron programs leave in the environment of their terminals', async () => {
    const { env, folder } = await pretendElectron('env > "$0.env"')
    const { exited, said } = start([], { ...env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--no-warnings' })
    expect(await exited).toBe(0)
    expect(said.stderr).toBe('Layerscope opens in Electron, as a desktop app.\n')
    const seen = await readFile(join(folder, 'electron.env'), 'utf8')
    expect(seen).toContain('LAYERSCOPE_CACHE=')
    expect(seen).not.toMatch(/^(ELECTRON_RUN_AS_NODE|NODE_OPTIONS)=/m)
  })
})

test('Electron is fetched through the proxy of the environment', async () => {
  const seen: string[] = []
  const proxy = createServer((socket) =>
    socket.once('data', (data) => {
      seen.push(data.toString().split('\r\n')[0]!)
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    })
  )
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const module = pathToFileURL(resolve('scripts/lib/electron.mjs')).href
  const code = `import { fetchElectron } from ${JSON.stringify(module)}; console.log(JSON.stringify(await fetchElectron()))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: {
      ...(await environment({ HTTPS_PROXY: address, electron_config_cache: await temporaryFolder() })),
      NO_PROXY: '',
      no_proxy: ''
    },
    stdio: ['ignore', 'pipe', 'ignore']
  })
  let answer = ''
  child.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  await new Promise((resolve) => child.once('close', resolve))
  const { path, reason } = JSON.parse(answer) as { path?: string; reason?: string }
  if (path) {
    console.log("The proxy is not asked: Electron's program is on this machine.")
    return
  }
  expect(seen[0]).toMatch(/^CONNECT .+:443 HTTP\/1\.1$/)
  expect(reason).toMatch(/^the download failed \(/)
})

describe('npx layerscope', () => {
  const run = (...parameters: string[]) =>
    spawnSync(process.execPath, ['scripts/layerscope.mjs', ...parameters], { encoding: 'utf8' })

  test('explains itself', () => {
    const { status, stdout } = run('--help')
    expect(status).toBe(0)
    for (const word of ['serve', 'info', 'extract', 'probe', 'Examples']) expect(stdout).toContain(word)
    expect(run('serve', '--help').stdout).toContain('ssh -L 8080:127.0.0.1:8080')
  })

  test('refuses a command it does not have', () => {
    const { status, stderr } = run('explode')
    expect(status).toBe(1)
    expect(stderr).toContain("'explode' is not a Layerscope command.")
  })
})

describe('rules that scripts hold before anything is built are those of the app', () => {
  const ask = (module: string, expression: string, env: NodeJS.ProcessEnv = process.env): unknown => {
    const code = `import * as m from ${JSON.stringify(pathToFileURL(resolve('scripts/lib', module)).href)}; console.log(JSON.stringify(${expression}))`
    return JSON.parse(
      spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', env }).stdout
    )
  }

  test.each([
    [0, '0 of about 110 MB fetched'],
    [34.4e6, '34 of about 110 MB fetched'],
    [200e6, 'Unpacking Electron']
  ])("how far Electron's download is: %i bytes", (bytes, line) => {
    expect(ask('electron.mjs', `m.progressLine(${bytes})`)).toBe(line)
  })

  test('Electron is started without the variables of another Electron program', () => {
    const variables = "{ ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--inspect', HOME: '/home' }"
    expect(ask('electron.mjs', `m.electronEnvironment(${variables})`)).toEqual({ HOME: '/home' })
  })

  test('Layerscope runs on every system that has an Electron, or says why not', async () => {
    const checksums = Object.keys(
      JSON.parse(await readFile('node_modules/electron/checksums.json', 'utf8')) as Record<string, string>
    )
    const systems = checksums.flatMap(
      (name) => /^electron-v[\d.]+-((?:linux|darwin|win32)-(?:x64|arm64))\.zip$/.exec(name)?.[1] ?? []
    )
    const why = (system: string): unknown =>
      ask(
        'nodeVersion.mjs',
        `m.whyUnsupported(${system
          .split('-')
          .map((part) => `'${part}'`)
          .join(', ')})`
      )
    expect(systems).toHaveLength(6)
    expect(systems.filter((system) => why(system) !== null)).toEqual(['win32-arm64'])
    expect(why('win32-arm64')).toBe(
      'Layerscope does not run on win32-arm64: the library that reads tokenizers has no build for it. Install the ' +
        'x64 build of Node, which Windows emulates, and run `npm install` again.'
    )
  })

  test('where caches are', () => {
    const { LAYERSCOPE_CACHE: _cache, XDG_CACHE_HOME: _xdg, ...rest } = process.env
    for (const env of [
      rest,
      { ...rest, XDG_CACHE_HOME: '/x' },
      { ...rest, LAYERSCOPE_CACHE: '/l', XDG_CACHE_HOME: '/x' }
    ]) {
      const ours = cacheDir({ platform: process.platform, home: process.env.HOME!, environment: env })
      expect(ask('paths.mjs', 'm.cacheDir()', env)).toBe(ours)
    }
  })

  const path = '/opt/electron/chrome-sandbox'
  const mend = `sudo chown root ${path} && sudo chmod 4755 ${path}`
  test.each([
    [{ restricted: '1', cloning: null, helper: { uid: 1000, mode: 0o100755 } }, mend],
    [{ restricted: '1', cloning: null, helper: { uid: 0, mode: 0o104755 } }, null],
    [{ restricted: '0', cloning: '1', helper: { uid: 1000, mode: 0o100755 } }, null],
    [{ restricted: null, cloning: '0', helper: null }, mend],
    [{ restricted: null, cloning: null, helper: null }, null]
  ])("whether Electron's sandbox can work: %j", (settings, command) => {
    const problem = ask('sandbox.mjs', `m.whyNoSandbox(${JSON.stringify(settings)}, '${path}')`)
    if (command === null) expect(problem).toBeNull()
    else
      expect(problem).toBe(
        "this system restricts user namespaces, and Electron's sandbox helper is not set up. " +
          `These two commands set it up, once: ${command}`
      )
  })

  test("when Chromium's sandbox is left out", () => {
    expect(ask('container.mjs', 'm.needsNoSandbox()')).toBe(needsNoSandbox())
  })
})
