import type { Checkpoint } from './checkpoint'

/** Several checkpoints as one, the names of each behind a beginning of its own. */
export function joinedCheckpoint(parts: readonly { beginning: string; checkpoint: Checkpoint }[]): Checkpoint {
  const first = parts[0]!.checkpoint
  const at = (name: string): { checkpoint: Checkpoint; inside: string } => {
    const part = parts.find(({ beginning }) => name.startsWith(beginning))!
    return { checkpoint: part.checkpoint, inside: name.slice(part.beginning.length) }
  }
  return {
    path: first.path,
    files: parts.flatMap(({ checkpoint }) => checkpoint.files),
    bytes: parts.reduce((sum, { checkpoint }) => sum + checkpoint.bytes, 0),
    metadata: {},
    notes: parts.flatMap(({ checkpoint }) => checkpoint.notes),
    names: () => parts.flatMap(({ beginning, checkpoint }) => checkpoint.names().map((name) => beginning + name)),
    has: (name) =>
      parts.some(
        ({ beginning, checkpoint }) => name.startsWith(beginning) && checkpoint.has(name.slice(beginning.length))
      ),
    describe: (name) => ({ ...at(name).checkpoint.describe(at(name).inside), name }),
    read: (name) => at(name).checkpoint.read(at(name).inside),
    readInto: (name, target, first) => at(name).checkpoint.readInto(at(name).inside, target, first),
    halves: (name) => at(name).checkpoint.halves?.(at(name).inside) ?? null,
    close: () => parts.forEach(({ checkpoint }) => checkpoint.close())
  }
}
