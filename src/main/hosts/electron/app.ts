import { join } from 'node:path'
import { commandOf, enginePlace, type EnginePlace } from '@shared/enginePlace'
import { isViewLink, viewScheme } from '@shared/viewLink'
import * as v from 'valibot'
import { app, dialog, session, shell, type BrowserWindow } from 'electron'
import { appRoot, cacheDir, dataDir, outsideArchive, resourcePath } from '../../engine/paths'
import { errorFields, log } from '../../engine/log/log'
import { startProcessLog } from '../../engine/log/processLog'
import { readRelease } from '../../engine/release'
import { superviseEngine } from '../engineSupervisor'
import { createHost } from '../host'
import { resolveOpenPaths } from '../openPaths'
import { remoteStatePath } from '../remote/place'
import { remoteEndMs, remoteEngine } from '../remote/remoteEngine'
import { openStateFile } from '../services/stateFile'
import { registerAppScheme, serveAppProtocol } from './appProtocol'
import { pickPaths } from './dialogs'
import { connectPage } from './enginePort'
import { forkEngine, type DesktopEngine } from './forkEngine'
import { answerCalls, forwardEvents } from './ipcTransport'
import { collectOpened, type OpenedFiles } from './openedFiles'
import { bringBack } from './pageGone'
import { setMenu } from './menu'
import { guardNavigation } from './navigation'
import { notify } from './notify'
import { denyPermissions } from './permissions'
import { openRecent } from './recent'
import { followPower } from './powerEvents'
import { stayAwakeForJobs } from './stayAwake'
import { pageUrl } from './trustedPage'
import { checkForUpdate } from './updateMenu'
import { createMainWindow } from './window'

/** Where the settings keep the machine of the engine. */
const placeKey = 'enginePlace'

/**
 * Starts the desktop app; a second start hands its files to the first and ends. What must happen before the app is
 * ready happens at once.
 */
export function startDesktop(parameters: readonly string[]): void {
  registerAppScheme()
  // As root in a container Chromium was started without it; this call would undo that, too late.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  // Nothing stored needs a key; without this, Chromium asks for the keyring at the first start.
  if (process.platform === 'linux') app.commandLine.appendSwitch('password-store', 'basic')
  // The lock is in this folder: two sets of settings are two apps.
  app.setPath('userData', join(dataDir(), 'desktop'))
  if (!app.requestSingleInstanceLock({ paths: openable(parameters) })) {
    // On a shared home folder that may be another machine, whose window is not seen here.
    process.stderr.write(
      'Layerscope is already running with these settings; its window shows what was asked for. LAYERSCOPE_DATA names ' +
        'another folder for a second one.\n'
    )
    app.quit()
    return
  }
  startProcessLog('host', { version: app.getVersion(), host: 'electron' })
  // Without the terminal that started it the app goes on; what it would have written there is in its log.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  // Electron goes on after a promise that nobody caught; its warning stays on standard error.
  process.on('unhandledRejection', (error) => {
    log.error('unhandledRejection', errorFields(error))
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  })
  run(parameters).catch((error: Error) => {
    log.error('host.failed', errorFields(error))
    dialog.showErrorBox('Layerscope could not start', error.message)
    app.exit(1)
  })
}

async function run(parameters: readonly string[]): Promise<void> {
  // Both come before the app is ready as well, and none may be lost.
  const files = collectOpened(openable(parameters))
  app.on('second-instance', (_event, _parameters, _folder, data) =>
    files.open((data as { paths?: string[] } | null)?.paths ?? [])
  )
  app.on('open-file', (event, path) => {
    event.preventDefault()
    files.open([path])
  })
  // On macOS; elsewhere a link is a parameter of a second start.
  app.on('open-url', (event, link) => {
    event.preventDefault()
    if (isViewLink(link)) files.open([link])
  })
  await app.whenReady()
  await compose(files)
}

