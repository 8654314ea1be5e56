import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { hiddenStateHook } from '@shared/hookNames'
import { atomicWrite } from '../files/atomicWrite'
import { floatToHalf, halfToFloat } from '../checkpoints/halfFloat'
import { floatArray } from '../processes/largestArray'
import { clearLeft, moved, newBuildFolder, release, takeOver } from './buildFolder'
import { firstDamaged } from './checksums'
import type { ChunkVectors } from './extract'
import { readManifest, storeName, version, type Manifest, type StoreKey, type StoreShape } from './manifest'
import { changedMeanwhile, noteDamage, readFully, refuseWithoutRoom, sayWhere, writeFully } from './storeFiles'

/** Raised when a value does not fit a half; the extraction starts again in float32. */
export class HalfOverflow extends Error {
  override readonly name = 'HalfOverflow'
}

const bytesOf = { F16: 2, F32: 4 } as const

/** Halves that are read at once. */
const pieceLength = 1 << 21

/**
 * Word vectors of one model over one text on disk, one safetensors file a layer named after its hook
 * (`embed.safetensors`, `blocks.0.resid_post.safetensors`, ...), tensor `activations` [words, width]: any safetensors
 * reader opens them. A set has its place once it is complete, and never changes there; until then one process writes it
 * beside its place. The header is written first with the final shape, rows are written where they belong, and
 * `manifest.json` is replaced atomically after each chunk, once its rows are on the disk: a process killed at any byte,
 * or a power cut, loses at most the chunk that was computed. The manifest has a sum of each chunk of each layer, so
 * rows that were changed or lost on the disk are noticed (`verify`).
 */
export class ActivationStore {
  private constructor(
    /** Where the set is once it is complete. */
    private readonly place: string,
    private current: string,
    private manifest: Manifest
  ) {}

  /**
   * Opens the complete set of this key, goes on with what an ended process left of it, or starts a new one.
   * @throws UserError when the disk has no room for it, or the folder cannot be written
   */
  static open(root: string, key: StoreKey, shape: StoreShape, dtype: 'F16' | 'F32' = 'F16'): ActivationStore {
    const place = join(root, storeName(key))
    const existing = ActivationStore.find(root, key, shape) ?? ActivationStore.goOn(place, shape, dtype)
    if (existing) return existing
    if (existsSync(place)) {
      // Another process may have finished it meanwhile; otherwise what is there is damaged, or of another shape.
      const finished = ActivationStore.find(root, key, shape)
      if (finished) return finished
      if (existsSync(join(place, 'manifest.json'))) noteDamage(place)
      sayWhere(place, () => ActivationStore.removeDamaged(place, shape))
    }
    const bytes = (shape.layers + 1) * shape.rows * shape.width * bytesOf[dtype]
    const folder = newBuildFolder(place)
    sayWhere(place, () => mkdirSync(folder, { recursive: true }))
    refuseWithoutRoom(folder, bytes)
    const store = new ActivationStore(place, folder, {
      version,
      key,
      ...shape,
      dtype,
      sentencesDone: 0,
      complete: false,
      missing: [],
      chunks: []
    })
    sayWhere(place, () => {
      for (let layer = 0; layer <= shape.layers; layer++) store.createLayer(layer)
      store.save()
    })
    return store
  }

  /**
   * The complete set of this key; null where there is none. A set with a layer that is missing, cut
   * short or of another header does not count: it is computed again.
   */
  static find(root: string, key: StoreKey, shape: StoreShape): ActivationStore | null {
    const place = join(root, storeName(key))
    const store = ActivationStore.opened(place, place, shape)
    return store?.complete ? store : null
  }

  /** What ended processes left of a set that is not complete. */
  private static goOn(place: string, shape: StoreShape, dtype: 'F16' | 'F32'): ActivationStore | null {
    for (let folder = takeOver(place); folder !== null; folder = takeOver(place)) {
      const store = ActivationStore.opened(place, folder, shape)
      if (store && (dtype === 'F16' || store.manifest.dtype === 'F32')) return store
      rmSync(folder, { recursive: true, force: true })
      release(folder)
    }
    return null
  }

  /** Clears a place whose set is damaged. What another process put there since is complete, and is put back. */
  private static removeDamaged(place: string, shape: StoreShape): void {
    const taken = newBuildFolder(place)
    if (moved(place, taken) && !(ActivationStore.opened(place, taken, shape)?.complete && moved(taken, place)))
      rmSync(taken, { recursive: true, force: true })
    release(taken)
  }

  private static opened(place: string, folder: string, shape: StoreShape): ActivationStore | null {
    const manifest = readManifest(folder)
    const fits =
      manifest && manifest.rows === shape.rows && manifest.width === shape.width && manifest.layers === shape.layers
    const store = fits ? new ActivationStore(place, folder, manifest) : null
    return store?.isWhole() ? store : null
  }

  /** Where the set is: beside its place as long as it is not complete. */
  get folder(): string {
    return this.current
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
        const descriptor = this.openLayer(layer, 'r+')
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
    const before = this.manifest.chunks.filter(({ last }) => last <= chunk.first)
    this.manifest = {
      ...this.manifest,
      sentencesDone: chunk.last,
      missing: [...allMissing],
      chunks: [...before, { ...chunk, crc }]
    }
    sayWhere(this.folder, () => this.save())
  }

  /**
   * Compares what is written with its sums. From the first chunk that is damaged in any layer on, it counts as not
   * written, with a note; a set that was complete leaves its place, and can be gone on with (`open`).
   * @param between called after each chunk of a layer
   * @returns whether all was as it was written
   */
  async verify(between: () => Promise<void>): Promise<boolean> {
    const { chunks, dtype, missing } = this.manifest
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
    const wasComplete = this.complete
    if (wasComplete && !this.leavePlace()) return false
    this.manifest = {
      ...this.manifest,
      sentencesDone: cut.first,
      complete: false,
      missing: missing.filter((row) => row < cut.row),
      chunks: chunks.slice(0, sound)
    }
    sayWhere(this.folder, () => this.save())
    if (wasComplete) this.release()
    return false
  }

  /** @returns false where another process was faster */
  private leavePlace(): boolean {
    const folder = newBuildFolder(this.place)
    if (!moved(this.place, folder)) {
      release(folder)
      return false
    }
    this.current = folder
    return true
  }

  /** Gives the set its place, now that it is complete. Where another process was faster, its equal set is used. */
  finish(): void {
    if (this.current === this.place) return
    this.manifest = { ...this.manifest, complete: true }
    sayWhere(this.folder, () => {
      this.save()
      this.takePlace()
    })
    clearLeft(this.place)
  }

  private takePlace(): void {
    const built = this.current
    if (!this.moveOrAdopt(built)) {
      ActivationStore.removeDamaged(this.place, this.manifest)
      if (!this.moveOrAdopt(built)) throw changedMeanwhile(built)
    }
    release(built)
    this.current = this.place
  }

  /** Gives the set its place, or takes the equal one that has it. @returns false where what has it is damaged */
  private moveOrAdopt(built: string): boolean {
    if (moved(built, this.place)) return true
    const theirs = ActivationStore.opened(this.place, this.place, this.manifest)
    if (!theirs?.complete) return false
    this.manifest = theirs.manifest
    rmSync(built, { recursive: true, force: true })
    return true
  }

  /** Ends writing: another run may go on with what is there. */
  release(): void {
    release(this.folder)
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
    this.release()
  }

  private openLayer(layer: number, flags: 'r' | 'r+' = 'r'): number {
    try {
      return openSync(this.layerPath(layer), flags)
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
