import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { hiddenStateHook } from '@shared/hookNames'
import type { Pooling } from '@shared/model'
import { atomicWrite } from '../files/atomicWrite'
import { floatToHalf, halfToFloat } from '../checkpoints/halfFloat'
import { floatArray } from '../processes/largestArray'
import { firstDamaged, type ChunkSums } from './checksums'
import type { ChunkVectors } from './extract'
import { changedMeanwhile, noteDamage, readFully, refuseWithoutRoom, sayWhere, writeFully } from './storeFiles'

/** What a stored set of word vectors depends on; sets with equal keys have equal numbers. */
export interface StoreKey {
  model: string
  /** SHA-256 of the words and sentence boundaries that were run. */
  words: string
  pooling: Pooling
  /** Sentences from the first on; a set of more sentences serves fewer as well. */
  sentences: number
  /** Name of the change inside the model; undefined for the unchanged model. */
  change?: string
}

export interface StoreShape {
  layers: number
  width: number
  /** Rows, one per word. */
  rows: number
}

interface Manifest extends StoreShape {
  version: number
  key: StoreKey
  /** 'F16', or 'F32' for a model whose values pass the largest half. */
  dtype: 'F16' | 'F32'
  /** Sentences whose vectors are all written, from the first on. */
  sentencesDone: number
  complete: boolean
  /** Rows that have no vector because the tokenizer made no token of the word. */
  missing: number[]
  /** Sums of what is written, in the order of the rows; sets written before there were sums have none. */
  chunks?: ChunkSums[]
}

/** Raised when a value does not fit a half; the extraction starts again in float32. */
export class HalfOverflow extends Error {
  override readonly name = 'HalfOverflow'
}

/**
 * 2: words of tokenizers that write the space into their tokens are read with it (docs/adr/0007). 3: models are known
 * by every byte (docs/adr/0012); what was stored under the sampled ids may belong to another model, and is never read
 * again.
 */
const version = 3
const bytesOf = { F16: 2, F32: 4 } as const

/** Halves that are read at once. */
const pieceLength = 1 << 21

/**
 * Word vectors of one model over one text on disk, one safetensors file a layer named after its hook
 * (`embed.safetensors`, `blocks.0.resid_post.safetensors`, ...), tensor `activations` [words, width]: any safetensors
 * reader opens them. The header is written first with the final shape, rows are written where they belong, and
 * `manifest.json` is replaced atomically after each chunk, once its rows are on the disk: a process killed at any byte,
 * or a power cut, loses at most the chunk that was computed. The manifest has a sum of each chunk of each layer, so
 * rows that were changed or lost on the disk are noticed (`verify`).
 */
export class ActivationStore {
  private constructor(
    readonly folder: string,
    private manifest: Manifest
  ) {}

