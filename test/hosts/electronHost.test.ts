import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MenuItemConstructorOptions } from 'electron'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startDesktop } from '../../src/main/hosts/electron/app'
import { menuTemplate } from '../../src/main/hosts/electron/menu'
import { app, BrowserWindow, recorded, resetStandIn, type StandInWindow } from '../security/electronStandIn'
import { temporaryFolder } from './fixtures/testHost'

vi.mock('electron', () => import('../security/electronStandIn'))

let data: string
let window: StandInWindow

beforeEach(async () => {
  resetStandIn()
  data = await temporaryFolder()
  vi.stubEnv('LAYERSCOPE_DATA', data)
  vi.stubEnv('LAYERSCOPE_CACHE', await temporaryFolder())
  onTestFinished(() => void vi.unstubAllEnvs())
})

async function start(parameters: string[] = []): Promise<void> {
  startDesktop(parameters)
  await vi.waitFor(() => expect(recorded.windows[0]?.loaded).toHaveLength(1))
  window = recorded.windows[0]!
}

/** A call of the window, answered as its preload script is. */
async function call(name: string, input: unknown): Promise<unknown> {
  const frame = { url: 'app://layerscope/index.html', parent: null }
  const answer = (await recorded.ipc.get('layerscope:call')!({ senderFrame: frame } as never, name, input)) as {
    output?: unknown
    error?: unknown
  }
  return answer.output ?? answer.error
}

const engine = () => recorded.children.at(-1)!
const keptState = async (): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(data, 'state.json'), 'utf8')) as Record<string, unknown>

test('the entry module runs to its end before the app is ready, or it would never be', async () => {
  let becomeReady = (): void => undefined
  app.ready = new Promise((resolve) => (becomeReady = resolve))
  await import('../../src/main/index')
  expect(recorded.calls).toEqual(['registerSchemes', 'enableSandbox', 'setPath userData', 'ready'])
  expect(recorded.windows).toEqual([])
  becomeReady()
  await vi.waitFor(() => expect(recorded.windows).toHaveLength(1))
})

test('an app that cannot start says why and ends', async () => {
  app.ready = Promise.reject(new Error('There is no display.'))
  startDesktop([])
  await vi.waitFor(() => expect(recorded.calls.at(-1)).toBe('exit 1'))
  expect(recorded.calls.at(-2)).toBe('Layerscope could not start: There is no display.')
})

test('a second start hands its files to the first, says so and ends', async () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => write.mockRestore())
  app.firstInstance = false
  await writeFile(join(data, 'a.conllu'), '')
  startDesktop([join(data, 'a.conllu'), '--flag', join(data, 'gone.conllu')])
  expect(recorded.lockData).toEqual({ paths: [join(data, 'a.conllu')] })
  expect(recorded.calls).toContain('quit')
  expect(recorded.windows).toEqual([])
  expect(write.mock.calls.join('')).toContain('Layerscope is already running with these settings')
})

test('a link to a view reaches the window as files do; other links do not', async () => {
  const link = 'layerscope://view#layerscope=1&view=probes'
  await start([link])
  expect(await call('app.info', {})).toMatchObject({ openPaths: [link] })
  app.emit('open-url', { preventDefault: () => undefined }, link)
  app.emit('open-url', { preventDefault: () => undefined }, 'https://example.org/')
  const sent = window.webContents.sent.filter(([, name]) => name === 'files.opened')
  expect(sent).toEqual([['layerscope:event', 'files.opened', { paths: [link] }]])
})

test('files from the command line, a second start and the operating system reach the window', async () => {
  await writeFile(join(data, 'a.conllu'), '')
  await start([join(data, 'a.conllu')])
  expect(await call('app.info', {})).toMatchObject({
    openPaths: [join(data, 'a.conllu')],
    host: 'electron',
    nativeDialogs: true
  })
  app.emit('second-instance', {}, [], '/', { paths: ['/b'] })
  app.emit('open-file', { preventDefault: () => undefined }, '/c')
  const sent = window.webContents.sent.filter(([, name]) => name === 'files.opened')
  expect(sent).toEqual([
    ['layerscope:event', 'files.opened', { paths: ['/b'] }],
    ['layerscope:event', 'files.opened', { paths: ['/c'] }]
  ])
})

