import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findCompiler } from '../../../src/main/engine/backends/provision/compile'
import { findPip } from '../../../src/main/engine/backends/provision/pip'
import { temporaryFolder } from '../../hosts/fixtures/testHost'

// A Mac on which every program notes that it was started.

let folder: string
const started = (): Promise<string> => readFile(join(folder, 'started'), 'utf8')

async function program(name: string, code: number): Promise<void> {
  const path = join(folder, 'bin', name)
  await writeFile(path, `#!/bin/sh\necho ${name} >> '${folder}/started'\nexit ${code}\n`)
  await chmod(path, 0o755)
}

beforeEach(async () => {
  folder = await temporaryFolder()
  await mkdir(join(folder, 'bin'))
  for (const name of ['clang++', 'c++', 'g++', 'python3', 'python', 'pip3', 'pip']) await program(name, 0)
  vi.stubEnv('PATH', `${folder}/bin:/bin:/usr/bin`)
  vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin')
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test.runIf(process.platform === 'linux')(
  'without the command line tools neither compiler nor Python is started: they would open a dialog',
  async () => {
    await program('xcode-select', 2)
    await expect(findCompiler(['clang++', 'g++'])).rejects.toThrow(/compiler/)
    await expect(findPip()).rejects.toThrow(/pip/)
    expect(await started()).toBe('xcode-select\nxcode-select\n')
  }
)

test.runIf(process.platform === 'linux')('with them both are found', async () => {
  await program('xcode-select', 0)
  expect(await findCompiler(['clang++'])).toBe('clang++')
  await expect(findPip()).resolves.toMatchObject({ command: expect.any(String) })
})
