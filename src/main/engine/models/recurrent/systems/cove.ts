import type { ReferenceValue } from '../../namedParity'
import { numberRows, paddedBatch, sentencesOf, statesOf } from '../references'
import type { RecurrentSystem } from '../system'
import { recogniseOverVectors } from './overVectors'

/** CoVe (McCann et al. 2017): the encoder of a translation model, a bidirectional LSTM of two layers over GloVe. */
export const cove: RecurrentSystem = {
  type: 'cove',
  title: 'CoVe',
  openVocabulary: false,

  recognise: (path) =>
    recogniseOverVectors(path, {
      prefix: '',
      unknown: true,
      markers: () => [],
      usualVectors: 'glove.840B.300d.txt'
    }),

  reference(model, network, inputs) {
    const tokenizer = model.needTokenizer()
    const longest = Math.max(...sentencesOf(inputs).map((words) => words.length))
    const ids = sentencesOf(inputs).map((words) => [...tokenizer.encode(words).ids])
    const padded = ids.map((row) => [...row, ...new Array<number>(longest - row.length).fill(0)])
    const mask =
      inputs.attention_mask === undefined
        ? ids.map((row) => Array.from({ length: longest }, (_, t) => Number(t < row.length)))
        : numberRows(inputs, 'attention_mask')
    const values = statesOf(model, network, paddedBatch(padded, mask), { states: 'hidden_states' })
    values.set(
      'residual',
      sideBySide(values.get('hidden_states.0')!, values.get(`hidden_states.${network.widths.length - 1}`)!)
    )
    return values
  }
}

/** [GloVe(w), CoVe(w)] of every word (McCann et al. 2017, equation 6). */
function sideBySide(left: ReferenceValue, right: ReferenceValue): ReferenceValue {
  const [l, r] = [left.shape.at(-1)!, right.shape.at(-1)!]
  const rows = left.values.length / l
  const values = new Float32Array(rows * (l + r))
  for (let row = 0; row < rows; row++) {
    values.set(left.values.subarray(row * l, (row + 1) * l), row * (l + r))
    values.set(right.values.subarray(row * r, (row + 1) * r), row * (l + r) + l)
  }
  return { ...left, shape: [...left.shape.slice(0, -1), l + r], values }
}
