import { EventEmitter } from 'node:events'
import type * as Electron from 'electron'

/**
 * Stands in for Electron's API where its program is not there: records what the real modules set, and lets a test raise
 * events. Each part is typed by the part of Electron it stands for, so that a renamed option or handler does not
 * compile.
 */
export interface Recorded {
  calls: string[]
  windows: StandInWindow[]
  schemes: Electron.CustomScheme[]
  protocols: Map<string, (request: Request) => Response | Promise<Response>>
  ipc: Map<string, (event: Electron.IpcMainInvokeEvent, ...parameters: unknown[]) => unknown>
  opened: string[]
  menu: Electron.MenuItemConstructorOptions[]
  permissionRequest: Parameters<Electron.Session['setPermissionRequestHandler']>[0]
  permissionCheck: Parameters<Electron.Session['setPermissionCheckHandler']>[0]
  devicePermission: Parameters<Electron.Session['setDevicePermissionHandler']>[0]
  displayMedia: Parameters<Electron.Session['setDisplayMediaRequestHandler']>[0]
  forks: { path: string; options?: Electron.ForkOptions }[]
  children: StandInUtilityProcess[]
  exposed: Record<string, unknown>
  invoked: unknown[][]
  listeners: Map<string, ((event: unknown, ...parameters: unknown[]) => void)[]>
  recent: string[]
  dialogs: Electron.OpenDialogOptions[]
  dialogAnswer: Electron.OpenDialogReturnValue
  lockData: unknown
  /** Ids of what keeps the system awake. */
  awake: Set<number>
}

function fresh(): Recorded {
  return {
    calls: [],
    windows: [],
    schemes: [],
    protocols: new Map(),
    ipc: new Map(),
    opened: [],
    menu: [],
    permissionRequest: null,
    permissionCheck: null,
    devicePermission: null,
    displayMedia: null,
    forks: [],
    children: [],
    exposed: {},
    invoked: [],
    listeners: new Map(),
    recent: [],
    awake: new Set(),
    dialogs: [],
    dialogAnswer: { canceled: true, filePaths: [] },
    lockData: undefined
  }
}

export const recorded = fresh()

export class StandInContents
  extends EventEmitter
  implements Pick<Electron.WebContents, 'setWindowOpenHandler' | 'send' | 'isDestroyed'>
{
  windowOpen: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | undefined
  sent: unknown[][] = []
  setWindowOpenHandler(handler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0]): void {
    this.windowOpen = handler
  }
  send(...parameters: unknown[]): void {
    this.sent.push(parameters)
  }
  isDestroyed(): boolean {
    return false
  }
  readonly ports: unknown[][] = []
  postMessage(channel: string, message: unknown, ports: unknown[]): void {
    this.ports.push([channel, message, ports])
  }
  reload(): void {
    recorded.calls.push('reload')
  }
}

export class StandInWindow extends EventEmitter {
  readonly webContents = new StandInContents()
  readonly loaded: string[] = []
  maximized = false
  shown = false
  /** Set to make the page fail to load. */
  static loading: () => Promise<void> = () => Promise.resolve()
  constructor(readonly options: Electron.BrowserWindowConstructorOptions) {
    super()
    recorded.windows.push(this)
    app.emit('web-contents-created', {}, this.webContents)
  }
  loadURL(url: string): Promise<void> {
    this.loaded.push(url)
    return StandInWindow.loading().then(() => void this.webContents.emit('did-finish-load'))
  }
  isVisible(): boolean {
    return this.shown
  }
  destroyed = false
  isDestroyed(): boolean {
    return this.destroyed
  }
  destroy(): void {
    this.destroyed = true
  }
  show(): void {
    this.shown = true
  }
  maximize(): void {
    this.maximized = true
  }
  isMaximized(): boolean {
    return this.maximized
  }
  isMinimized(): boolean {
    return false
  }
  focus(): void {
    recorded.calls.push('focus')
  }
  getNormalBounds(): Electron.Rectangle {
    return { x: 10, y: 20, width: 1300, height: 800 }
  }
}

export class StandInUtilityProcess extends EventEmitter {
  readonly pid = 4242
  readonly stdout = null
  readonly stderr = null
  readonly posted: unknown[] = []
  readonly connected: unknown[] = []
  postMessage(message: unknown, ports: readonly unknown[] = []): void {
    if (ports.length > 0) this.connected.push(...ports)
    else this.posted.push(message)
  }
  kill(): boolean {
    this.emit('exit', 0)
    return true
  }
}

class StandInApp extends EventEmitter {
  readonly isPackaged = true
  firstInstance = true
  /** Set to a promise of one's own to hold the app back. */
  ready: Promise<void> = Promise.resolve()
  switches: string[] = []
  readonly commandLine = {
    hasSwitch: (name: string) => this.switches.includes(name),
    appendSwitch: (name: string, value: string) => void this.switches.push(`${name}=${value}`)
  }
  enableSandbox(): void {
    recorded.calls.push('enableSandbox')
  }
  requestSingleInstanceLock(data?: Record<string, unknown>): boolean {
    recorded.lockData = data
    return this.firstInstance
  }
  setAsDefaultProtocolClient(scheme: string): boolean {
    recorded.calls.push(`setAsDefaultProtocolClient ${scheme}`)
    return true
  }
  setPath(name: string): void {
    recorded.calls.push(`setPath ${name}`)
  }
  whenReady(): Promise<void> {
    recorded.calls.push('ready')
    return this.ready
  }
  getVersion(): string {
    return '1.2.3'
  }
  relaunch(): void {
    recorded.calls.push('relaunch')
  }
  quit(): void {
    recorded.calls.push('quit')
  }
  exit(code: number): void {
    recorded.calls.push(`exit ${code}`)
  }
  addRecentDocument(path: string): void {
    recorded.recent.push(path)
  }
  clearRecentDocuments(): void {
    recorded.recent.length = 0
  }
}

