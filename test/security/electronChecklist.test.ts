import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { answerAppRequest } from '../../src/main/hosts/electron/appProtocol'
import { startDesktop } from '../../src/main/hosts/electron/app'
import { securityHeaders } from '../../src/main/hosts/securityHeaders'
import { temporaryFolder } from '../hosts/fixtures/testHost'
import { app, recorded, resetStandIn, type StandInWindow } from './electronStandIn'

vi.mock('electron', () => import('./electronStandIn'))

// One test for each item of Electron's security checklist, by its number there. The real modules run; Electron's own
// side is stood in for.

const page = 'app://layerscope/index.html'
let window: StandInWindow

beforeEach(async () => {
  resetStandIn()
  vi.stubEnv('LAYERSCOPE_DATA', await temporaryFolder())
  vi.stubEnv('LAYERSCOPE_CACHE', await temporaryFolder())
  onTestFinished(() => void vi.unstubAllEnvs())
  startDesktop([])
  await vi.waitFor(() => expect(recorded.windows[0]?.loaded).toHaveLength(1))
  window = recorded.windows[0]!
})

function prevented(event: string, details: Record<string, unknown> = {}): boolean {
  const preventDefault = vi.fn()
  window.webContents.emit(event, { preventDefault, ...details })
  return preventDefault.mock.calls.length > 0
}

test('1 only secure content is loaded: the app itself, and nothing from the network', () => {
  expect(recorded.windows.map(({ loaded }) => loaded)).toEqual([[page]])
  expect(securityHeaders()['Content-Security-Policy']).not.toMatch(/https?:/)
})

test('2 the page has no Node integration, nor have its workers and frames', () => {
  expect(window.options.webPreferences).toMatchObject({
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false
  })
})

test('3 context isolation is on', () => {
  expect(window.options.webPreferences?.contextIsolation).toBe(true)
})

test('4 every renderer is sandboxed, from before the first of them', () => {
  expect(window.options.webPreferences?.sandbox).toBe(true)
  expect(recorded.calls.indexOf('enableSandbox')).toBeGreaterThanOrEqual(0)
  expect(recorded.calls.indexOf('enableSandbox')).toBeLessThan(recorded.calls.indexOf('ready'))
})

test("4 a container that runs without Chromium's own sandbox is not told otherwise too late", () => {
  resetStandIn()
  app.switches = ['no-sandbox']
  startDesktop([])
  expect(recorded.calls).not.toContain('enableSandbox')
})

test('5 every permission is denied but writing text to the clipboard', () => {
  const permissions = [
    'media',
    'geolocation',
    'notifications',
    'midi',
    'clipboard-read',
    'fullscreen',
    'openExternal',
    'fileSystem',
    'hid',
    'usb',
    'serial',
    'unknown',
    'toString'
  ]
  const request = (permission: string): boolean => {
    let answer = false
    recorded.permissionRequest!(
      window.webContents as never,
      permission as never,
      (granted) => (answer = granted),
      {} as never
    )
    return answer
  }
  const check = (permission: string): boolean =>
    recorded.permissionCheck!(window.webContents as never, permission as never, page, {} as never)
  expect(permissions.filter(request)).toEqual([])
  expect(permissions.filter(check)).toEqual([])
  expect([request('clipboard-sanitized-write'), check('clipboard-sanitized-write')]).toEqual([true, true])
  expect(recorded.devicePermission!({} as never)).toBe(false)
  const streams: unknown[] = []
  recorded.displayMedia!({} as never, (streamsGiven) => void streams.push(streamsGiven))
  expect(streams).toEqual([null])
})

test('6 web security is on', () => {
  expect(window.options.webPreferences?.webSecurity).toBe(true)
})

