import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { whyDriverTooOld } from '../../../src/main/engine/backends/provision/install'
import { processSpace } from '../../../src/main/engine/processes/processSpace'
import { deadLoad, forgetDeadLoads, guardLoad } from '../../../src/main/engine/backends/addonGuard'

let addon: string

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-addon-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'key'))
  addon = join(folder, 'key', 'tfjs_binding.node')
})

const notes = () => readdirSync(join(addon, '..')).filter((name) => name.startsWith('loading-'))

/** The note of a load by a process that is gone. */
function leaveNote(secondsAgo = 0, space = processSpace()): void {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const note = join(addon, '..', `loading-node${process.versions.modules}-${space}-${pid}`)
  writeFileSync(note, '')
  const began = Date.now() / 1000 - secondsAgo
  utimesSync(note, began, began)
}

test('a load leaves nothing behind once it is done', () => {
  const load = guardLoad(addon)
  expect(notes()).toHaveLength(1)
  load.done()
  expect(notes()).toEqual([])
})

test('a load that is under way in a living process is no reason to leave the add-on out', () => {
  guardLoad(addon)
  expect(deadLoad(addon)).toBeNull()
})

test('an add-on that ended its process is left out, with the reason, until it is asked for again', () => {
  leaveNote(60)
  leaveNote()
  const sentence =
    'The process crashed while it loaded native TensorFlow (key), so it is not used. ' +
    'Try it again in the device panel, or rebuild it with `npm run setup -- --force`.'
  expect(() => guardLoad(addon)).toThrow(sentence)
  expect(deadLoad(addon)).toBe(sentence)
  forgetDeadLoads(addon)
  expect(deadLoad(addon)).toBeNull()
  guardLoad(addon).done()
})

test('a load that was interrupted once, by Ctrl-C or the end of the session, is tried again, then forgotten', () => {
  leaveNote()
  expect(deadLoad(addon)).toBeNull()
  guardLoad(addon).done()
  expect(notes()).toEqual([])
})

test('loads that were interrupted together, as by a machine that is switched off, are tried again', () => {
  for (let i = 0; i < 3; i++) leaveNote(i)
  expect(deadLoad(addon)).toBeNull()
  guardLoad(addon).done()
  expect(notes()).toEqual([])
})

test('once a load has come back, workers that were killed while they loaded do not count', () => {
  guardLoad(addon).done()
  for (let i = 0; i < 3; i++) leaveNote(60 * i)
  expect(deadLoad(addon)).toBeNull()
  guardLoad(addon).done()
  expect(notes()).toEqual([])
  // What the host saw does.
  leaveNote()
  vi.stubEnv('LAYERSCOPE_CRASHED_ENGINE', /\d+$/.exec(notes()[0]!)![0])
  expect(deadLoad(addon)).toMatch(/^The process crashed while it loaded native TensorFlow/)
  vi.unstubAllEnvs()
})

test('a crash that the host saw counts at once, and is remembered', () => {
  leaveNote()
  const pid = /\d+$/.exec(notes()[0]!)![0]
  vi.stubEnv('LAYERSCOPE_CRASHED_ENGINE', pid)
  expect(deadLoad(addon)).toMatch(/^The process crashed while it loaded native TensorFlow/)
  vi.unstubAllEnvs()
  expect(deadLoad(addon)).not.toBeNull()
  forgetDeadLoads(addon)
  expect(deadLoad(addon)).toBeNull()
  leaveNote()
  vi.stubEnv('LAYERSCOPE_CRASHED_ENGINE', '1')
  expect(deadLoad(addon)).toBeNull()
  vi.unstubAllEnvs()
})

test('what happened under another runtime does not count here', () => {
  for (let i = 0; i < 2; i++) {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    writeFileSync(join(addon, '..', `loading-utility${process.versions.modules}-${processSpace()}-${pid}`), '')
  }
  expect(deadLoad(addon)).toBeNull()
})

test.each([
  ['NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.239.06  Sat Feb  3 06:03:07 UTC 2024', '470.239.06'],
  ['NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  525.53  Release Build', '525.53']
])('a driver that is too old is said before anything is fetched: %s', (note, version) =>
  expect(whyDriverTooOld(note)).toBe(
    `NVIDIA's driver ${version} is too old for TensorFlow with CUDA, which needs 525.60.13 or newer. ` +
      'Update the driver and run `npm run setup` again.'
  )
)

test.each([
  'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023',
  'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder)',
  null,
  'something else'
])('a driver that is new enough, or unknown, is tried: %s', (note) => expect(whyDriverTooOld(note)).toBeNull())

test('loads by other machines that share the folder do not count: whether they go on is not known here', () => {
  for (let i = 0; i < 3; i++) leaveNote(60 * i, 'elsewhere')
  expect(deadLoad(addon)).toBeNull()
  guardLoad(addon).done()
  expect(notes()).toHaveLength(3)
  forgetDeadLoads(addon)
  expect(notes()).toEqual([])
})
