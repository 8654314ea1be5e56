import { UserError } from '@shared/userError'
import type { ReferenceValue } from '../../namedParity'
import { paddedBatch, sentencesOf, statesOf } from '../references'
import type { RecurrentSystem } from '../system'
import { recogniseOverVectors } from './overVectors'

const markers = { first: ['<s>', '</s>'], second: ['<p>', '</p>'] } as const

/** InferSent's encoder (Conneau et al. 2017): a bidirectional LSTM over word vectors; its maximum is the sentence's. */
export const infersent: RecurrentSystem = {
  type: 'infersent',
  title: 'InferSent',
  openVocabulary: false,

  recognise: (path) =>
    recogniseOverVectors(path, {
      prefix: 'enc_lstm.',
      unknown: false,
      // The second version was trained on fastText's vectors, with paragraph marks.
      markers: (file) => (/2/.test(file) ? [markers.second, markers.first] : [markers.first, markers.second]),
      usualVectors: 'glove.840B.300d.txt (version 1) or crawl-300d-2M.vec (version 2)'
    }),

  reference(model, network, inputs) {
    const tokenizer = model.needTokenizer()
    const values = new Map<string, ReferenceValue>()
    const kept = inputs.kept === undefined ? null : sentencesOf(inputs, 'kept')
    sentencesOf(inputs).forEach((words, i) => {
      const { ids } = tokenizer.encode(words)
      const read = Array.from(ids, (id) => tokenizer.tokenText(id))
      if (kept && kept[i]!.join(' ') !== read.join(' '))
        throw new UserError(`Sentence ${i} is read as '${read.join(' ')}', the reference's as '${kept[i]!.join(' ')}'.`)
      const layers = network.widths.length - 1
      const states = statesOf(model, network, paddedBatch([[...ids]]), { states: 'layer' }).get(`layer.${layers}`)!
      const width = network.widths[layers]!
      values.set(`sentence.${i}.states`, { shape: [ids.length, width], values: states.values })
      for (const [name, pooled] of Object.entries(pool(states.values, width)))
        values.set(`sentence.${i}.${name}`, { shape: [width], values: pooled })
    })
    return values
  }
}

/** The largest value of every column with its row, and the mean. */
function pool(values: Float32Array, width: number): { max: Float32Array; argmax: Float32Array; mean: Float32Array } {
  const rows = values.length / width
  const max = new Float32Array(width).fill(-Infinity)
  const argmax = new Float32Array(width)
  const mean = new Float32Array(width)
  values.forEach((value, i) => {
    const column = i % width
    mean[column]! += value / rows
    if (value > max[column]!) {
      max[column] = value
      argmax[column] = Math.floor(i / width)
    }
  })
  return { max, argmax, mean }
}