async function compose(files: OpenedFiles): Promise<void> {
  const { isPackaged } = app
  // In development the program is Electron's own, which no link should start.
  if (isPackaged) app.setAsDefaultProtocolClient(viewScheme)
  serveAppProtocol(session.defaultSession, join(appRoot(), 'out/renderer'))
  denyPermissions(session.defaultSession)
  app.on('web-contents-created', (_event, contents) => guardNavigation(contents, isPackaged))

  const settings = openStateFile(join(dataDir(), 'state.json'))
  const place = readPlace((await settings.load())[placeKey])
  const command = place && commandOf(place)
  let child: DesktopEngine | null = null
  const engine = superviseEngine({
    fork: (environment) =>
      command === null
        ? (child = forkEngine(join(appRoot(), 'out/main/engineProcess.js'), environment))
        : remoteEngine(command, environment),
    ...(command !== null && { endMs: remoteEndMs })
  })
  const state = command === null ? settings : openStateFile(remoteStatePath(command))
  const { updates } = readRelease()
  let window: BrowserWindow | null = null
  const recent = await openRecent(state, () => showMenu())
  const info = {
    version: app.getVersion(),
    host: 'electron',
    platform: process.platform,
    nativeDialogs: place === null,
    ...(place && { remote: place.machine })
  } as const
  const host = createHost({
    info: () => ({ ...info, openPaths: files.take() }),
    engine,
    state,
    cacheDir: cacheDir(),
    notify: (message) => notify(message, toFront),
    dataDir: dataDir(),
    pick: (kind) => pickPaths(window, kind, state),
    onOpened: (paths) => void (place === null && recent.add(paths)),
    remote: place !== null,
    place: {
      current: place,
      async use(next) {
        await settings.save(placeKey, next)
        app.relaunch()
        app.quit()
      }
    }
  })
  stayAwakeForJobs(host)
  followPower()
  const open = (paths: readonly string[]): void => {
    files.open(paths)
  }
  const toFront = (): void => {
    if (window?.isMinimized()) window.restore()
    window?.show()
    window?.focus()
  }
  files.deliver((paths) => {
    if (paths.length > 0) host.emit('files.opened', { paths: [...paths] })
    toFront()
  })
  const showMenu = (): void =>
    setMenu(
      {
        command: (command) => host.emit('menu.command', { command }),
        open,
        clearRecent: () => void recent.clear(),
        showLicences: () => void shell.openPath(outsideArchive(resourcePath())),
        checkForUpdate: updates ? () => void checkForUpdate(updates, app.getVersion()) : null
      },
      recent.list(),
      isPackaged
    )

  const show = async (): Promise<void> => {
    window = await createMainWindow({
      preload: join(appRoot(), 'out/preload/index.cjs'),
      icon: outsideArchive(resourcePath('icon.png')),
      state
    })
    const opened = window
    opened.on('closed', () => (window = null))
    forwardEvents(host, opened.webContents)
    connectPage(opened.webContents, host, () => (engine.state().state === 'ready' ? child : null))
    bringBack(opened)
    try {
      await opened.loadURL(pageUrl(isPackaged))
    } catch (error) {
      // Closed before its page was loaded: not an error.
      if (window !== null) throw error
    }
  }

  showMenu()
  answerCalls(host, isPackaged)
  app.on('window-all-closed', () => app.quit())
  endWithApp(async () => {
    await Promise.all([engine.close(), state.flush(), settings.flush()])
  })
  await show()
}

/** What was kept, if it is valid: nothing else becomes a command. */
function readPlace(kept: unknown): EnginePlace | null {
  const read = v.safeParse(enginePlace, kept)
  return read.success ? read.output : null
}

/** Quitting waits until the engine has exited and the settings are saved. */
function endWithApp(close: () => Promise<void>): void {
  let closed = false
  app.on('will-quit', (event) => {
    if (closed) return
    event.preventDefault()
    void close().finally(() => {
      closed = true
      app.quit()
    })
  })
}

/**
 * Files, folders and links to views among the arguments; a path that is not there was meant for Chromium or is a
 * mistake that the window reports.
 */
function openable(parameters: readonly string[]): string[] {
  return parameters
    .filter((parameter) => !parameter.startsWith('-'))
    .flatMap((parameter) => {
      if (isViewLink(parameter)) return [parameter]
      try {
        return resolveOpenPaths([parameter])
      } catch (error) {
        process.stderr.write(`${(error as Error).message}\n`)
        return []
      }
    })
}
