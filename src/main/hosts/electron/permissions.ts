import type { Session } from 'electron'

/**
 * The permissions a page gets, and why; all others are denied. Electron grants everything if
 * there is no handler.
 */
const granted: Readonly<Record<string, string>> = {
  'clipboard-sanitized-write': 'Tables and pictures are copied to the clipboard.'
}

const isGranted = (permission: string): boolean => Object.hasOwn(granted, permission)

/**
 * Requests and checks are answered by different handlers; both are needed. Devices (USB, serial, HID, Bluetooth) have a
 * third.
 */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, callback) => callback(isGranted(permission)))
  session.setPermissionCheckHandler((_contents, permission) => isGranted(permission))
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, callback) => callback(null))
}