test('7 every answer carries the content security policy, refusals included', async () => {
  const root = await temporaryFolder()
  await writeFile(join(root, 'index.html'), 'the window')
  const answers = await Promise.all(
    [page, 'app://layerscope/nothing', 'app://elsewhere/'].map((url) => answerAppRequest(new Request(url), root))
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 404])
  for (const { headers } of answers) {
    for (const [name, value] of Object.entries(securityHeaders())) expect(headers.get(name)).toBe(value)
  }
})

test('8 insecure content is not allowed to run', () => {
  expect(window.options.webPreferences?.allowRunningInsecureContent).toBe(false)
})

test('9 experimental features are off', () => {
  expect(window.options.webPreferences?.experimentalFeatures).toBe(false)
})

test('10 no Blink features are enabled', () => {
  expect(window.options.webPreferences).not.toHaveProperty('enableBlinkFeatures')
})

test('11 there are no webviews, and so none that may open windows', () => {
  expect(window.options.webPreferences?.webviewTag).toBe(false)
})

test('12 a webview that is attached all the same is stopped', () => {
  expect(prevented('will-attach-webview')).toBe(true)
})

test('13 the window stays on its page', () => {
  const elsewhere = [
    'https://evil.example/',
    'file:///etc/passwd',
    'app://evil/',
    'app://layerscope.evil.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    'about:blank',
    ''
  ]
  for (const event of ['will-navigate', 'will-redirect']) {
    for (const url of elsewhere) expect([event, url, prevented(event, { url })]).toEqual([event, url, true])
    expect(prevented(event, { url: page })).toBe(false)
  }
  expect(prevented('will-frame-navigate', { url: page, isMainFrame: false })).toBe(true)
  expect(prevented('will-frame-navigate', { url: 'https://evil.example/', isMainFrame: true })).toBe(true)
})

test('14 no second window opens', () => {
  for (const url of [page, 'https://arxiv.org/abs/1909.03368', 'about:blank', 'https://evil.example/']) {
    expect(window.webContents.windowOpen!({ url } as never)).toEqual({ action: 'deny' })
  }
})

test('15 only links to listed sites leave for the browser, only over https', () => {
  const urls = [
    'https://arxiv.org/abs/1909.03368',
    'http://arxiv.org/',
    'https://arxiv.org.evil.example/',
    'https://arxiv.org@evil.example/',
    'https://evil.example/?https://arxiv.org',
    'file:///bin/sh',
    'smb://evil.example/share',
    'javascript:alert(1)',
    'vscode://evil',
    ''
  ]
  for (const url of urls) window.webContents.windowOpen!({ url } as never)
  expect(recorded.opened).toEqual(['https://arxiv.org/abs/1909.03368'])
})

test('16 Electron is a current release, pinned exactly', () => {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    devDependencies: Record<string, string>
  }
  expect(devDependencies.electron).toMatch(/^\d+\.\d+\.\d+$/)
  expect(Number(devDependencies.electron!.split('.')[0])).toBeGreaterThanOrEqual(45)
})

test('17 calls are answered to the top frame of the own page alone', async () => {
  const call = recorded.ipc.get('layerscope:call')!
  const from = (senderFrame: unknown): Promise<unknown> =>
    Promise.resolve(call({ senderFrame } as never, 'app.info', {}))
  expect(await from({ url: page, parent: null })).toMatchObject({
    kind: 'answer',
    output: { version: '1.2.3', host: 'electron' }
  })
  const refused = (who: string) => ({
    kind: 'failure',
    error: { name: 'UserError', message: `A page of '${who}' may not call Layerscope.`, user: true }
  })
  for (const url of ['https://evil.example/', 'app://evil/', 'file:///index.html', 'data:text/html,x', 'about:blank']) {
    expect(await from({ url, parent: null })).toMatchObject(refused(url))
  }
  expect(await from({ url: page, parent: {} })).toMatchObject(refused(page))
  expect(await from(null)).toMatchObject(refused('a frame that is gone'))
  expect([...recorded.ipc.keys()]).toEqual(['layerscope:call'])
})

