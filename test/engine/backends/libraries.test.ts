import { existsSync } from 'node:fs'
import { mkdir, readlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readElf } from '../../../src/main/engine/backends/provision/elf'
import { findInstall } from '../../../src/main/engine/backends/provision/install'
import { linkCudaLibraries } from '../../../src/main/engine/backends/provision/libraries'
import { temporaryFolder } from '../../hosts/fixtures/testHost'
import { elfFile } from './elfFile'

async function lay(root: string, files: Readonly<Record<string, Buffer>>): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), content)
  }
  return root
}

describe('what the loader reads', () => {
  test('of a small library', async () => {
    const root = await lay(await temporaryFolder(), {
      'a.so': elfFile({ soname: 'liba.so.1', needed: ['libb.so.2', 'libc.so.6'], runpath: '$ORIGIN/../b:$ORIGIN/' })
    })
    expect(await readElf(join(root, 'a.so'))).toEqual({
      soname: 'liba.so.1',
      needed: ['libb.so.2', 'libc.so.6'],
      searchPaths: ['$ORIGIN/../b', '$ORIGIN/']
    })
  })

  test('of another file, and of one that is cut off, is a sentence', async () => {
    const root = await lay(await temporaryFolder(), {
      'page.so': Buffer.from('<!doctype html>'.padEnd(100)),
      'short.so': elfFile({ soname: 'liba.so.1' }).subarray(0, 150)
    })
    await expect(readElf(join(root, 'page.so'))).rejects.toThrow('page.so is not a library for 64-bit Linux.')
    await expect(readElf(join(root, 'short.so'))).rejects.toThrow('short.so is damaged: it ends too early.')
  })

  const install = process.platform === 'linux' ? findInstall('cpu') : null
  test.runIf(install)('of TensorFlow itself: it is linked with its framework, and looks beside itself', async () => {
    const { needed, searchPaths, soname } = await readElf(join(install!.root, 'tensorflow/libtensorflow_cc.so.2'))
    expect(soname).toBe('libtensorflow_cc.so.2')
    expect(needed).toContain('libtensorflow_framework.so.2')
    expect(searchPaths).toContain('$ORIGIN/')
  })
})

describe.runIf(process.platform === 'linux')('libraries of CUDA, after unpacking', () => {
  const wanted = ['libcudart.so.12', 'libcusolver.so.11']
  // Names, folders and run paths as the wheels of TensorFlow 2.21 and CUDA 12.9 have them.
  const framework = (runpath: string): Buffer => elfFile({ soname: 'libtensorflow_framework.so.2', runpath })
  const files = (runpath: string): Record<string, Buffer> => ({
    'tensorflow/libtensorflow_cc.so.2': elfFile({
      needed: ['libtensorflow_framework.so.2'],
      runpath: '$ORIGIN/:$ORIGIN/../nvidia/cusolver/lib'
    }),
    'tensorflow/libtensorflow_framework.so.2': framework(runpath),
    'nvidia/cuda_runtime/lib/libcudart.so.12': elfFile({ needed: ['libc.so.6'] }),
    'nvidia/cusolver/lib/libcusolver.so.11': elfFile({ needed: ['libnvJitLink.so.12', 'libcuda.so.1', 'libm.so.6'] }),
    'nvidia/nvjitlink/lib/libnvJitLink.so.12': elfFile({})
  })

  test('that the run path reaches are left as they are', async () => {
    const root = await lay(
      await temporaryFolder(),
      files('$ORIGIN/../../nvidia/x/lib:$ORIGIN/../nvidia/cuda_runtime/lib')
    )
    await linkCudaLibraries(root, wanted)
    expect(existsSync(join(root, 'tensorflow/libcudart.so.12'))).toBe(false)
  })

  test('that it does not reach are linked beside TensorFlow', async () => {
    const root = await lay(await temporaryFolder(), files('$ORIGIN/../../elsewhere'))
    await linkCudaLibraries(root, wanted)
    expect(await readlink(join(root, 'tensorflow/libcudart.so.12'))).toBe('../nvidia/cuda_runtime/lib/libcudart.so.12')
    expect(existsSync(join(root, 'tensorflow/libcusolver.so.11'))).toBe(false)
  })

  test('that are nowhere are named, those behind others as well', async () => {
    const { 'nvidia/nvjitlink/lib/libnvJitLink.so.12': _gone, ...rest } = files('$ORIGIN/../nvidia/cuda_runtime/lib')
    const root = await lay(await temporaryFolder(), rest)
    await expect(linkCudaLibraries(root, [...wanted, 'libcudnn.so.9'])).rejects.toThrow(
      'not all of it is there: libcudnn.so.9, libcusolver.so.11 needs libnvJitLink.so.12.'
    )
  })
})
