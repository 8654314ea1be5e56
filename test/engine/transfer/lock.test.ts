import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { withLock } from '../../../src/main/engine/transfer/lock'

const disk = vi.hoisted(() => ({ full: false }))
// A full disk still makes files; what it refuses is their content.
vi.mock(import('node:fs/promises'), async (original) => {
  const actual = await original()
  const writeFile: typeof actual.writeFile = async (file, data, options) => {
    await actual.writeFile(file, disk.full ? '' : data, options)
    if (disk.full) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  }
  return { ...actual, writeFile }
})

test('a full disk leaves no lock behind, and the next attempt has it at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-lock-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'state.json.lock')
  const onWait = vi.fn()
  disk.full = true
  await expect(withLock(path, () => Promise.resolve('done'))).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(existsSync(path)).toBe(false)
  disk.full = false
  expect(await withLock(path, () => Promise.resolve('done'), { onWait })).toBe('done')
  expect(onWait).not.toHaveBeenCalled()
})
