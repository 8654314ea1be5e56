import type { Checkpoint } from './checkpoint'

/** What programs put before every name when they save a model that is wrapped for training. */
const wrappers: readonly { beginning: string; by: string }[] = [
  { beginning: 'module.', by: 'DataParallel' },
  { beginning: '_orig_mod.', by: 'torch.compile' },
  { beginning: '_fsdp_wrapped_module.', by: 'FullyShardedDataParallel' }
]

/** A checkpoint of a wrapped model by the names of the model inside; any other as it is. */
export function unwrapped(checkpoint: Checkpoint): Checkpoint {
  const names = checkpoint.names()
  let prefix = ''
  const by: string[] = []
  for (;;) {
    const wrapper = wrappers.find(({ beginning }) => names.every((name) => name.startsWith(prefix + beginning)))
    if (!wrapper) break
    prefix += wrapper.beginning
    by.push(wrapper.by)
  }
  if (!prefix) return checkpoint
  const inside = new Set(names.map((name) => name.slice(prefix.length)))
  return {
    path: checkpoint.path,
    files: checkpoint.files,
    bytes: checkpoint.bytes,
    metadata: checkpoint.metadata,
    notes: [
      ...checkpoint.notes,
      `All names of its tensors begin with '${prefix}', which ${by.join(' and ')} adds; they are read without it.`
    ],
    names: () => [...inside],
    has: (name) => inside.has(name),
    describe: (name) => ({ ...checkpoint.describe(prefix + name), name }),
    read: (name) => checkpoint.read(prefix + name),
    readInto: (name, target, first) => checkpoint.readInto(prefix + name, target, first),
    halves: (name) => checkpoint.halves?.(prefix + name) ?? null,
    close: () => checkpoint.close()
  }
}
