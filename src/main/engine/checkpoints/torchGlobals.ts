import { UserError } from '@shared/userError'
import { elementBytes, isStorageType } from './checkpoint'
import { PickleGlobal } from './pickle'

/** A run of numbers that tensors are views of. */
export interface TorchStorage {
  key: string
  /** By safetensors' names where they have one; null where only the tensor knows it. */
  dtype: string | null
  /** Numbers, or bytes where `dtype` is null. */
  count: number
  /** Where it begins in numbers of `root`, in files of before 2018; 0 otherwise. */
  first: number
  /** The key of its bytes: its own, or that of the storage it is a part of. */
  root: string
}

/** A view of a storage: number [i, j, ...] of it is the storage's `offset` + i * stride[0] + j * stride[1] + ... */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly dtype: string,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[]
  ) {}
}

/** What a persistent id may mention: `torch.FloatStorage` and its like. */
class StorageClass extends PickleGlobal {
  constructor(
    name: string,
    readonly dtype: string | null
  ) {
    super(name)
  }
}

/** `torch.float16` and its like. */
class TypeName extends PickleGlobal {
  constructor(
    name: string,
    readonly dtype: string
  ) {
    super(name)
  }
}

/** Bytes of a number of the types that are not read. */
const otherBytes: Readonly<Record<string, number>> = { C64: 8, C128: 16, QI32: 4, U16: 2, U32: 4, U64: 8 }

/** Bytes of each of a storage's `count`. */
export function storageBytes({ dtype }: TorchStorage): number {
  if (dtype === null) return 1
  return isStorageType(dtype) ? elementBytes[dtype] : (otherBytes[dtype] ?? 1)
}

/** PyTorch's storages and types by safetensors' names. Those that hold no weights are listed to be refused by name. */
const types: readonly [storage: string | null, names: readonly string[], dtype: string][] = [
  ['FloatStorage', ['float32'], 'F32'],
  ['HalfStorage', ['float16'], 'F16'],
  ['BFloat16Storage', ['bfloat16'], 'BF16'],
  ['DoubleStorage', ['float64'], 'F64'],
  ['LongStorage', ['int64'], 'I64'],
  ['IntStorage', ['int32'], 'I32'],
  ['ShortStorage', ['int16'], 'I16'],
  ['ByteStorage', ['uint8'], 'U8'],
  ['BoolStorage', ['bool'], 'BOOL'],
  ['CharStorage', ['int8'], 'I8'],
  ['ComplexFloatStorage', ['complex64'], 'C64'],
  ['ComplexDoubleStorage', ['complex128'], 'C128'],
  ['QInt8Storage', ['qint8'], 'QI8'],
  ['QUInt8Storage', ['quint8'], 'QU8'],
  ['QInt32Storage', ['qint32'], 'QI32'],
  [null, ['uint16'], 'U16'],
  [null, ['uint32'], 'U32'],
  [null, ['uint64'], 'U64'],
  [null, ['float8_e4m3fn'], 'F8_E4M3'],
  [null, ['float8_e5m2'], 'F8_E5M2'],
  [null, ['float8_e4m3fnuz'], 'F8_E4M3FNUZ'],
  [null, ['float8_e5m2fnuz'], 'F8_E5M2FNUZ'],
  [null, ['float8_e8m0fnu'], 'F8_E8M0']
]

/**
 * The globals that a checkpoint's tensors need, and what each gives (torch/_utils.py, torch/serialization.py). This
 * list is the whole of what a file can reach.
 * @param file names the file in sentences
 */
export function torchGlobals(file: string): ReadonlyMap<string, PickleGlobal> {
  const table = new Map<string, PickleGlobal>()
  const add = (module: string, global: PickleGlobal): unknown =>
    table.set(`${module} ${global.name.slice(module.length + 1)}`, global)
  const call = (module: string, name: string, answer: (parameters: readonly unknown[]) => unknown): unknown =>
    add(module, new PickleGlobal(`${module}.${name}`, answer))

  for (const [storage, names, dtype] of types) {
    if (storage) add('torch', new StorageClass(`torch.${storage}`, dtype))
    for (const name of names) add('torch', new TypeName(`torch.${name}`, dtype))
  }
  for (const module of ['torch', 'torch.storage']) add(module, new StorageClass(`${module}.UntypedStorage`, null))

  call('collections', 'OrderedDict', ([pairs]) => orderedDictionary(pairs, file))
  call('torch', 'Size', ([extents]) => extents)
  // (storage, offset, shape, stride, ...): what follows says whether gradients are wanted, and hooks.
  for (const name of ['_rebuild_tensor', '_rebuild_tensor_v2'])
    call('torch._utils', name, ([storage, offset, shape, stride]) => tensor(storage, null, offset, shape, stride, file))
  call('torch._utils', '_rebuild_tensor_v3', ([storage, offset, shape, stride, , , dtype]) =>
    tensor(storage, dtype, offset, shape, stride, file)
  )
  // A parameter is its tensor.
  for (const name of ['_rebuild_parameter', '_rebuild_parameter_with_state'])
    call('torch._utils', name, ([data]) => {
      if (!(data instanceof TorchTensor)) throw malformed(file, 'a parameter that is not a tensor')
      return data
    })
  return table
}

/**
 * The storage that a persistent id names: ('storage', class, key, device, count) and, in files of before 2018, the
 * part of another storage that it is.
 */
export function storageOf(id: unknown, file: string): TorchStorage {
  if (!Array.isArray(id)) throw malformed(file, 'a persistent id that does not name a storage')
  const [kind, storageClass, key, , count, view] = id as unknown[]
  if (kind !== 'storage' || !(storageClass instanceof StorageClass) || typeof key !== 'string' || !isCount(count))
    throw malformed(file, 'a persistent id that does not name a storage')
  const storage = { key, dtype: storageClass.dtype, count, first: 0, root: key }
  if (view === undefined || view === null) return storage
  const [viewKey, first, viewCount] = Array.isArray(view) ? (view as unknown[]) : []
  if (typeof viewKey !== 'string' || !isCount(first) || !isCount(viewCount) || first + viewCount > count)
    throw malformed(file, 'a part of a storage that is not within it')
  return { key: viewKey, dtype: storageClass.dtype, count: viewCount, first, root: key }
}

function tensor(
  storage: unknown,
  type: unknown,
  offset: unknown,
  shape: unknown,
  stride: unknown,
  file: string
): TorchTensor {
  if (
    !isStorage(storage) ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(stride) ||
    shape.length !== stride.length
  )
    throw malformed(file, 'a malformed tensor')
  const dtype = type instanceof TypeName ? type.dtype : storage.dtype
  if (dtype === null) throw malformed(file, 'a tensor without a type')
  return new TorchTensor(storage, dtype, offset, shape, stride)
}

function orderedDictionary(pairs: unknown, file: string): Map<unknown, unknown> {
  const result = new Map<unknown, unknown>()
  if (pairs === undefined) return result
  if (!Array.isArray(pairs)) throw malformed(file, 'a malformed dictionary')
  for (const pair of pairs as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) throw malformed(file, 'a malformed dictionary')
    result.set(pair[0], pair[1])
  }
  return result
}

function isStorage(value: unknown): value is TorchStorage {
  return typeof value === 'object' && value !== null && 'root' in value && 'first' in value
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount)
}

function malformed(file: string, what: string): UserError {
  return new UserError(
    `${file} is not a checkpoint that Layerscope can read: its pickle has ${what}. Download or save it again.`
  )
}