describe('the engine', () => {
  test('is a utility process that answers once it is ready, and hears nothing that the contract refuses', async () => {
    await start()
    expect(recorded.forks).toEqual([
      {
        path: expect.stringMatching(/out\/main\/engineProcess\.js$/),
        options: {
          serviceName: 'Layerscope engine',
          stdio: ['ignore', 'pipe', 'pipe'],
          allowLoadingUnsignedLibraries: true,
          // A larger allocation ends the process.
          env: expect.objectContaining({ LAYERSCOPE_LARGEST_ARRAY: String(2 ** 31 - 2 ** 21) })
        }
      }
    ])
    const list = call('model.list', {})
    expect(await call('model.list', { extra: 1 })).toMatchObject({ user: true })
    expect(engine().posted).toEqual([])
    engine().emit('message', { kind: 'event', name: 'process.ready', payload: null })
    const posted = engine().posted as { id: number; name: string }[]
    for (const { id, name } of posted.filter((frame) => frame.name === 'model.list'))
      engine().emit('message', { kind: 'answer', id, output: `answer to ${name}` })
    expect(await list).toBe('answer to model.list')
  })

  test('that dies is replaced, and the window is informed', async () => {
    await start()
    engine().emit('message', { kind: 'event', name: 'process.ready', payload: null })
    engine().emit('error', 'FatalError', 'v8::internal::Heap', '')
    engine().emit('exit', 134)
    await vi.waitFor(() => expect(recorded.children).toHaveLength(2))
    const states = window.webContents.sent
      .filter(([, name]) => name === 'engine.state')
      .map(([, , payload]) => (payload as { state: string }).state)
    expect(states).toEqual(['ready', 'crashed', 'starting'])
  })

  test('is gone, and the settings are kept, before the app is', async () => {
    await start()
    window.emit('close')
    const ended = vi.fn()
    engine().once('exit', ended)
    const preventDefault = vi.fn()
    app.emit('will-quit', { preventDefault })
    expect(preventDefault).toHaveBeenCalledOnce()
    await vi.waitFor(() => expect(recorded.calls).toContain('quit'))
    expect(ended).toHaveBeenCalledOnce()
    expect(await keptState()).toMatchObject({
      window: { bounds: { x: 10, y: 20, width: 1300, height: 800 }, maximized: false }
    })
    app.emit('will-quit', { preventDefault })
    expect(preventDefault).toHaveBeenCalledOnce()
  })
})

describe('the window', () => {
  test('opens where it was left, and shows itself when it has something to show', async () => {
    await mkdir(data, { recursive: true })
    await writeFile(
      join(data, 'state.json'),
      JSON.stringify({ window: { bounds: { x: 100, y: 50, width: 1200, height: 700 }, maximized: true } })
    )
    BrowserWindow.loading = () => new Promise(() => undefined)
    await start()
    expect(window.options).toMatchObject({
      x: 100,
      y: 50,
      width: 1200,
      height: 700,
      minWidth: 960,
      minHeight: 640,
      show: false
    })
    expect(window.maximized).toBe(true)
    expect(window.shown).toBe(false)
    window.emit('ready-to-show')
    expect(window.shown).toBe(true)
  })

  test.each([
    ['a screen that is gone', { bounds: { x: 5000, y: 50, width: 1200, height: 700 } }, { width: 1200, height: 700 }],
    ['a size too small to use', { bounds: { x: 0, y: 0, width: 10, height: 10 } }, { width: 960, height: 640 }],
    ['nonsense', { bounds: 'left' }, { width: 1440, height: 900 }]
  ])('comes back from %s', async (_what, kept, size) => {
    await writeFile(join(data, 'state.json'), JSON.stringify({ window: kept }))
    await start()
    expect(window.options).toMatchObject(size)
    expect(window.options.x ?? 0).toBe(0)
  })
})

describe('the dialog', () => {
  test('chooses a model folder or data files, and may be closed without a choice', async () => {
    await start()
    expect(await call('files.pick', { kind: 'model' })).toBeUndefined()
    recorded.dialogAnswer = { canceled: false, filePaths: ['/a', '/b'] }
    expect(await call('files.pick', { kind: 'dataset' })).toEqual(['/a', '/b'])
    expect(recorded.dialogs.map(({ properties }) => properties)).toEqual([
      ['openDirectory'],
      ['openFile', 'multiSelections']
    ])
  })

  test('opens where the last file of its kind was, also after a restart', async () => {
    await start()
    recorded.dialogAnswer = { canceled: false, filePaths: ['/corpora/ud/train.conllu', '/corpora/ud/test.conllu'] }
    await call('files.pick', { kind: 'dataset' })
    recorded.dialogAnswer = { canceled: false, filePaths: ['/models/bert'] }
    await call('files.pick', { kind: 'model' })
    resetStandIn()
    await start()
    await call('files.pick', { kind: 'dataset' })
    await call('files.pick', { kind: 'model' })
    expect(recorded.dialogs.map(({ defaultPath }) => defaultPath)).toEqual(['/corpora/ud', '/models'])
  })
})

