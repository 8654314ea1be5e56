import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ModelInfo } from '@shared/model'
import type { FileRecord } from '@shared/provenance'
import { tokenizerPaths } from '../../tokenizers/tokenizerFiles'
import { contentHash } from '../../files/contentHash'

/** A file with the hash of its bytes. */
export async function fileRecord(path: string): Promise<FileRecord> {
  const full = resolve(path)
  return { path: full, bytes: statSync(full).size, sha256: await contentHash(full) }
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
