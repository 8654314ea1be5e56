import * as v from 'valibot'
import { drawOf } from '@shared/drawing'
import { count, layer as layerField, pool as pooling, seed as seedField } from '@shared/fields'
import { probeFieldNames } from './probeFlags'
import { choice, flag, number, numbers, output, required, withOptionalArgument, text, withDefault } from './option'

/** Options that several commands share, declared once. */

/** The contract also allows 0 words, which is of no use to a command. */
const someWords = v.pipe(count, v.minValue(1))

export const labelledData = 'CoNLL-U, TSV, CSV, JSONL (.gz, .zst), Parquet or Arrow, or a folder of shards'

export const anyModel = required(
  text(
    'PATH',
    "the checkpoint's folder, a file of word vectors (GloVe, word2vec, fastText .vec; .gz is read), or the name of a " +
      'model in the cache (see `layerscope fetch --help`)'
  )
)

export const transformer = required(text('DIR', "the checkpoint's folder, or the name of a model in the cache"))

export const untrained = withOptionalArgument(
  number(seedField, 'N', 'its twin with random weights of seed N (1 when none is given)'),
  '1',
  /^\d+$/
)

export const json = output('OUT', 'write the whole result; OUT - writes it to standard output instead of the table')

export const keep = text('NAME', 'keep the results in the library under this name; the window shows them')

/** For commands whose `--json` was once a switch: the next word is its file only if it ends in .json. */
export const jsonAlone = withOptionalArgument(
  output('OUT', 'the same as JSON, to standard output or to a file whose name ends in .json'),
  '-',
  /^-$|\.json$/
)

export const pool = withDefault(choice(pooling.options, 'WAY', "how a word's subwords become one vector"), 'first')

export const seed = (of: string) => withDefault(number(seedField, 'N', of), '1')

/** Beside every limit of words. */
export const inOrder = flag('limits take the first words of a file, as in earlier versions, and draw nothing')

/** Seed of the draw, for a request with one of these limits; none where the first words are taken. */
export const drawFrom = (
  { seed, 'in-order': asWritten }: { readonly seed: number; readonly 'in-order': boolean },
  ...limits: readonly (number | null | undefined)[]
): { draw?: number } => (asWritten ? {} : drawOf(seed, ...limits))

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
  folds: 'folds',
  innerFolds: 'inner-folds',
  seed: 'seed',
  ...probeFieldNames
}
