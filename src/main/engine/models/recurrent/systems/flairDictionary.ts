import { UserError } from '@shared/userError'
import { PickledRecord, PickleGlobal } from '../../../checkpoints/pickle'
import { firstNumbers } from '../../../tokenizers/firstNumbers'

/** Globals of a saved language model of Flair beside those of its tensors; none of them is run. */
export function flairGlobals(): ReadonlyMap<string, PickleGlobal> {
  const globals = [
    new PickleGlobal('flair.data.Dictionary', null, true),
    // Bytes in pickles of protocol 2: the code points of a text.
    new PickleGlobal('_codecs.encode', ([text]) => Buffer.from(String(text), 'latin1')),
    // Lookups that a dictionary makes when it is used; here they are made from its items.
    new PickleGlobal('collections.defaultdict', () => new Map()),
    new PickleGlobal('builtins.int'),
    new PickleGlobal('__builtin__.int')
  ]
  return new Map(
    globals.map((global) => {
      const dot = global.name.lastIndexOf('.')
      return [`${global.name.slice(0, dot)} ${global.name.slice(dot + 1)}`, global]
    })
  )
}

/** What is beside the tensors in a saved language model. */
export interface FlairSettings {
  /** Number of every character; characters that are not listed are number 0. */
  numbers: ReadonlyMap<string, number>
  characters: number
  isForward: boolean
  layers: number
  delimiter: string
}

/**
 * @param root the saved object
 * @returns null where it is no language model of Flair
 * @throws UserError for one that is not an LSTM, or lacks its dictionary
 */
export function flairSettings(root: unknown, file: string): FlairSettings | null {
  if (!(root instanceof Map) || typeof root.get('is_forward_lm') !== 'boolean') return null
  const dictionary: unknown = root.get('dictionary')
  const items: unknown = dictionary instanceof PickledRecord ? dictionary.fields.get('idx2item') : null
  if (!Array.isArray(items)) throw new UserError(`${file} has no dictionary of characters; it is not complete.`)
  const type: unknown = root.get('recurrent_type') ?? 'LSTM'
  if (type !== 'LSTM') throw new UserError(`${file} has the recurrent_type ${String(type)}; Layerscope runs LSTM.`)
  const texts = items.map((item: unknown) => (Buffer.isBuffer(item) ? item.toString('utf8') : String(item)))
  const layers: unknown = root.get('nlayers') ?? 1
  const delimiter: unknown = root.get('document_delimiter') ?? '\n'
  if (typeof layers !== 'number' || layers < 1 || layers > 64 || typeof delimiter !== 'string')
    throw new UserError(`${file} does not say its layers and delimiter as a language model of Flair does.`)
  return {
    numbers: firstNumbers(texts),
    characters: items.length,
    isForward: root.get('is_forward_lm') as boolean,
    layers,
    delimiter
  }
}
