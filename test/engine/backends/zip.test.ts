import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tensorflowMembers } from '../../../src/main/engine/backends/provision/members'
import { ZipReader } from '../../../src/main/engine/backends/provision/zip'
import { fakeTensorflow, zipOf } from './fakeWheel'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerscope-zip-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function written(data: Buffer): Promise<string> {
  const path = join(folder, 'a.whl')
  await writeFile(path, data)
  return path
}

describe('reading a wheel', () => {
  test('reads stored and deflated members, and writes one out with its bytes counted', async () => {
    const long = 'layer '.repeat(100_000)
    const zip = await ZipReader.open(
      await written(zipOf({ 'a/stored.txt': 'as it is', 'a/packed.txt': long }, ['a/stored.txt']))
    )
    expect([...zip.members.keys()]).toEqual(['a/stored.txt', 'a/packed.txt'])
    expect((await zip.read('a/stored.txt')).toString()).toBe('as it is')
    let bytes = 0
    await zip.extract('a/packed.txt', join(folder, 'out', 'packed.txt'), (count) => {
      bytes += count
    })
    await zip.close()
    expect(await readFile(join(folder, 'out', 'packed.txt'), 'utf8')).toBe(long)
    expect(bytes).toBe(long.length)
  })

  test('takes libraries, licence and only the headers that can be reached', async () => {
    const zip = await ZipReader.open(await written(fakeTensorflow()))
    const members = await tensorflowMembers(zip, process.platform)
    await zip.close()
    expect(members.filter((name) => name.endsWith('.h'))).toEqual([
      'tensorflow/include/tensorflow/c/c_api.h',
      'tensorflow/include/tensorflow/c/tf_status.h',
      'tensorflow/include/xla/tsl/c/tsl_status.h'
    ])
    expect(members).toContain('tensorflow/include/LICENSE')
    expect(members.filter((name) => /\.(so|dylib)/.test(name))).toHaveLength(2)
    expect(members).not.toContain('tensorflow/python/big.so')
  })

  test.each([
    ['that is no zip', Buffer.from('<html>Sign in to the hotel network</html>'), 'it has no directory'],
    ['that was cut', fakeTensorflow().subarray(0, 5000), 'it has no directory'],
    [
      'of more than plain zip',
      Buffer.from('PK\x05\x06\0\0\0\0\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\0\0', 'latin1'),
      'it is larger than the plain zip format allows'
    ]
  ])('refuses a file %s', async (_, data, reason) => {
    const path = await written(data)
    await expect(ZipReader.open(path)).rejects.toThrow(
      `The archive ${path} cannot be read: ${reason}. Delete it and run the setup again.`
    )
  })

  test('refuses a member that is not there', async () => {
    const path = await written(zipOf({ a: 'a' }))
    const zip = await ZipReader.open(path)
    await expect(zip.read('b')).rejects.toThrow("it holds no 'b'")
    await zip.close()
  })
})
