import { basename } from 'node:path'
import { legible, UserError } from '@shared/userError'
import { readWhole, type Checkpoint, type HalfTensor, type StoredTensor } from './checkpoint'

/** What a reader of a format knows: an entry for each tensor, and how one is read. */
export interface Listing<Entry, Tensor extends StoredTensor> extends Pick<Checkpoint, 'path' | 'bytes' | 'close'> {
  /** The files that hold its tensors, where that is not `path` alone. */
  files?: readonly string[]
  metadata?: Checkpoint['metadata']
  /** What messages call a tensor of this format. */
  noun: 'tensor' | 'dataset' | 'array' | 'variable'
  entries: ReadonlyMap<string, Entry>
  /** @throws UserError naming a tensor that cannot be read */
  describe(entry: Entry, name: string): Tensor
  /** Fills `target` with the values of a tensor from number `first` on, as float32. */
  fill(tensor: Tensor, target: Float32Array, first: number): void
  /** What `Checkpoint.halves` gives. */
  halves?(tensor: Tensor): HalfTensor | null
}

/** The checkpoint of a listing. For a name that is not listed, it throws a UserError with the file and the name. */
export function listedCheckpoint<Entry, Tensor extends StoredTensor>(listing: Listing<Entry, Tensor>): Checkpoint {
  const { path, files = [path], bytes, metadata = {}, noun, entries } = listing
  const describe = (name: string): Tensor => {
    const entry = entries.get(name)
    if (entry === undefined) throw new UserError(`${basename(path)} has no ${noun} '${legible(name)}'.`)
    return listing.describe(entry, name)
  }
  const readInto: Checkpoint['readInto'] = (name, target, first) => listing.fill(describe(name), target, first)
  return {
    path,
    files,
    bytes,
    metadata,
    notes: [],
    names: () => [...entries.keys()],
    has: (name) => entries.has(name),
    describe,
    read: (name) => readWhole({ describe, readInto }, name, noun),
    readInto,
    halves: (name) => listing.halves?.(describe(name)) ?? null,
    close: () => listing.close()
  }
}
