import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import { activeKernels } from '../../../backends/activeKernels'
import type { Checkpoint } from '../../../checkpoints/checkpoint'
import { openSafetensors } from '../../../checkpoints/safetensors'
import { KnownWordTokenizer } from '../../../tokenizers/knownWordTokenizer'
import { WordIndex } from '../../../wordVectors/wordIndex'
import { planTensors } from '../../memory/memoryPlan'
import { readConfig } from '../../readConfig'
import { torchLstm, torchNames } from '../lstm'
import { NamedWeights } from '../namedWeights'
import { paddedBatch, sentencesOf, statesOf } from '../references'
import { LstmStack } from '../stack'
import type { LoadedNetwork, RecurrentSystem } from '../system'

/** What config.json of such a folder has as its `model_type`. */
export const bilstmType = 'bilstm'
export const bilstmFiles = { config: 'config.json', weights: 'model.safetensors', words: 'vocab.txt' } as const
/** Before the names of torch.nn.LSTM's tensors. */
export const bilstmPrefix = 'lstm.'
/** [words + 1, width]: the last row is that of all words that are not in the list. */
export const bilstmEmbedding = 'embedding.weight'

/**
 * A bidirectional LSTM of one layer over word embeddings, as distillation makes it (Tang et al. 2019): the tensors of
 * torch.nn.Embedding and torch.nn.LSTM, and a list of words.
 */
export const bilstm: RecurrentSystem = {
  type: bilstmType,
  title: 'BiLSTM',
  openVocabulary: false,

  recognise(path) {
    const folder = statSync(path).isDirectory() ? path : dirname(path)
    if (!existsSync(join(folder, bilstmFiles.config)) || readType(folder) !== bilstmType) return Promise.resolve(null)
    const [weights, words] = [bilstmFiles.weights, bilstmFiles.words].map((name) => join(folder, name)) as [
      string,
      string
    ]
    for (const file of [weights, words])
      if (!existsSync(file))
        throw new UserError(`${folder} is a BiLSTM without ${basename(file)}; copy the whole folder again.`)
    const checkpoint = openSafetensors(weights)
    const hidden = checkpoint.has(`${bilstmPrefix}weight_hh_l0`)
      ? checkpoint.describe(`${bilstmPrefix}weight_hh_l0`).shape[1]!
      : 1
    return Promise.resolve({
      path,
      name: basename(folder),
      folder,
      checkpoint,
      settings: [join(folder, bilstmFiles.config), words],
      plan: planTensors(checkpoint),
      draw: (name) => ({ uniform: name === bilstmEmbedding ? embeddingRange : 1 / Math.sqrt(hidden) }),
      load: (stored) => Promise.resolve(load(stored, words))
    })
  },

  reference: (model, network, inputs) => {
    const tokenizer = model.needTokenizer()
    const ids = sentencesOf(inputs).map((sentence) => [...tokenizer.encode(sentence).ids])
    return statesOf(model, network, paddedBatch(ids), { states: 'layer' })
  }
}

/** How far from 0 the embeddings of words without a vector are drawn (Kim 2014, section 3.2). */
export const embeddingRange = 0.25

function readType(folder: string): unknown {
  try {
    return readConfig(folder)['model_type']
  } catch {
    // A damaged config is said by whoever opens the folder as a transformer.
    return null
  }
}

/** The words of a list in their order. */
export function wordIndexOf(words: Iterable<string>): WordIndex {
  const index = new WordIndex()
  for (const word of words) {
    const bytes = Buffer.from(word)
    index.add(bytes, 0, bytes.length)
  }
  return index
}

function load(checkpoint: Checkpoint, wordsFile: string): LoadedNetwork {
  const words = wordIndexOf(readFileSync(wordsFile, 'utf8').replace(/\n$/, '').split('\n'))
  const weights = new NamedWeights(checkpoint, activeKernels(), basename(checkpoint.path))
  const width = weights.shapeOf(bilstmEmbedding)[1] ?? 0
  const hidden = weights.shapeOf(`${bilstmPrefix}weight_hh_l0`)[1] ?? 0
  const table = weights.table(bilstmEmbedding, [words.size + 1, width])
  return {
    network: new LstmStack({
      layers: [
        {
          directions: (['forward', 'backward'] as const).map((direction) => ({
            direction,
            weights: torchLstm(weights, torchNames(bilstmPrefix, 0, direction), { inputs: width, hidden })
          })),
          separate: false,
          skip: false
        }
      ],
      inputWidth: width,
      embed: ({ ids }) => tf.gather(table, tf.tensor1d(ids, 'int32')),
      head: null,
      causal: false,
      holds: [table]
    }),
    tokenizer: new KnownWordTokenizer(words, { unknown: true, markers: null }),
    noTokenizer: '',
    notes: [],
    unread: weights.unread()
  }
}
