import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { silentJob } from '@shared/jobs'
import { recogniseVectors } from '../../../src/main/engine/wordVectors/format'
import {
  readVectors,
  type ReadVectorsOptions,
  type WordVectors
} from '../../../src/main/engine/wordVectors/wordVectors'

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

/** A file in a folder of its own, gone after the tests. */
export function file(name: string, content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-vectors-'))
  folders.push(folder)
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

export async function read(path: string, options?: ReadVectorsOptions): Promise<WordVectors> {
  const head = await recogniseVectors(path)
  if (!head) throw new Error(`${path} was not recognised.`)
  return readVectors(path, head, silentJob(), options)
}

/** word2vec's binary form by hand. */
export function binary(
  header: string,
  words: readonly (string | Uint8Array)[],
  vectors: readonly (readonly number[])[]
): Buffer {
  const parts = words.flatMap((word, i) => [
    Buffer.from(word as string),
    Buffer.from(' '),
    Buffer.from(Float32Array.from(vectors[i]!).buffer)
  ])
  return Buffer.concat([Buffer.from(header), ...parts])
}
