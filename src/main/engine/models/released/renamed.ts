import { readWhole, type Checkpoint, type StoredTensor } from '../../checkpoints/checkpoint'
import { LastTensor } from '../../checkpoints/lastTensor'
import { isContiguous, readView, type StridedView } from '../../checkpoints/strided'
import { hasBlock, matchForm, named, type NameRule } from './nameTable'

/** How a stored checkpoint is seen by another program's names. */
export interface Renaming {
  rules: readonly NameRule[]
  /** Blocks of the model, for tensors that hold something of each. */
  layers: number
  /** Names of the file that are left out without a word: what training leaves behind. */
  leftOut: readonly RegExp[]
  /** Tensors that the file does without and the model does not: rows of zeros. */
  zeros?: Readonly<Record<string, readonly number[]>>
}

interface Seen {
  source: string
  view: StridedView | null
}

/**
 * A checkpoint by the names that a family knows, its tensors in the order of axes that PyTorch stores. Tensors without
 * a rule keep their names; those of a type that is not read are left out.
 * @throws UserError naming a tensor of the file that a rule applies to and that cannot be read
 */
export function renamed(stored: Checkpoint, { rules, layers, leftOut, zeros = {} }: Renaming): Checkpoint {
  const seen = new Map<string, Seen>()
  for (const source of stored.names()) {
    const before = seen.size
    for (const { from, to, view } of rules) {
      const number = matchForm(from, source)
      if (number === null) continue
      const { shape } = stored.describe(source)
      const blocks = number < 0 && hasBlock(to) ? Array.from({ length: layers }, (_, i) => i) : [number]
      for (const i of blocks) seen.set(named(to, i), { source, view: view?.(shape, i) ?? null })
    }
    if (seen.size === before && !leftOut.some((pattern) => pattern.test(source)) && isReadable(stored, source))
      seen.set(source, { source, view: null })
  }
  const describe = (name: string): StoredTensor => {
    const absent = zeros[name]
    if (absent) return { name, dtype: 'F32', shape: [...absent], begin: 0, end: 0 }
    const { source, view } = seen.get(name)!
    const tensor = stored.describe(source)
    return { ...tensor, name, shape: [...(view?.shape ?? tensor.shape)] }
  }
  const last = new LastTensor()
  const readInto = (name: string, target: Float32Array, first: number): void => {
    if (zeros[name]) {
      target.fill(0)
      return
    }
    const { source, view } = seen.get(name)!
    if (!view || isContiguous(view)) {
      last.clear()
      stored.readInto(source, target, (view?.offset ?? 0) + first)
      return
    }
    const whole = last.values(name, () => readView(view, (values, place) => stored.readInto(source, values, place)))
    target.set(whole.subarray(first, first + target.length))
  }
  return {
    path: stored.path,
    files: stored.files,
    bytes: stored.bytes,
    metadata: stored.metadata,
    notes: stored.notes,
    names: () => [...seen.keys(), ...Object.keys(zeros)],
    has: (name) => seen.has(name) || Object.hasOwn(zeros, name),
    describe,
    nameInFile: (name) => {
      const source = seen.get(name)?.source
      if (source !== undefined) return source === name ? null : source
      for (const { from, to } of rules) {
        const number = matchForm(to, name)
        if (number !== null) return named(from, number)
      }
      return null
    },
    read: (name) => readWhole({ describe, readInto }, name),
    readInto,
    close: () => stored.close()
  }
}

function isReadable(stored: Checkpoint, name: string): boolean {
  try {
    stored.describe(name)
    return true
  } catch {
    return false
  }
}
