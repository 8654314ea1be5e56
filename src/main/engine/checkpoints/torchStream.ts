import { ByteCursor } from './byteCursor'
import { readPickle, type MoreGlobals } from './pickle'
import type { RandomFile } from './randomFile'
import { bigEndian, broken, largestPickle, type StoredBytes, type TorchFile } from './torchArchive'
import { storageOf, storageBytes, torchGlobals, type TorchStorage } from './torchGlobals'

/**
 * What every such file begins with, as a pickled integer (torch/serialization.py, MAGIC_NUMBER and PROTOCOL_VERSION).
 */
const magicNumber = 0x1950a86a20f9469cfc6cn
const formatVersion = 1001

/**
 * Reads the object of a file as `torch.save` wrote it before PyTorch 1.6: five pickles (magic number, version, what
 * the machine was like, the object, the storages' keys), then the storages in the order of their keys, each as its
 * count of numbers and their bytes.
 * @throws UserError naming what is wrong
 */
export function readTorchStream(file: RandomFile, more?: MoreGlobals): TorchFile {
  const cursor = new ByteCursor(file, 0, Math.min(file.size, largestPickle), () => broken(file, 'it is cut short'))
  const storages = new Map<string, TorchStorage>()
  const rules = {
    file: file.name,
    globals: torchGlobals(file.name),
    more,
    persistent: (id: unknown) => {
      const storage = storageOf(id, file.name)
      storages.set(storage.root, storage)
      return storage
    }
  }
  if (readPickle(cursor, rules) !== magicNumber)
    throw broken(file, 'it begins neither as a zip archive nor with the magic number of torch.save')
  const version = readPickle(cursor, rules)
  if (version !== formatVersion)
    throw broken(file, `its format is version ${String(version)} where torch.save wrote ${formatVersion}`)
  const system = readPickle(cursor, rules)
  if (system instanceof Map && system.get('little_endian') === false) throw bigEndian(file)
  const root = readPickle(cursor, rules)
  const keys = readPickle(cursor, rules)
  if (!Array.isArray(keys)) throw broken(file, 'it does not list its storages')
  const places = placesOf(file, keys, storages, cursor.position)
  return {
    root,
    bytesOf: ({ root: key }) => {
      const place = places.get(key)
      if (!place) throw broken(file, 'a tensor is in a storage that it does not list')
      return place
    }
  }
}

function placesOf(
  file: RandomFile,
  keys: readonly unknown[],
  storages: ReadonlyMap<string, TorchStorage>,
  start: number
): Map<string, StoredBytes> {
  const places = new Map<string, StoredBytes>()
  let at = start
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined
    if (!storage) throw broken(file, 'it lists a storage that no tensor uses')
    if (at + 8 > file.size) throw broken(file, 'it is cut short')
    const count = Number(file.bytes(at, 8, 'storage').readBigInt64LE())
    const length = count * storageBytes(storage)
    if (count < 0 || at + 8 + length > file.size) throw broken(file, 'it is cut short')
    places.set(storage.root, { begin: at + 8, length })
    at += 8 + length
  }
  return places
}
