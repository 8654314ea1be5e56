import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { fileKind, isPickle } from '../../../src/main/engine/files/fileKind'
import { isDeep, parseDataJson, parsePythonJson } from '../../../src/main/engine/files/pythonJson'
import { recogniseVectors, refuseUnknown } from '../../../src/main/engine/wordVectors/format'
import { readVectors } from '../../../src/main/engine/wordVectors/wordVectors'

describe('what a file is, by its first bytes', () => {
  test.each([
    ['version https://git-lfs.github.com/spec/v1\n', 'a pointer that Git LFS left in place of the file'],
    ['GGUF\u0003', 'a GGUF file, quantised weights for llama.cpp'],
    ['\n<!DOCTYPE html><html>', 'a web page, most likely the answer of a server that refused the download'],
    ['PAR1', 'a Parquet file'],
    ['\u0089PNG\r\n', 'a picture (PNG)'],
    ['PK\u0003\u0004....[Content_Types].xml', 'an Office document'],
    ['PK\u0003\u0004', 'a zip archive or an Office document'],
    ['\u00d0\u00cf\u0011\u00e0', 'an old Office document'],
    ['\u0093NUMPY', 'an array of NumPy'],
    ['%PDF-1.7', 'a PDF document'],
    [`${'\0'.repeat(257)}ustar`, 'a tar archive']
  ])('%j', (start, is) => {
    expect(fileKind(Buffer.from(start, 'latin1'))?.split('; ')[0]).toBe(is)
  })

  test.each(['', '{"a": 1}', 'text,label\n', '1\tthe\tthe', 'the 0.1 0.2'])('%j is none of them', (start) => {
    expect(fileKind(Buffer.from(start))).toBeNull()
  })
})

describe('JSON as Python writes it', () => {
  test('NaN and the infinities outside of texts', () => {
    expect(parsePythonJson('{"NaN": "Infinity \\" NaN", "a": [Infinity, -Infinity, NaN]}')).toEqual({
      NaN: 'Infinity " NaN',
      a: [Infinity, -Infinity, 'NaN']
    })
    expect(() => parsePythonJson('{"a": Nan}')).toThrow(SyntaxError)
    expect(() => parsePythonJson('{"a": NaN')).toThrow(SyntaxError)
  })

  test('whole numbers that 64 bits cannot hold are texts, all others numbers', () => {
    expect(
      parseDataJson('{"a": [9007199254740993, -9007199254740993, 9007199254740991, 1234567890123456.5, 1e20, NaN]}')
    ).toEqual({ a: ['9007199254740993', '-9007199254740993', 9007199254740991, 1234567890123456.5, 1e20, null] })
    expect(parseDataJson('["9007199254740993"]')).toEqual(['9007199254740993'])
  })

  test('depth is counted outside of texts', () => {
    expect(isDeep(`${'['.repeat(101)}${']'.repeat(101)}`, 100)).toBe(true)
    expect(isDeep(`${'['.repeat(100)}${']'.repeat(100)}`, 100)).toBe(false)
    expect(isDeep(`["${'['.repeat(500)}"]`, 100)).toBe(false)
    expect(isDeep('[],'.repeat(500), 100)).toBe(false)
  })
})

describe('vectors that hold no numbers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-kinds-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const read = async (text: string): Promise<unknown> => {
    const path = join(folder, 'v.vec')
    writeFileSync(path, text)
    return readVectors(path, (await recogniseVectors(path)) ?? (await refuseUnknown(path)), silentJob())
  }
  const line = (word: string, first: string): string => `${word} ${first} 0.5 0.25 1 2 3\n`

  test.each([
    ['nan', 'v.vec, line 2: "nan" where a number of the vector is expected.'],
    ['-inf', 'v.vec, line 2: "-inf" where a number of the vector is expected.'],
    ['1e39', 'v.vec, line 2: "1e39" where a number of the vector is expected.']
  ])('%s in the first vector is refused with its line', async (value, sentence) => {
    await expect(read(`3 6\n${line('a', value)}${line('b', '1')}${line('c', '2')}`)).rejects.toThrow(sentence)
  })

  test('a byte order mark before the first line', async () => {
    expect(await read(`\ufeff2 6\n${line('a', '0')}${line('b', '1')}`)).toMatchObject({ table: { rows: 2, width: 6 } })
  })

  test('a file of another kind is called what it is', async () => {
    await expect(read('GGUF\u0003\0\0\0')).rejects.toThrow(
      'v.vec: this is a GGUF file, quantised weights for llama.cpp; open the checkpoint it was made from.'
    )
  })
})

test('a safetensors file is not taken for a pickle where the length of its header begins like one', () => {
  const start = Buffer.from('80020000000000007b2261223a7b2264', 'hex')
  expect(fileKind(start)).toBeNull()
  expect(isPickle(Buffer.from('80027d71002e', 'hex'))).toBe(true)
})
