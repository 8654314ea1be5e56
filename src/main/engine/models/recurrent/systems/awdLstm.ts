import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { legible, quoted, UserError } from '@shared/userError'
import { activeKernels } from '../../../backends/activeKernels'
import type { Checkpoint } from '../../../checkpoints/checkpoint'
import { readPickledFile } from '../../../checkpoints/pickledFile'
import { keptOpen } from '../../../files/keptOpen'
import { readNamedJson } from '../../../files/namedFile'
import { applyFastaiRules } from '../../../tokenizers/fastaiRules'
import { FastaiTokenizer } from '../../../tokenizers/fastaiTokenizer'
import { planTensors } from '../../memory/memoryPlan'
import { torchLstm, type Direction, type LstmLayer } from '../lstm'
import { NamedWeights, packed } from '../namedWeights'
import { requireIds } from '../network'
import { numberRows, paddedBatch, partOf, statesOf } from '../references'
import { LstmStack } from '../stack'
import type { LoadedNetwork, RecurrentSystem } from '../system'
import { findTorch, folderOf, nameAt, torchFilesAt } from '../torchFiles'

/** Deviation of fastai's embeddings before training: `init_range` of its AWD_LSTM. */
const embeddingRange = 0.1

/**
 * AWD-LSTM (Merity et al. 2017), the language model of ULMFiT (Howard & Ruder 2018), as fastai 1, fastai 2 and the
 * release of 2018 saved it.
 */
export const awdLstm: RecurrentSystem = {
  type: 'awd-lstm',
  title: 'AWD-LSTM (ULMFiT)',
  openVocabulary: false,

  recognise(path) {
    const opened = findTorch(path, (checkpoint) => prefixOf(checkpoint) !== null)
    if (!opened) return Promise.resolve(null)
    const { checkpoint } = opened
    return keptOpen(checkpoint, () => {
      refuseOthers(checkpoint)
      const folder = folderOf(path)
      const vocabulary = vocabularyIn(folder, checkpoint.path)
      const names = checkpoint.names().filter((name) => !isCopy(name))
      return Promise.resolve({
        path,
        name: nameAt(path, checkpoint),
        folder,
        checkpoint,
        settings: vocabulary === null ? [] : [vocabulary],
        // The head is the embedding, laid out once more for products.
        plan: planTensors(checkpoint, [...names, `${prefixOf(checkpoint)}encoder.weight`]),
        draw: (name: string) =>
          /decoder\.bias$/.test(name)
            ? { constant: 0 }
            : {
                uniform: /(encoder|decoder)\b/.test(name) ? embeddingRange : 1 / Math.sqrt(hiddenOf(checkpoint, name))
              },
        load: (stored: Checkpoint) => Promise.resolve(loadAwd(stored, vocabulary))
      })
    })
  },

  reference(model, network, inputs, folder) {
    if (model.tokenizer instanceof FastaiTokenizer) checkCases(model.tokenizer, join(folder, 'cases.json'))
    const mask = inputs.attention_mask === undefined ? undefined : numberRows(inputs, 'attention_mask')
    const values = statesOf(model, network, paddedBatch(numberRows(inputs, 'input_ids'), mask), {
      states: 'hidden_states',
      logits: 'logits'
    })
    const second = partOf(inputs, 'second')
    if (second) {
      const batch = paddedBatch(numberRows(second, 'input_ids'))
      const more = statesOf(model, network, batch, { states: 'second', logits: 'second_logits' })
      for (const [name, value] of more) values.set(name, value)
    }
    return values
  }
}

/**
 * Compares the steps from texts to ids, where a reference has them.
 * @throws UserError naming the first text that goes another way
 */
function checkCases(tokenizer: FastaiTokenizer, path: string): void {
  if (!existsSync(path)) return
  const { texts } = readNamedJson(path) as { texts?: { text: string; rules: string; words: string[]; ids: number[] }[] }
  for (const { text, rules, words, ids } of texts ?? []) {
    const ruled = `xxbos ${applyFastaiRules(text)}`
    if (ruled !== rules)
      throw new UserError(`The rules make ${quoted(ruled, 80)} of ${quoted(text, 80)}; the reference has another text.`)
    if (tokenizer.idsOfWords(words).join() !== ids.join())
      throw new UserError(`The words of ${quoted(text, 80)} have other ids than in the reference.`)
  }
}

/** What is before the names of the encoder; null where there is no AWD-LSTM. An encoder by itself has nothing. */
function prefixOf(checkpoint: Checkpoint): '0.' | '' | null {
  for (const prefix of ['0.', ''] as const)
    if (
      checkpoint.has(`${prefix}encoder.weight`) &&
      checkpoint.names().some((name) => name.startsWith(`${prefix}rnns.0.`))
    )
      return prefix
  return null
}

/** @throws UserError for what shares the names and is another network */
function refuseOthers(checkpoint: Checkpoint): void {
  const names = checkpoint.names()
  const quasi = names.find((name) => /rnns\.\d+\.(module\.)?layers\.\d+\.linear\./.test(name))
  if (quasi !== undefined)
    throw new UserError(
      `${basename(checkpoint.path)} is a QRNN ('${legible(quasi)}'), not an LSTM; Layerscope does not run it.`
    )
  const both = names.find((name) => /_reverse(_raw)?$/.test(name))
  if (both !== undefined)
    throw new UserError(
      `${basename(checkpoint.path)} is a bidirectional AWD-LSTM ('${legible(both)}'), which no release has; ` +
        'Layerscope does not run it.'
    )
}

