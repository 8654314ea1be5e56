import { UserError } from '@shared/userError'
import {
  elementBytes,
  elementsOf,
  halvesAt,
  isStorageType,
  typeRefusal,
  type Checkpoint,
  type StorageType,
  type StoredTensor
} from './checkpoint'
import { fileKind } from '../files/fileKind'
import { keptOpen } from '../files/keptOpen'
import { LastTensor } from './lastTensor'
import { listedCheckpoint } from './listedCheckpoint'
import { printable, type MoreGlobals } from './pickle'
import { RandomFile } from './randomFile'
import { isContiguous, readView, viewEnd } from './strided'
import { broken, readTorchArchive, type TorchFile } from './torchArchive'
import { TorchTensor } from './torchGlobals'
import { readTorchStream } from './torchStream'

/** A tensor may repeat numbers of its storage, as buffers do; without a limit a small file could take any memory. */
const mostRepeated = 1 << 24

interface PlacedTensor extends StoredTensor {
  view: TorchTensor
  /** Byte of the file at which number 0 of the view's storage is. */
  storageAt: number
}

/**
 * Opens a checkpoint that `torch.save` wrote (pytorch_model.bin), in its present format or in that from before PyTorch
 * 1.6. Its pickle is read by an interpreter that knows only tensors; anything else is
 * refused by name, and nothing is run. Tensors are read from the file on request.
 * @throws UserError naming the file and what is wrong with it
 */
export function openTorch(path: string): Checkpoint {
  return openTorchObject(path).checkpoint
}

/** A file of `torch.save`: its tensors, and the whole object that they are in. */
export interface TorchObject {
  checkpoint: Checkpoint
  root: unknown
}

/**
 * The same, with the object around the tensors.
 * @param globals names that its pickle may mention beside those of tensors, by the name of the file
 * @throws UserError as `openTorch`
 */
export function openTorchObject(
  path: string,
  globals: (file: string) => MoreGlobals | undefined = () => undefined
): TorchObject {
  return keptOpen(new RandomFile(path), (file) => {
    const { tensors, root } = placeTensors(file, globals(file.name))
    // A tensor in a different order than its storage is reordered as a whole.
    const ordered = new LastTensor()
    const checkpoint = listedCheckpoint({
      path,
      bytes: file.size,
      noun: 'tensor',
      entries: tensors,
      describe: (tensor) => tensor,
      fill: (tensor, target, first) => {
        const { name, dtype, begin, view } = tensor
        if (!isContiguous(view)) {
          const values = ordered.values(name, () => readOrdered(file, tensor))
          target.set(values.subarray(first, first + target.length))
          return
        }
        ordered.clear()
        file.values(dtype, target, begin + first * elementBytes[dtype], name)
      },
      halves: (tensor) => (isContiguous(tensor.view) ? halvesAt(file, tensor, tensor.begin) : null),
      close: () => file.close()
    })
    return { checkpoint, root }
  })
}

function readOrdered(file: RandomFile, { view, dtype, storageAt, name }: PlacedTensor): Float32Array {
  return readView(view, (target, place) => file.values(dtype, target, storageAt + place * elementBytes[dtype], name))
}

function placeTensors(
  file: RandomFile,
  globals: MoreGlobals | undefined
): { tensors: Map<string, PlacedTensor>; root: unknown } {
  const start = file.bytes(0, Math.min(file.size, 512), 'beginning')
  if (start.toString('latin1', 257, 262) === 'ustar')
    throw new UserError(
      `${file.name} is a tar archive, as PyTorch saved them before version 0.2. Load it with torch.load and ` +
        'save it again, as safetensors.'
    )
  const isArchive = start.toString('latin1', 0, 4) === 'PK\x03\x04'
  const kind = isArchive ? null : fileKind(start)
  if (kind) throw new UserError(`${file.name} is ${kind}.`)
  const torch = isArchive ? readTorchArchive(file, globals) : readTorchStream(file, globals)
  const tensors = new Map<string, PlacedTensor>()
  for (const [name, view] of namedTensors(torch, file)) tensors.set(name, place(file, torch, name, view))
  return { tensors, root: torch.root }
}

/** The tensors of a state dictionary, or of the `state_dict` or `model` in what a training program saved. */
function namedTensors({ root }: TorchFile, file: RandomFile): [string, TorchTensor][] {
  const tensorsOf = (value: unknown): [string, TorchTensor][] =>
    value instanceof Map
      ? [...(value as Map<unknown, unknown>)].filter(
          (entry): entry is [string, TorchTensor] => typeof entry[0] === 'string' && entry[1] instanceof TorchTensor
        )
      : []
  const direct = tensorsOf(root)
  const named =
    direct.length || !(root instanceof Map) ? direct : tensorsOf(root.get('state_dict') ?? root.get('model'))
  if (!named.length)
    throw new UserError(
      `${file.name} has no named tensors. Save the weights alone (in Python: ` +
        'torch.save(model.state_dict(), file), or model.save_pretrained(folder)).'
    )
  return named
}

function place(file: RandomFile, torch: TorchFile, name: string, view: TorchTensor): PlacedTensor {
  const { storage, dtype, shape } = view
  const shown = printable(name)
  if (!isStorageType(dtype)) throw new UserError(typeRefusal(file.name, shown, dtype))
  const width = elementBytes[dtype]
  const { begin, length } = torch.bytesOf(storage)
  const available = storageCount(storage, dtype)
  const numbers = elementsOf(shape)
  if (viewEnd(view) > available || numbers > Math.max(available, mostRepeated))
    throw broken(file, `'${shown}' is a tensor of ${numbers} numbers that its storage of ${available} does not hold`)
  if ((storage.first + available) * width > length)
    throw broken(
      file,
      `'${shown}' needs ${(storage.first + available) * width} bytes of storage ` +
        `'${printable(storage.root)}', which has ${length}`
    )
  const storageAt = begin + storage.first * width
  const at = storageAt + view.offset * width
  return { name, dtype, shape: [...shape], begin: at, end: at + numbers * width, view, storageAt }
}

/** How many numbers of a type a storage holds. */
function storageCount({ dtype, count }: TorchTensor['storage'], as: StorageType): number {
  return dtype === null ? Math.floor(count / elementBytes[as]) : count
}