test('18 the page comes from app://, which is no way around the policy, and never from file://', async () => {
  expect(recorded.schemes).toEqual([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }
  ])
  expect(recorded.calls.indexOf('registerSchemes')).toBeLessThan(recorded.calls.indexOf('ready'))
  expect([...recorded.protocols.keys()]).toEqual(['app'])
  for (const name of readdirSync('src/main/hosts/electron')) {
    expect(readFileSync(join('src/main/hosts/electron', name), 'utf8')).not.toMatch(/loadFile|['"`]file:/)
  }
})

test('18 app:// serves the built window and no other file', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'renderer/assets'), { recursive: true })
  await writeFile(join(folder, 'secret.json'), 'a secret')
  await writeFile(join(folder, 'renderer/assets/main.js'), 'export {}')
  const ask = (url: string, init?: RequestInit): Promise<Response> =>
    answerAppRequest(new Request(url, init), join(folder, 'renderer'))
  const asset = await ask('app://layerscope/assets/main.js')
  expect([asset.status, asset.headers.get('content-type'), await asset.text()]).toEqual([
    200,
    'text/javascript; charset=utf-8',
    'export {}'
  ])
  for (const path of [
    '..%2fsecret.json',
    '%2e%2e%2fsecret.json',
    'assets/..%2f..%2fsecret.json',
    '..%5csecret.json',
    '%',
    '%00'
  ]) {
    expect([path, (await ask(`app://layerscope/${path}`)).status]).toEqual([path, 404])
  }
  expect((await ask('app://layerscope/assets/main.js', { method: 'POST' })).status).toBe(405)
})

test('19 the fuses of a release are those of the checklist, each with its reason', () => {
  const fuses = JSON.parse(readFileSync('packaging/fuses.json', 'utf8')) as Record<
    string,
    { on: boolean; reason: string }
  >
  expect(Object.fromEntries(Object.entries(fuses).map(([name, { on }]) => [name, on]))).toEqual({
    RunAsNode: false,
    EnableCookieEncryption: false,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableNodeCliInspectArguments: false,
    EnableEmbeddedAsarIntegrityValidation: true,
    OnlyLoadAppFromAsar: true,
    LoadBrowserProcessSpecificV8Snapshot: false,
    GrantFileProtocolExtraPrivileges: false,
    WasmTrapHandlers: true
  })
  for (const { reason } of Object.values(fuses)) expect(reason).toMatch(/\.$/)
})

test('20 the page gets two functions of ours and nothing of Electron', async () => {
  await import('../../src/preload/index')
  expect(Object.keys(recorded.exposed)).toEqual(['layerscope'])
  const bridge = recorded.exposed.layerscope as {
    call: (name: string, input: unknown) => Promise<unknown>
    subscribe: (listener: (...parameters: unknown[]) => void) => () => void
  }
  expect(Object.keys(bridge)).toEqual(['call', 'subscribe'])

  await bridge.call('app.info', { a: 1 })
  expect(recorded.invoked).toEqual([['layerscope:call', 'app.info', { a: 1 }]])
  expect(await bridge.call('files.dropped', [{ name: 'a.conllu' }, { name: 'made-up' }])).toEqual({
    kind: 'answer',
    id: 0,
    output: ['/dropped/a.conllu']
  })

  const heard: unknown[][] = []
  const stop = bridge.subscribe((...parameters) => void heard.push(parameters))
  const forward = recorded.listeners.get('layerscope:event')![0]!
  forward({ sender: 'of Electron' }, 'job.changed', { id: 'job' })
  expect(heard).toEqual([['job.changed', { id: 'job' }]])
  stop()
  expect(recorded.listeners.get('layerscope:event')).toEqual([])
})

test('a packaged app ignores the address of a development server', async () => {
  vi.stubEnv('ELECTRON_RENDERER_URL', 'http://localhost:5173')
  expect(app.isPackaged).toBe(true)
  expect(prevented('will-navigate', { url: 'http://localhost:5173/' })).toBe(true)
})
