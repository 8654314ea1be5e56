import { writeFileSync } from 'node:fs'
import type { Checkpoint } from '../../src/main/engine/checkpoints/checkpoint'
import { zipOf } from '../engine/backends/fakeWheel'

/** Writes a checkpoint's tensors as `torch.save` would, as float32: an archive with a pickle and a storage for each. */
export function writeTorch(path: string, tensors: Checkpoint): void {
  const names = tensors.names()
  const items = names.map((name, key) => Buffer.concat([text(name), tensor(tensors.describe(name).shape, key)]))
  const members: Record<string, Buffer> = {
    'archive/data.pkl': Buffer.concat([bytes('\x80\x02}('), ...items, bytes('u.')]),
    'archive/byteorder': bytes('little')
  }
  names.forEach((name, key) => (members[`archive/data/${key}`] = Buffer.from(tensors.read(name).buffer)))
  writeFileSync(path, zipOf(members, Object.keys(members)))
}

function tensor(shape: readonly number[], key: number): Buffer {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1))
  const count = shape.reduce((product, extent) => product * extent, 1)
  const storage = [
    bytes('('),
    text('storage'),
    bytes('ctorch\nFloatStorage\n'),
    text(String(key)),
    text('cpu'),
    integer(count),
    bytes('tQ')
  ]
  const tuple = (values: readonly number[]): Buffer => Buffer.concat([bytes('('), ...values.map(integer), bytes('t')])
  const hooks = bytes('ccollections\nOrderedDict\n)R')
  return Buffer.concat([
    bytes('ctorch._utils\n_rebuild_tensor_v2\n('),
    ...storage,
    integer(0),
    tuple(shape),
    tuple(strides),
    bytes('\x89'),
    hooks,
    bytes('tR')
  ])
}

function bytes(latin: string): Buffer {
  return Buffer.from(latin, 'latin1')
}

function text(value: string): Buffer {
  const data = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(data.length)
  return Buffer.concat([bytes('X'), length, data])
}

function integer(value: number): Buffer {
  const data = Buffer.alloc(4)
  data.writeInt32LE(value)
  return Buffer.concat([bytes('J'), data])
}
