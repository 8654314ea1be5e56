import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { UserError } from '@shared/userError'
import { PickleGlobal } from '../../../checkpoints/pickle'
import { readPickledFile } from '../../../checkpoints/pickledFile'
import { RandomFile } from '../../../checkpoints/randomFile'
import { readTorchStream } from '../../../checkpoints/torchStream'
import { ListedWordTokenizer } from '../../../tokenizers/listedWordTokenizer'

/** Files of the vocabulary, in the order in which they are looked for. */
const files = ['vocab.pkl', 'vocab.bin', 'vocab.txt']

/** Counts of words, which are not needed, and the order of a dictionary. */
const dictionary = ([entries]: readonly unknown[]): unknown => (entries instanceof Map ? entries : new Map())
const globals = new Map([
  ['collections Counter', new PickleGlobal('collections.Counter', dictionary)],
  ['collections OrderedDict', new PickleGlobal('collections.OrderedDict', dictionary)]
])

/** The file of the vocabulary in a folder; null where there is none. */
export function vocabularyFile(folder: string): string | null {
  const name = files.find((file) => existsSync(join(folder, file)))
  return name === undefined ? null : join(folder, name)
}

/**
 * The word-level tokenizer from `vocab.pkl`, `vocab.bin` (the same by torch.save) or `vocab.txt`.
 * @throws UserError naming what the file asks for beside words, or what is damaged
 */
export function openVocabulary(path: string): ListedWordTokenizer {
  const stored = path.endsWith('.txt') ? null : read(path)
  const words = stored ? stored.get('idx2sym') : readFileSync(path, 'utf8').replace(/\n$/, '').split('\n')
  if (!Array.isArray(words) || words.length === 0 || !words.every((word) => typeof word === 'string'))
    throw new UserError(`${basename(path)} has no list of words ('idx2sym').`)
  const unknown: unknown = stored?.get('unk_idx') ?? words.indexOf('<unk>')
  return new ListedWordTokenizer(words, {
    unknown: typeof unknown === 'number' && unknown >= 0 && unknown < words.length ? unknown : 0,
    lowerCase: stored?.get('lower_case') === true
  })
}

function read(path: string): ReadonlyMap<unknown, unknown> {
  const object = path.endsWith('.bin') ? ofTorch(path) : readPickledFile(path, globals)
  if (object instanceof Map) return object as ReadonlyMap<unknown, unknown>
  throw new UserError(`${basename(path)} is not the dictionary of a vocabulary.`)
}

function ofTorch(path: string): unknown {
  const file = new RandomFile(path)
  try {
    return readTorchStream(file, globals).root
  } finally {
    file.close()
  }
}
