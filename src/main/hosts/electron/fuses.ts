/**
 * Electron's fuses as the release step sets them, and why. The names are those of `FuseV1Options` of @electron/fuses.
 * Tests run the app unfused: a program whose inspector fuse is off cannot be driven by Playwright.
 */
export const fuses: Readonly<Record<string, { on: boolean; reason: string }>> = {
  RunAsNode: {
    on: false,
    reason:
      'The program must not be usable as a Node interpreter; the engine is a utility process and does not need it.'
  },
  EnableCookieEncryption: {
    on: false,
    reason: 'There are no cookies; encrypting them asks for the keyring or the Keychain at the first start.'
  },
  EnableNodeOptionsEnvironmentVariable: { on: false, reason: 'NODE_OPTIONS could load code into the signed program.' },
  EnableNodeCliInspectArguments: { on: false, reason: 'A debugger could be attached from outside.' },
  EnableEmbeddedAsarIntegrityValidation: { on: true, reason: 'A changed archive is not run.' },
  OnlyLoadAppFromAsar: { on: true, reason: 'Code outside the archive is not validated, and must not run.' },
  LoadBrowserProcessSpecificV8Snapshot: { on: false, reason: 'There is no snapshot of our own.' },
  GrantFileProtocolExtraPrivileges: {
    on: false,
    reason: 'The window is served by app://; file:// needs no privileges.'
  },
  WasmTrapHandlers: { on: true, reason: 'The WebAssembly backend runs at full speed.' }
}