test('a window whose ready-to-show never comes (Wayland) is shown once its page has loaded', async () => {
  await start()
  await vi.waitFor(() => expect(window.shown).toBe(true))
})

test('a window closed before its page had loaded is not an app that could not start', async () => {
  let fail = (_error: Error): void => undefined
  BrowserWindow.loading = () => new Promise((_resolve, reject) => (fail = reject))
  await start()
  window.emit('closed')
  fail(new Error('ERR_FAILED (-2)'))
  await new Promise((resolve) => setImmediate(resolve))
  expect(recorded.calls.filter((line) => line.startsWith('Layerscope could not') || line.startsWith('exit'))).toEqual(
    []
  )
})

describe('files opened while the app starts', () => {
  test('by a second start right after the lock are there when the page asks', async () => {
    startDesktop([])
    app.emit('second-instance', {}, [], '/', { paths: ['/b'] })
    await vi.waitFor(() => expect(recorded.windows[0]?.loaded).toHaveLength(1))
    expect(await call('app.info', {})).toMatchObject({ openPaths: ['/b'] })
  })

  test('before the page listens are not sent into nothing, and not opened twice', async () => {
    await start()
    app.emit('open-file', { preventDefault: () => undefined }, '/c')
    expect(window.webContents.sent.filter(([, name]) => name === 'files.opened')).toEqual([])
    expect(await call('app.info', {})).toMatchObject({ openPaths: ['/c'] })
    expect(await call('app.info', {})).toMatchObject({ openPaths: [] })
  })
})

describe('a page whose process is gone', () => {
  const gone = (reason: string) => window.webContents.emit('render-process-gone', {}, { reason, exitCode: 5 })

  test('is loaded again, once; the second time within ten seconds it is said', async () => {
    await start()
    gone('crashed')
    expect(recorded.calls).toContain('reload')
    gone('oom')
    expect(recorded.calls.filter((line) => line === 'reload')).toHaveLength(1)
    expect(recorded.calls.at(-1)).toBe(
      'The window stopped twice in a row: Its process ended (oom, code 5). Close Layerscope and start it again; ' +
        'kept results are on disk.'
    )
  })

  test('is left alone where it ended by itself', async () => {
    await start()
    gone('clean-exit')
    expect(recorded.calls).not.toContain('reload')
  })
})

describe('an engine on another machine', () => {
  const place = { machine: 'gpu1', slurm: '--gpus=1', program: 'layerscope' }

  test('is chosen in the window: kept, and the app starts again', async () => {
    await start()
    expect(await call('engine.place', {})).toBe(undefined)
    for (const wrong of ['-oProxyCommand=x', 'gpu1; rm', 'a b', '$(x)', ''])
      expect(await call('engine.use', { place: { ...place, machine: wrong } })).toMatchObject({ user: true })
    for (const wrong of ['--gpus 1', "--x='y'", '--a=$b', 'ls'])
      expect(await call('engine.use', { place: { ...place, slurm: wrong } })).toMatchObject({ user: true })
    for (const wrong of ['x y', '-x', 'a;b', '`a`'])
      expect(await call('engine.use', { place: { ...place, program: wrong } })).toMatchObject({ user: true })
    expect(recorded.calls).not.toContain('relaunch')
    await call('engine.use', { place })
    expect(recorded.calls.slice(-2)).toEqual(['relaunch', 'quit'])
    expect((await keptState()).enginePlace).toEqual(place)
  })

  test.skipIf(process.platform === 'win32')(
    'is started by ssh; files and what was open are of that machine',
    async () => {
      const bin = await temporaryFolder()
      await writeFile(join(bin, 'ssh'), `#!/bin/sh\necho "$@" > '${join(bin, 'typed')}'\nexec sleep 60\n`, {
        mode: 0o755
      })
      vi.stubEnv('PATH', `${bin}:${process.env.PATH}`)
      await writeFile(join(data, 'state.json'), JSON.stringify({ enginePlace: place, 'of this machine': 1 }))
      await start()
      await vi.waitFor(async () =>
        expect(await readFile(join(bin, 'typed'), 'utf8')).toBe('gpu1 srun --gpus=1 layerscope engine --stdio\n')
      )
      expect(recorded.forks).toEqual([])
      expect(await call('app.info', {})).toMatchObject({ nativeDialogs: false, remote: 'gpu1' })
      expect(await call('engine.state', {})).toMatchObject({ state: 'starting', host: 'gpu1' })
      expect(await call('state.load', {})).toEqual({})
      await call('state.save', { key: 'open', value: 1 })
      expect(await keptState()).toEqual({ enginePlace: place, 'of this machine': 1 })
      // Back again.
      await call('engine.use', { place: null })
      expect((await keptState()).enginePlace).toBe(null)
      app.emit('will-quit', { preventDefault: () => undefined })
    }
  )

  test('a setting that is none of a machine is no command', async () => {
    await writeFile(join(data, 'state.json'), JSON.stringify({ enginePlace: { ...place, machine: 'gpu1 rm' } }))
    await start()
    expect(recorded.forks).toHaveLength(1)
  })
})

