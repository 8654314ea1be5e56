import { BrowserWindow, nativeTheme, type BrowserWindowConstructorOptions } from 'electron'
import type { StateFile } from '../services/stateFile'
import { readWindowState } from './windowState'

export interface WindowOptions {
  preload: string
  icon?: string
  state: StateFile
}

/** What the page may do, including today's defaults, so that a later Electron does not change it. */
export function webPreferences(preload?: string): NonNullable<BrowserWindowConstructorOptions['webPreferences']> {
  return {
    ...(preload === undefined ? {} : { preload }),
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false
  }
}

const stateKey = 'window'

/** Creates the window where it last was, still empty; it becomes visible once it has content. */
export async function createMainWindow({ preload, icon, state }: WindowOptions): Promise<BrowserWindow> {
  const { bounds, maximized } = readWindowState((await state.load())[stateKey])
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 960,
    minHeight: 640,
    show: false,
    title: 'Layerscope',
    icon,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#15171c' : '#ffffff',
    webPreferences: webPreferences(preload)
  })
  if (maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  // On Wayland a hidden window may never get the frame that `ready-to-show` waits for (electron/electron#48859).
  window.webContents.once('did-finish-load', () => {
    if (!window.isDestroyed() && !window.isVisible()) window.show()
  })
  window.on('close', () => {
    void state.save(stateKey, { bounds: window.getNormalBounds(), maximized: window.isMaximized() })
  })
  return window
}