export const app = new StandInApp()

const defaultSession: Pick<
  Electron.Session,
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDevicePermissionHandler'
  | 'setDisplayMediaRequestHandler'
> & { protocol: Pick<Electron.Protocol, 'handle' | 'unhandle'> } = {
  protocol: {
    handle(scheme, handler) {
      recorded.protocols.set(scheme, handler as (request: Request) => Response | Promise<Response>)
    },
    unhandle: (scheme) => void recorded.protocols.delete(scheme)
  },
  setPermissionRequestHandler: (handler) => void (recorded.permissionRequest = handler),
  setPermissionCheckHandler: (handler) => void (recorded.permissionCheck = handler),
  setDevicePermissionHandler: (handler) => void (recorded.devicePermission = handler),
  setDisplayMediaRequestHandler: (handler) => void (recorded.displayMedia = handler)
}
export const session = {
  defaultSession,
  fromPartition(partition: string): typeof defaultSession {
    recorded.calls.push(`fromPartition ${partition}`)
    return defaultSession
  }
}

/** Both ends of a channel; what is posted on one arrives at the other. */
export class MessageChannelMain {
  readonly port1 = new EventEmitter()
  readonly port2 = new EventEmitter()
}

export const powerMonitor = new EventEmitter()

export const protocol: Pick<Electron.Protocol, 'registerSchemesAsPrivileged'> = {
  registerSchemesAsPrivileged(schemes) {
    recorded.calls.push('registerSchemes')
    recorded.schemes.push(...schemes)
  }
}

export const ipcMain: Pick<Electron.IpcMain, 'handle'> = {
  handle: (channel, listener) => void recorded.ipc.set(channel, listener)
}

export const shell: Pick<Electron.Shell, 'openExternal' | 'openPath'> = {
  openExternal(url) {
    recorded.opened.push(url)
    return Promise.resolve()
  },
  openPath(path) {
    recorded.opened.push(path)
    return Promise.resolve('')
  }
}

export const Menu = {
  buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => template,
  setApplicationMenu(template: Electron.MenuItemConstructorOptions[]) {
    recorded.menu = template
  }
}

export const dialog = {
  showErrorBox(title: string, text: string): void {
    recorded.calls.push(`${title}: ${text}`)
  },
  showOpenDialog(...parameters: unknown[]): Promise<Electron.OpenDialogReturnValue> {
    recorded.dialogs.push(parameters.at(-1) as Electron.OpenDialogOptions)
    return Promise.resolve(recorded.dialogAnswer)
  }
}

export const utilityProcess = {
  fork(path: string, _parameters: string[], options?: Electron.ForkOptions): StandInUtilityProcess {
    const child = new StandInUtilityProcess()
    recorded.forks.push({ path, options })
    recorded.children.push(child)
    return child
  }
}

let blockers = 0
export const powerSaveBlocker = {
  start(kind: string): number {
    recorded.calls.push(kind)
    recorded.awake.add(++blockers)
    return blockers
  },
  stop: (id: number): boolean => recorded.awake.delete(id)
}

export const screen = {
  getDisplayMatching: () => ({ workArea: { x: 0, y: 0, width: 1920, height: 1080 } })
}

export const nativeTheme = { shouldUseDarkColors: false }

export const contextBridge: Pick<Electron.ContextBridge, 'exposeInMainWorld'> = {
  exposeInMainWorld: (key, api) => void (recorded.exposed[key] = api)
}

export const ipcRenderer = {
  invoke(...parameters: unknown[]): Promise<unknown> {
    recorded.invoked.push(parameters)
    return Promise.resolve(null)
  },
  on(channel: string, listener: (event: unknown, ...parameters: unknown[]) => void): void {
    recorded.listeners.set(channel, [...(recorded.listeners.get(channel) ?? []), listener])
  },
  off(channel: string, listener: (event: unknown, ...parameters: unknown[]) => void): void {
    recorded.listeners.set(
      channel,
      (recorded.listeners.get(channel) ?? []).filter((other) => other !== listener)
    )
  }
}

export const webUtils: Pick<Electron.WebUtils, 'getPathForFile'> = {
  getPathForFile: (file) => (file.name === 'made-up' ? '' : `/dropped/${file.name}`)
}

export { StandInWindow as BrowserWindow }

/** Forgets everything recorded and every listener. */
export function resetStandIn(): void {
  Object.assign(recorded, fresh())
  app.removeAllListeners()
  powerMonitor.removeAllListeners()
  app.firstInstance = true
  app.switches = []
  app.ready = Promise.resolve()
  StandInWindow.loading = () => Promise.resolve()
}