test('no keyring is asked for on Linux', async () => {
  await start()
  expect(app.switches.includes('password-store=basic')).toBe(process.platform === 'linux')
})

describe('the menu', () => {
  const actions = { command: vi.fn(), open: vi.fn(), clearRecent: vi.fn(), showLicences: vi.fn(), checkForUpdate: null }
  const items = (menu: MenuItemConstructorOptions[], label: string): MenuItemConstructorOptions[] =>
    menu.find((item) => item.label === label)!.submenu as MenuItemConstructorOptions[]
  const click = (item: MenuItemConstructorOptions | undefined): void => (item!.click as () => void)()

  test('asks the window for what the window does', () => {
    const menu = menuTemplate(actions, [], true, 'linux')
    for (const item of [...items(menu, '&File'), ...items(menu, '&View')])
      if (item.accelerator && !item.role) click(item)
    expect(actions.command.mock.calls.flat()).toEqual([
      'open-model',
      'open-dataset',
      'export',
      'command-palette',
      'toggle-theme'
    ])
  })

  test('has developer tools in development alone', () => {
    const roles = (isPackaged: boolean): unknown[] =>
      items(menuTemplate(actions, [], isPackaged, 'linux'), '&View').map(({ role }) => role)
    expect(roles(true)).not.toContain('toggleDevTools')
    expect(roles(false)).toContain('toggleDevTools')
  })

  test('opens recent documents, the newest first, also after a restart', async () => {
    await start()
    engine().emit('message', { kind: 'event', name: 'process.ready', payload: null })
    const open = async (name: string, input: unknown): Promise<void> => {
      const done = call(name, input)
      await vi.waitFor(() => expect((engine().posted.at(-1) as { name: string }).name).toBe(name))
      engine().emit('message', { kind: 'answer', id: (engine().posted.at(-1) as { id: number }).id, output: {} })
      await done
    }
    await open('model.open', { path: '/models/bert' })
    await open('dataset.open', { paths: ['/data/train.conllu', '/data/test.conllu'] })
    await open('model.open', { path: '/models/bert' })
    expect(recorded.recent).toEqual(['/models/bert', '/data/train.conllu', '/data/test.conllu', '/models/bert'])
    const recent = (): MenuItemConstructorOptions[] =>
      items(recorded.menu, '&File')[2]!.submenu as MenuItemConstructorOptions[]
    expect(recent().map(({ label }) => label)).toEqual(['bert', 'train.conllu, test.conllu', undefined, 'Clear list'])
    await call('app.info', {})
    click(recent()[1])
    expect(window.webContents.sent.at(-1)).toEqual([
      'layerscope:event',
      'files.opened',
      { paths: ['/data/train.conllu', '/data/test.conllu'] }
    ])
    await vi.waitFor(async () =>
      expect((await keptState()).recent).toEqual([
        { paths: ['/models/bert'] },
        { paths: ['/data/train.conllu', '/data/test.conllu'] }
      ])
    )

    resetStandIn()
    await start()
    expect(recent().map(({ label }) => label)).toEqual(['bert', 'train.conllu, test.conllu', undefined, 'Clear list'])
    click(recent().at(-1))
    expect(recent().map(({ label }) => label)).toEqual(['Nothing opened yet'])
    await vi.waitFor(async () => expect((await keptState()).recent).toEqual([]))
  })
})
