import { basename } from 'node:path'
import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { MenuCommand } from '@shared/contract'
import { shortcuts, type ShortcutName } from '@shared/shortcuts'
import type { RecentDocument } from './recent'

export interface MenuActions {
  /** Asks the window to do it. */
  command(command: MenuCommand): void
  open(paths: readonly string[]): void
  clearRecent(): void
  showLicences(): void
  /** Null where no publisher has named a place to ask. */
  checkForUpdate: (() => void) | null
}

/** The application menu; rebuilt whenever the recent documents change. */
export function setMenu(
  actions: MenuActions,
  recent: readonly RecentDocument[],
  isPackaged: boolean,
  platform: NodeJS.Platform = process.platform
): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(actions, recent, isPackaged, platform)))
}

export function menuTemplate(
  actions: MenuActions,
  recent: readonly RecentDocument[],
  isPackaged: boolean,
  platform: NodeJS.Platform
): MenuItemConstructorOptions[] {
  const command = (label: string, name: MenuCommand, shortcut: ShortcutName): MenuItemConstructorOptions => ({
    label,
    accelerator: acceleratorOf(shortcuts[shortcut].keys),
    click: () => actions.command(name)
  })
  const mac = platform === 'darwin'
  return [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [
        command('Open model…', 'open-model', 'openModel'),
        command('Open data…', 'open-dataset', 'openData'),
        { label: 'Open recent', submenu: recentItems(actions, recent) },
        { type: 'separator' },
        command('Export view…', 'export', 'exportView'),
        { type: 'separator' },
        { label: 'Engine on another machine…', click: () => actions.command('engine-place') },
        { type: 'separator' },
        mac ? { role: 'close' } : { role: 'quit' }
      ]
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        command('Ask, search or run…', 'command-palette', 'palette'),
        command('Light or dark', 'toggle-theme', 'theme'),
        { type: 'separator' },
        { role: 'zoomIn' },
        // On most keyboards plus is Shift+=: both zoom in.
        { role: 'zoomIn', accelerator: 'CmdOrCtrl+=', visible: false, acceleratorWorksWhenHidden: true },
        { role: 'zoomOut' },
        { role: 'resetZoom' },
        { role: 'togglefullscreen' },
        ...(isPackaged
          ? []
          : [{ type: 'separator' } as const, { role: 'reload' } as const, { role: 'toggleDevTools' } as const])
      ]
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        { label: 'Licences of the bundled model and data', click: () => actions.showLicences() },
        ...(actions.checkForUpdate ? [{ label: 'Check for updates…', click: actions.checkForUpdate }] : []),
        { role: 'about' }
      ]
    }
  ]
}

/** 'Ctrl Shift O' as Electron writes it. */
function acceleratorOf(keys: string): string {
  return keys.replace('Ctrl', 'CmdOrCtrl').split(' ').join('+')
}

function recentItems(actions: MenuActions, recent: readonly RecentDocument[]): MenuItemConstructorOptions[] {
  if (recent.length === 0) return [{ label: 'Nothing opened yet', enabled: false }]
  return [
    ...recent.map(({ paths }) => ({
      label: paths.map((path) => basename(path)).join(', '),
      toolTip: paths[0],
      click: () => actions.open(paths)
    })),
    { type: 'separator' },
    { label: 'Clear list', click: () => actions.clearRecent() }
  ]
}
