import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { atomicWrite } from './atomicWrite'

/** Files whose hashes are remembered; those used longest ago are forgotten. */
export const mostFiles = 2000

const version = 1

/** A file's hash and the stamp of the file (`stampOf`) that it is valid for. */
export interface RememberedHash {
  stamp: string
  sha256: string
}

type Table = Map<string, RememberedHash>

/**
 * Hashes of files by their real path, in one file of JSON. Every process and thread of Layerscope reads and writes it:
 * a write replaces the whole file, after taking in what others wrote. Where two write at the same moment one entry may
 * be lost, and is computed again.
 */
export class HashTable {
  private remembered: Table = new Map()

  constructor(private readonly path: string) {}

  /** The hash of a file with this stamp; undefined where it must be computed. */
  find(file: string, stamp: string): string | undefined {
    const find = (): RememberedHash | undefined => {
      const entry = this.remembered.get(file)
      return entry?.stamp === stamp ? entry : undefined
    }
    const entry = find()
    if (entry) return entry.sha256
    this.remembered = this.read()
    return find()?.sha256
  }

  /** Remembers a hash. A read-only cache folder only costs time. */
  add(file: string, entry: RememberedHash): void {
    this.remembered = this.read()
    this.remembered.delete(file)
    this.remembered.set(file, entry)
    const files = [...this.remembered].slice(-mostFiles)
    try {
      mkdirSync(dirname(this.path), { recursive: true })
      atomicWrite(this.path, JSON.stringify({ version, files: Object.fromEntries(files) }))
    } catch {
      // The hash is computed again the next time.
    }
  }

  private read(): Table {
    try {
      const json = JSON.parse(readFileSync(this.path, 'utf8')) as { version?: unknown; files?: unknown }
      if (json.version !== version || typeof json.files !== 'object' || json.files === null) return new Map()
      return new Map(Object.entries(json.files).filter((entry): entry is [string, RememberedHash] => isEntry(entry[1])))
    } catch {
      // Missing, damaged or from another version: the hashes are computed again.
      return new Map()
    }
  }
}

function isEntry(entry: unknown): entry is RememberedHash {
  const { stamp, sha256 } = (entry ?? {}) as Partial<RememberedHash>
  return typeof stamp === 'string' && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)
}
