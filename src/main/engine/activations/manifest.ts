import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pooling } from '@shared/model'
import type { ChunkSums } from './checksums'

/** What a stored set of word vectors depends on; sets with equal keys have equal numbers. */
export interface StoreKey {
  model: string
  /** SHA-256 of the words and sentence boundaries that were run. */
  words: string
  pooling: Pooling
  /** Sentences from the first on; a set of more sentences serves fewer as well. */
  sentences: number
  /** What computed them, as far as their bits depend on it: backend, version, threads, instructions. */
  compute: string
  /** Name of the change inside the model; undefined for the unchanged model. */
  change?: string
}

export interface StoreShape {
  layers: number
  width: number
  /** Rows, one per word. */
  rows: number
}

/** What `manifest.json` of a stored set says. */
export interface Manifest extends StoreShape {
  version: number
  key: StoreKey
  /** 'F16', or 'F32' for a model whose values pass the largest half. */
  dtype: 'F16' | 'F32'
  /** Sentences whose vectors are all written, from the first on. */
  sentencesDone: number
  complete: boolean
  /** Rows that have no vector because the tokenizer made no token of the word. */
  missing: number[]
  /** Sums of what is written, in the order of the rows. */
  chunks: ChunkSums[]
}

/**
 * 2: words of tokenizers that write the space into their tokens are read with it (docs/adr/0007). 3: models are known
 * by every byte (docs/adr/0012); what was stored under the sampled ids may belong to another model, and is never read
 * again. 4: what computed them is in the key, and sets are built beside their place.
 */
export const version = 4

/** The folder of a key's set. */
export function storeName({ model, words, pooling, sentences, compute, change }: StoreKey): string {
  return createHash('sha256')
    .update(JSON.stringify([version, model, words, pooling, sentences, compute, ...(change ? [change] : [])]))
    .digest('hex')
    .slice(0, 24)
}

/** Null where there is none that this version reads. */
export function readManifest(folder: string): Manifest | null {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest
    const { missing, chunks } = manifest
    return manifest.version === version && Array.isArray(missing) && Array.isArray(chunks) ? manifest : null
  } catch {
    // None yet. A manifest is replaced atomically, so one that cannot be read was damaged from outside: the vectors are
    // computed again.
    return null
  }
}
