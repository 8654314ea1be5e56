import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { AttributionScore } from '@shared/attribution'
import { UserError } from '@shared/userError'
import type { LayerProbes } from '../ablations/sentenceReadings'
import { softmaxLosses } from '../backends/softmaxLoss'
import type { EncodedSentence } from '../tokenizers/encodedSentence'
import type { HeadBatch } from '../training/heads'
import type { OwnHead } from '../training/saved/ownHead'
import type { TrainablePass } from '../training/trainable'
import type { ScoreOf } from './attribute'

/** Scores before softmax, [sequences, answers], of something that reads a pass. Within a gradient. */
export type OutputOf = (pass: TrainablePass, batch: HeadBatch) => Tensor2D

/** The language-model head at one token of every sequence. */
export function tokenOutput(place: number): OutputOf {
  return (pass, batch) => pass.logits(tf.gather(pass.hiddenStates.at(-1)!, rowsAt(place, batch)))
}

/** The linear probe of one layer, at the vector of one word. @throws UserError for a layer or a word without a probe */
export function probeOutput(probes: LayerProbes, layer: number, word: number, sentence: EncodedSentence): OutputOf {
  const index = probes.layers.indexOf(layer)
  if (index < 0)
    throw new UserError(`The run has no probe of layer ${layer}; it has probes of layers ${probes.layers.join(', ')}.`)
  const [, rows, classes] = probes.weights.shape as [number, number, number]
  const weights = probes.weights.data.subarray(index * rows * classes, (index + 1) * rows * classes)
  const width = rows - 1
  const tokens = tokensOf(word, sentence)
  const read = probes.pooling === 'mean' ? tokens : [tokens.at(probes.pooling === 'first' ? 0 : -1)!]
  return ({ hiddenStates }, batch) => {
    if (hiddenStates[layer]!.shape[1] !== width)
      throw new UserError('The model projects its last layer, which this probe does not read; choose a lower layer.')
    const vectors = tf.mean(tf.stack(read.map((token) => tf.gather(hiddenStates[layer]!, rowsAt(token, batch)))), 0)
    const scores = tf.matMul(vectors as Tensor2D, tf.tensor2d(weights.subarray(0, width * classes), [width, classes]))
    return tf.add<Tensor2D>(scores, tf.tensor1d(weights.subarray(width * classes)))
  }
}

/** The head that a model was trained with; at the first token of a word where it labels words. */
export function headOutput(head: OwnHead, word: number | null, sentence: EncodedSentence): OutputOf {
  if (head.task === 'sequence') return (pass, batch) => head.read(pass, batch)
  if (head.task !== 'token')
    throw new UserError(
      'The head of this model labels spans of words, which cannot be explained here; explain a prediction or a probe.'
    )
  if (word === null) throw new UserError('The head of this model labels words; say which word is explained.')
  const [first] = tokensOf(word, sentence)
  return (pass, batch) => tf.gather(head.read(pass, batch), rowsAt(first!, batch))
}

/** @throws UserError for a word that the sentence does not have, or that has no token */
function tokensOf(word: number, { wordOfToken, wordsTaken }: EncodedSentence): number[] {
  if (word >= wordsTaken)
    throw new UserError(`The sentence has ${wordsTaken} words, counted from 0; there is no word ${word}.`)
  const tokens = Array.from(wordOfToken.keys()).filter((token) => wordOfToken[token] === word)
  if (tokens.length === 0) throw new UserError(`Word ${word} has no token to this model; choose another word.`)
  return tokens
}

/** Rows of one token in every sequence. */
function rowsAt(token: number, { sequences, length }: HeadBatch): Tensor1D {
  return tf.tensor1d(
    Array.from({ length: sequences }, (_, i) => i * length + token),
    'int32'
  )
}

/** The score of one answer; with a second one, the difference of both. */
export function scoreOfAnswer(
  output: OutputOf,
  score: AttributionScore,
  first: number,
  second: number | null
): ScoreOf {
  return (pass, batch) => {
    const scores = output(pass, batch)
    const of = (answer: number): Tensor1D => {
      if (score === 'logit') return tf.reshape(tf.slice(scores, [0, answer], [-1, 1]), [-1])
      const logs = tf.neg(
        softmaxLosses(
          scores,
          Array.from({ length: batch.sequences }, () => answer)
        )
      ) as Tensor1D
      return score === 'logProbability' ? logs : tf.exp(logs)
    }
    return second === null ? of(first) : tf.sub(of(first), of(second))
  }
}

/** Number of the most probable answer for the first sequence. */
export function bestAnswer(output: OutputOf, pass: TrainablePass, batch: HeadBatch): number {
  return tf.argMax(output(pass, batch), 1).dataSync<'int32'>()[0]!
}
