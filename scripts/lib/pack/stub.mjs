import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Electron's mark of its fuse wire, followed by the wire's version, its length and a digit for each fuse. */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const fusesInElectron45 = 9

/**
 * A folder that the packager takes for Electron's program on Linux: every file it touches, and a fuse wire in the
 * program itself. It shows that packing works where Electron cannot be fetched; it does not run.
 */
export function writeStub(folder, version) {
  mkdirSync(join(folder, 'locales'), { recursive: true })
  mkdirSync(join(folder, 'resources'), { recursive: true })
  const wire = Buffer.from([1, fusesInElectron45, ...Buffer.from('0'.repeat(fusesInElectron45))])
  const program = Buffer.concat([
    Buffer.from(`A stand-in for Electron ${version}.\n${sentinel}`),
    wire,
    Buffer.from('\n')
  ])
  const files = {
    electron: program,
    'chrome-sandbox': '',
    chrome_crashpad_handler: '',
    version,
    LICENSE: 'Licence of Electron',
    'LICENSES.chromium.html': '<!doctype html>',
    'locales/en-US.pak': '',
    'locales/de.pak': ''
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  for (const name of ['electron', 'chrome-sandbox', 'chrome_crashpad_handler']) chmodSync(join(folder, name), 0o755)
}
