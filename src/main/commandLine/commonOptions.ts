import * as v from 'valibot'
import { count, layer as layerField, pool as pooling, seed as seedField } from '@shared/fields'
import { probeFieldNames } from './probeFlags'
import { choice, number, numbers, output, required, standsAlone, text, withDefault } from './option'

/** Options that several commands have, said once. */

/** The contract also takes no words at all, which no command has a use for. */
const someWords = v.pipe(count, v.minValue(1))

export const labelledData = 'CoNLL-U, TSV, CSV or JSONL; .gz is read'

export const anyModel = required(
  text(
    'PATH',
    "the checkpoint's folder, a file of word vectors (GloVe, word2vec, fastText .vec; .gz is read), or the name of a " +
      'model in the cache (see `layerscope fetch --help`)'
  )
)

export const transformer = required(text('DIR', "the checkpoint's folder, or the name of a model in the cache"))

export const untrained = standsAlone(
  number(seedField, 'N', 'its twin with random weights of seed N (1 when none is given)'),
  '1',
  /^\d+$/
)

export const json = output('OUT', 'write the whole result; OUT - writes it to standard output instead of the table')

/** For commands whose `--json` has always stood alone: a file has to end in .json to be taken for one. */
export const jsonAlone = standsAlone(
  output('OUT', 'the same as JSON, to standard output or to a file whose name ends in .json'),
  '-',
  /^-$|\.json$/
)

export const pool = withDefault(choice(pooling.options, 'WAY', "of a word's subwords, the one that counts"), 'first')

export const seed = (of: string) => withDefault(number(seedField, 'N', of), '1')

export const maxWords = (description: string) => number(someWords, 'N', description)

/** The contract's limit for layers guards memory; the model's is checked by `checkLayers`. */
export const layers = (description: string) => ({
  ...numbers(v.pipe(v.array(layerField), v.minLength(1)), 'LIST', description),
  range: ''
})

export const layer = (description: string) => ({ ...number(layerField, 'N', description), range: '' })

export const wordCount = (description: string, usual: string) => withDefault(number(someWords, 'N', description), usual)

/** Options by the field of a probing request. */
export const probeRequestNames = {
  span: 'span',
  pool: 'pool',
  layers: 'layers',
  maxTrainWords: 'max-words',
  restarts: 'restarts',
  seeds: 'seeds',
  tune: 'tune',
  seed: 'seed',
  ...probeFieldNames
}
