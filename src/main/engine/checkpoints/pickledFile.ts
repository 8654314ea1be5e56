import { UserError } from '@shared/userError'
import { ByteCursor } from './byteCursor'
import { readPickle, type PickleGlobal } from './pickle'
import { RandomFile } from './randomFile'

/** A vocabulary, not a model. */
const largestFile = 1 << 26

/**
 * The object in a file that holds one pickle, read by the same interpreter as checkpoints: nothing is run.
 * @param globals names that the pickle may mention
 * @throws UserError naming the file and what is wrong
 */
export function readPickledFile(path: string, globals: ReadonlyMap<string, PickleGlobal> = new Map()): unknown {
  const file = new RandomFile(path)
  try {
    if (file.size > largestFile) throw new UserError(`${file.name} is larger than any vocabulary.`)
    const cursor = new ByteCursor(
      file,
      0,
      file.size,
      () => new UserError(`${file.name} is cut short; download or save it again.`)
    )
    return readPickle(cursor, {
      file: file.name,
      globals,
      persistent: () => {
        throw new UserError(`${file.name} asks for the data of a tensor, which a vocabulary does not hold.`)
      },
      mostValues: largestFile
    })
  } finally {
    file.close()
  }
}
