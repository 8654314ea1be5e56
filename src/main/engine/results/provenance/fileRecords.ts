import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ModelInfo } from '@shared/model'
import type { FileRecord } from '@shared/provenance'
import { tokenizerPaths } from '../../tokenizers/tokenizerFiles'
import { fileHash } from '../../transfer/fileHash'

/** Hashes by path, size and time: weights are read once, not once a run. */
const known = new Map<string, Promise<string>>()

/** A file with the hash of its bytes. */
export async function fileRecord(path: string): Promise<FileRecord> {
  const full = resolve(path)
  const { size, mtimeMs } = statSync(full)
  const key = `${full} ${size} ${mtimeMs}`
  const hash = known.get(key) ?? fileHash(full, 'sha256')
  known.set(key, hash)
  return { path: full, bytes: size, sha256: await hash }
}

/** The files that make a model: its weights, its config and its tokenizer; or the one file of word vectors. */
export async function modelFiles({
  kind,
  path,
  files
}: Pick<ModelInfo, 'kind' | 'path' | 'files'>): Promise<FileRecord[]> {
  if (kind === 'static') return [await fileRecord(path)]
  const names = [...files.map((name) => join(path, name)), join(path, 'config.json'), ...tokenizerPaths(path)]
  return Promise.all([...new Set(names)].filter((name) => existsSync(name)).map((name) => fileRecord(name)))
}