/** Copies of the embedding, and fastai 1's recurrent matrices with elements dropped. */
function isCopy(name: string): boolean {
  return (
    /(encoder_dp\.emb|encoder_with_dropout\.embed|1\.decoder)\.weight$/.test(name) || /module\.weight_hh_l0$/.test(name)
  )
}

function hiddenOf(checkpoint: Checkpoint, name: string): number {
  const { shape } = checkpoint.describe(name)
  return Math.max(1, (shape[0] ?? 4) / 4)
}

/** The pickled list of words in a folder: that of the weights' name, or the only one. */
function vocabularyIn(folder: string, weights: string): string | null {
  const torch = new Set([...torchFilesAt(folder), weights])
  const lists = readdirSync(folder).filter((name) => /\.pkl$/i.test(name) && !torch.has(join(folder, name)))
  const stem = basename(weights)
    .replace(/\.\w+$/, '')
    .replace(/^(lstm|fwd|bwd)_?/, '')
  const list =
    lists.length === 1
      ? lists[0]
      : (lists.find((name) => stem !== '' && name.includes(stem)) ?? lists.find((name) => /itos/i.test(name)))
  return list === undefined ? null : join(folder, list)
}

export function loadAwd(checkpoint: Checkpoint, vocabulary: string | null): LoadedNetwork {
  const file = basename(checkpoint.path)
  const prefix = prefixOf(checkpoint)!
  const kernels = activeKernels()
  const weights = new NamedWeights(checkpoint, kernels, file)
  const [entries, width] = sizes(weights.shapeOf(`${prefix}encoder.weight`), file)
  const direction: Direction = /(^|[_-])(bwd|backward)/i.test(file) ? 'backward' : 'forward'
  const layers: LstmLayer[] = []
  for (let inputs = width; ;) {
    const at = `${prefix}rnns.${layers.length}`
    if (!weights.has(`${at}.module.weight_ih_l0`)) break
    const hidden = (weights.shapeOf(`${at}.module.bias_ih_l0`)[0] ?? 0) / 4
    const raw = [`${at}.weight_hh_l0_raw`, `${at}.module.weight_hh_l0_raw`].find((name) => weights.has(name))
    const lstm = torchLstm(
      weights,
      {
        wi: `${at}.module.weight_ih_l0`,
        wh: raw ?? `${at}.module.weight_hh_l0`,
        bi: `${at}.module.bias_ih_l0`,
        bh: `${at}.module.bias_hh_l0`
      },
      { inputs, hidden }
    )
    layers.push({ directions: [{ direction, weights: lstm }], separate: false, skip: false })
    inputs = hidden
  }
  if (layers.length === 0)
    throw new UserError(`${file} has no '${prefix}rnns.0.module.weight_ih_l0'; it is not complete.`)
  const values = weights.values(`${prefix}encoder.weight`, [entries, width])
  const embedding = tf.tensor2d(values, [entries, width])
  const last = layers.at(-1)!.directions[0]!.weights.outputs
  // A head that reads from the end would be taken for one that predicts the next word.
  const hasHead = checkpoint.has('1.decoder.weight') && last === width && direction === 'forward'
  const head = hasHead ? packed(kernels, values, [entries, width], true) : null
  const bias = hasHead && weights.has('1.decoder.bias') ? weights.vector('1.decoder.bias', entries) : null
  const { tokenizer, reason } = openVocabulary(vocabulary, entries)
  return {
    network: new LstmStack({
      layers,
      inputWidth: width,
      embed: ({ ids }) => {
        requireIds(ids, entries)
        return tf.gather(embedding, tf.tensor1d(ids, 'int32')) as Tensor2D
      },
      head: head && { weight: head, bias },
      causal: direction === 'forward',
      holds: [embedding, ...(head ? [head] : []), ...(bias ? [bias] : [])]
    }),
    tokenizer,
    noTokenizer: reason,
    notes:
      direction === 'backward'
        ? ['The model reads a text from its last word to its first, as its name says; its head is not used.']
        : [],
    unread: weights.unread()
  }
}

function sizes(shape: readonly number[], file: string): [number, number] {
  if (shape.length === 2) return [shape[0]!, shape[1]!]
  throw new UserError(`${file} has an embedding of shape [${shape.join(', ')}]; it has two dimensions in an AWD-LSTM.`)
}

function openVocabulary(path: string | null, entries: number): { tokenizer: FastaiTokenizer | null; reason: string } {
  if (path === null || !existsSync(path))
    return { tokenizer: null, reason: 'Its vocabulary (itos.pkl, a pickled list of words) is not beside the weights.' }
  const words = readPickledFile(path)
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
    throw new UserError(`${basename(path)} is not a list of words; it should be the vocabulary of the model (itos).`)
  if (words.length !== entries)
    return {
      tokenizer: null,
      reason: `${basename(path)} lists ${words.length} words, and the embedding has ${entries}.`
    }
  return { tokenizer: new FastaiTokenizer(words), reason: '' }
}
