import { UserError } from '@shared/userError'
import { elementsOf, type Checkpoint, type StoredTensor } from './checkpoint'
import { listedCheckpoint } from './listedCheckpoint'
import { RandomFile } from './randomFile'

const magic = '\x93NUMPY'
const longestHeader = 1 << 16

/** A vector of float32 in a file of NumPy's format. */
interface Part {
  file: RandomFile
  /** Byte of its first number. */
  begin: number
  /** Numbers before it in all files together, and its own. */
  first: number
  count: number
}

/**
 * Vectors in several files of NumPy's format (1.0 to 3.0), joined and cut into tensors, as OpenAI released GPT:
 * where one file ends and the next begins has nothing to do with the tensors.
 * @param paths files in their order
 * @param tensors names and shapes in their order
 * @throws UserError naming the file that is damaged or of another kind, or both sizes where they do not fit together
 */
export function openNumpyParts(
  paths: readonly string[],
  tensors: readonly { name: string; shape: readonly number[] }[]
): Checkpoint {
  const files: RandomFile[] = []
  const close = (): void => files.forEach((file) => file.close())
  try {
    const parts: Part[] = []
    let total = 0
    for (const path of paths) {
      const file = new RandomFile(path)
      files.push(file)
      const part = readPart(file, total)
      parts.push(part)
      total += part.count
    }
    const placed = new Map<string, StoredTensor>()
    let at = 0
    for (const { name, shape } of tensors) {
      const length = elementsOf(shape)
      placed.set(name, { name, dtype: 'F32', shape: [...shape], begin: at, end: at + length })
      at += length
    }
    if (at !== total)
      throw new UserError(
        `The files of arrays hold ${total} numbers, and the shapes beside them need ${at}. Download all of them again.`
      )
    return listedCheckpoint({
      path: paths[0]!,
      files: [...paths],
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      noun: 'tensor',
      entries: placed,
      describe: (tensor) => tensor,
      fill: ({ name, begin }, target, first) => {
        const from = begin + first
        for (const part of parts) {
          const start = Math.max(from, part.first)
          const end = Math.min(from + target.length, part.first + part.count)
          if (start >= end) continue
          const piece = target.subarray(start - from, end - from)
          part.file.values('F32', piece, part.begin + 4 * (start - part.first), name)
        }
      },
      close
    })
  } catch (error) {
    close()
    throw error
  }
}

/** The header: a Python dictionary of type, order and shape (numpy/lib/format.py). */
function readPart(file: RandomFile, first: number): Part {
  const damaged = (what: string): UserError =>
    new UserError(`${file.name} is not an array that is read: ${what}. Download it again.`)
  if (file.size < 12) throw damaged('it is cut short')
  const start = file.bytes(0, 12, 'header')
  if (start.toString('latin1', 0, 6) !== magic) throw damaged("it does not begin as NumPy's files do")
  const wide = start[6]! > 1
  const length = wide ? start.readUInt32LE(8) : start.readUInt16LE(8)
  const begin = (wide ? 12 : 10) + length
  if (length > longestHeader || begin > file.size) throw damaged('its header is cut short')
  const header = file.bytes(begin - length, length, 'header').toString('latin1')
  if (!/'descr':\s*'<f4'/.test(header)) throw damaged('its numbers are not little-endian float32')
  const extents = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1]
  if (extents === undefined || /'fortran_order':\s*True/.test(header)) throw damaged('it does not say its shape')
  const count = elementsOf(
    extents
      .split(',')
      .map((extent) => extent.trim())
      .filter((extent) => extent !== '')
      .map(Number)
  )
  if (begin + 4 * count > file.size) throw damaged(`it has fewer than the ${count} numbers of its shape`)
  return { file, begin, first, count }
}