  /**
   * Opens what is there for this key or starts a new one.
   * @throws UserError when the disk has no room for it, or the folder cannot be written
   */
  static open(root: string, key: StoreKey, shape: StoreShape, dtype: 'F16' | 'F32' = 'F16'): ActivationStore {
    const existing = ActivationStore.find(root, key, shape)
    if (existing) return existing
    const folder = join(root, storeName(key))
    if (existsSync(join(folder, 'manifest.json'))) noteDamage(folder)
    const bytes = (shape.layers + 1) * shape.rows * shape.width * bytesOf[dtype]
    sayWhere(folder, () => {
      // What is there is damaged, or of another shape.
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true })
    })
    refuseWithoutRoom(folder, bytes)
    const store = new ActivationStore(folder, {
      version,
      key,
      ...shape,
      dtype,
      sentencesDone: 0,
      complete: false,
      missing: [],
      chunks: []
    })
    sayWhere(folder, () => {
      for (let layer = 0; layer <= shape.layers; layer++) store.createLayer(layer)
      store.save()
    })
    return store
  }

  /**
   * What is on disk for this key, complete or not; null where there is nothing usable. A set of which a layer is gone,
   * cut or of another header is not: it is computed again.
   */
  static find(root: string, key: StoreKey, shape: StoreShape): ActivationStore | null {
    const folder = join(root, storeName(key))
    const manifest = readManifest(folder)
    const fits =
      manifest && manifest.rows === shape.rows && manifest.width === shape.width && manifest.layers === shape.layers
    const store = fits ? new ActivationStore(folder, manifest) : null
    return store?.isWhole() ? store : null
  }

  get complete(): boolean {
    return this.manifest.complete
  }
  /** Sentences whose vectors are all written, from the first on. */
  get sentencesDone(): number {
    return this.manifest.sentencesDone
  }
  get rows(): number {
    return this.manifest.rows
  }
  get width(): number {
    return this.manifest.width
  }
  get layers(): number {
    return this.manifest.layers
  }
  get missing(): readonly number[] {
    return this.manifest.missing
  }
  get bytes(): number {
    return (this.layers + 1) * this.rows * this.width * bytesOf[this.manifest.dtype]
  }

  /**
   * @param between called after every layer: a layer of many words takes a while to be written
   * @throws HalfOverflow when a value is too large for F16; nothing of the chunk counts as done then
   * @throws UserError when the folder cannot be written
   */
  async write({ chunk, layers, missing }: ChunkVectors, between?: () => Promise<void>): Promise<void> {
    const crc: number[] = []
    for (const [layer, values] of layers.entries()) {
      let bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      if (this.manifest.dtype === 'F16') {
        const half = new Uint16Array(values.length)
        if (floatToHalf(values, half) > 65504)
          throw new HalfOverflow('A hidden state is larger than a half-precision number can be.')
        bytes = new Uint8Array(half.buffer)
      }
      crc.push(crc32(bytes))
      sayWhere(this.folder, () => {
        const descriptor = openSync(this.layerPath(layer), 'r+')
        try {
          writeFully(descriptor, bytes, this.rowOffset(layer, chunk.row))
          fsyncSync(descriptor)
        } finally {
          closeSync(descriptor)
        }
      })
      await between?.()
    }
    const allMissing = new Set([...this.manifest.missing, ...missing.map((row) => row + chunk.row)])
    const before = this.manifest.chunks?.filter(({ last }) => last <= chunk.first)
    this.manifest = {
      ...this.manifest,
      sentencesDone: chunk.last,
      missing: [...allMissing],
      ...(before && { chunks: [...before, { ...chunk, crc }] })
    }
    sayWhere(this.folder, () => this.save())
  }

  /**
   * Compares what is written with its sums. From the first chunk that is damaged in any layer on, it counts as not
   * written, with a note.
   * @param between called after each chunk of a layer
   * @returns whether all was as it was written
   */
  async verify(between: () => Promise<void>): Promise<boolean> {
    const { chunks = [], dtype, missing } = this.manifest
    let sound = chunks.length
    for (let layer = 0; layer <= this.layers; layer++) {
      const parts = chunks.map(({ row, words, crc }) => ({
        position: this.rowOffset(layer, row),
        bytes: words * this.width * bytesOf[dtype],
        crc: crc[layer]!
      }))
      const damaged = await firstDamaged(this.layerPath(layer), parts, between)
      if (damaged < 0) continue
      noteDamage(this.layerPath(layer))
      sound = Math.min(sound, damaged)
    }
    const cut = chunks[sound]
    if (!cut) return true
    this.manifest = {
      ...this.manifest,
      sentencesDone: cut.first,
      complete: false,
      missing: missing.filter((row) => row < cut.row),
      chunks: chunks.slice(0, sound)
    }
    sayWhere(this.folder, () => this.save())
    return false
  }

  finish(): void {
    this.manifest = { ...this.manifest, complete: true }
    sayWhere(this.folder, () => this.save())
  }

  /**
   * Rows [from, from + rows) of one layer as float32 [rows, width].
   * @param buffer reused and returned if it has the right size
   */
  read(layer: number, from = 0, rows = this.rows - from, buffer?: Float32Array): Float32Array {
    if (layer < 0 || layer > this.layers || from < 0 || from + rows > this.rows)
      throw new Error(`Rows ${from} to ${from + rows} of layer ${layer} are not in this store.`)
    const { dtype } = this.manifest
    const values =
      buffer?.length === rows * this.width ? buffer : floatArray(rows * this.width, `A layer of ${rows} words`)
    const start = this.rowOffset(layer, from)
    const descriptor = this.openLayer(layer)
    try {
      if (dtype === 'F32')
        readFully(descriptor, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start, this.folder)
      else {
        // A piece at a time: holding all halves as well would take half as much memory again.
        const halves = new Uint16Array(Math.min(values.length, pieceLength))
        for (let at = 0; at < values.length; at += pieceLength) {
          const part = halves.subarray(0, Math.min(pieceLength, values.length - at))
          readFully(descriptor, new Uint8Array(part.buffer, 0, part.byteLength), start + at * bytesOf.F16, this.folder)
          halfToFloat(part, values.subarray(at, at + part.length))
        }
      }
    } finally {
      closeSync(descriptor)
    }
    return values
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  private openLayer(layer: number): number {
    try {
      return openSync(this.layerPath(layer), 'r')
    } catch (error) {
      throw changedMeanwhile(this.folder, error)
    }
  }

  /** Whether each layer has its file, with its header and all its rows. */
  private isWhole(): boolean {
    const { dtype, rows, width, layers } = this.manifest
    for (let layer = 0; layer <= layers; layer++) {
      const header = this.header(layer)
      const start = Buffer.alloc(header.length)
      try {
        const descriptor = openSync(this.layerPath(layer), 'r')
        try {
          const info = fstatSync(descriptor)
          if (!info.isFile() || info.size < header.length + rows * width * bytesOf[dtype]) return false
          readSync(descriptor, start, 0, start.length, 0)
        } finally {
          closeSync(descriptor)
        }
      } catch {
        return false
      }
      if (!start.equals(header)) return false
    }
    return true
  }

  private layerPath(layer: number): string {
    return join(this.folder, `${hiddenStateHook(layer)}.safetensors`)
  }

  private header(layer: number): Buffer {
    const { dtype, rows, width, key } = this.manifest
    const json = JSON.stringify({
      __metadata__: { hook: hiddenStateHook(layer), model: key.model, words: key.words, pooling: key.pooling },
      activations: { dtype, shape: [rows, width], data_offsets: [0, rows * width * bytesOf[dtype]] }
    })
    // The format lets a header end in spaces; rows then start at a multiple of 8.
    const padded = json.padEnd(Math.ceil(json.length / 8) * 8)
    const bytes = Buffer.alloc(8 + padded.length)
    bytes.writeBigUInt64LE(BigInt(padded.length))
    bytes.write(padded, 8)
    return bytes
  }

  private createLayer(layer: number): void {
    const { dtype, rows, width } = this.manifest
    const header = this.header(layer)
    const descriptor = openSync(this.layerPath(layer), 'w')
    try {
      writeFully(descriptor, header, 0)
      ftruncateSync(descriptor, header.length + rows * width * bytesOf[dtype])
    } finally {
      closeSync(descriptor)
    }
  }

  private rowOffset(layer: number, row: number): number {
    return this.header(layer).length + row * this.width * bytesOf[this.manifest.dtype]
  }

  private save(): void {
    atomicWrite(join(this.folder, 'manifest.json'), JSON.stringify(this.manifest), { durable: true })
  }
}

export function storeName(key: StoreKey): string {
  return createHash('sha256')
    .update(
      JSON.stringify([version, key.model, key.words, key.pooling, key.sentences, ...(key.change ? [key.change] : [])])
    )
    .digest('hex')
    .slice(0, 24)
}

function readManifest(folder: string): Manifest | null {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest
    return manifest.version === version && Array.isArray(manifest.missing) ? manifest : null
  } catch {
    // None yet. A manifest is replaced atomically, so one that cannot be read was damaged from outside: the vectors are
    // computed again.
    return null
  }
}
