import { readWhole, type Checkpoint, type StoredTensor } from '../../checkpoints/checkpoint'

/** What an adapter does to the checkpoint of its base. */
export interface Overlay {
  /** Tensors that are the adapter's, under another name there; they take the place of the base's. */
  whole: ReadonlyMap<string, string>
  /** Changes the values of a tensor from number `first` on, after they were read. */
  change: (name: string, values: Float32Array, first: number) => void
}

/** A base's checkpoint as an adapter changes it; closing it closes both. */
export function overlaid(base: Checkpoint, adapter: Checkpoint, { whole, change }: Overlay): Checkpoint {
  const names = [...base.names(), ...[...whole.keys()].filter((name) => !base.has(name))]
  const describe = (name: string): StoredTensor => {
    const source = whole.get(name)
    return source === undefined ? base.describe(name) : { ...adapter.describe(source), name }
  }
  const readInto = (name: string, target: Float32Array, first: number): void => {
    const source = whole.get(name)
    if (source === undefined) base.readInto(name, target, first)
    else adapter.readInto(source, target, first)
    change(name, target, first)
  }
  return {
    path: base.path,
    files: [...base.files, ...adapter.files],
    bytes: base.bytes + adapter.bytes,
    metadata: base.metadata,
    notes: [...base.notes, ...adapter.notes],
    names: () => names,
    has: (name) => base.has(name) || whole.has(name),
    describe,
    read: (name) => readWhole({ describe, readInto }, name),
    readInto,
    close: () => {
      base.close()
      adapter.close()
    }
  }
}
