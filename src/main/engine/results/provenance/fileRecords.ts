import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ModelInfo } from '@shared/model'
import type { FileRecord } from '@shared/provenance'
import { contentHash } from '../../files/contentHash'
import { filesOfModel } from '../../models/kinds'

/** A file with the hash of its bytes. */
export async function fileRecord(path: string): Promise<FileRecord> {
  const full = resolve(path)
  return { path: full, bytes: statSync(full).size, sha256: await contentHash(full) }
}

/** The files that make a model: its weights, its config and its tokenizer; or the one file of word vectors. */
export function modelFiles(model: Pick<ModelInfo, 'kind' | 'path' | 'files'>): Promise<FileRecord[]> {
  return Promise.all(filesOfModel(model).map((path) => fileRecord(path)))
}
