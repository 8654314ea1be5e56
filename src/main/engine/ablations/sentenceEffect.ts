import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { SentenceEffect, TokenGuess } from '@shared/ablation'
import { tensorData } from '@shared/tensorData'
import { joinWindows } from '../activations/extract'
import type { Window } from '../activations/windows'
import type { Hooks } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import { cosineDistances } from '../models/transformer/rowMeasures'
import type { ForwardResult } from '../models/transformer/transformer'
import { readOut } from '../probes/solvers/readOut'
import type { ReadSentence } from '../tokenizers/encodedSentence'
import { readSentence, type LayerProbes } from './sentenceReadings'

/** Number of predictions shown for each token. */
const guessesShown = 5

/** One sentence through the model, without and with interventions. */
export function sentenceEffect(
  model: LoadedModel,
  sentence: ReadSentence,
  hooks: Hooks,
  probes: readonly { read: LayerProbes; gold: readonly (string | null)[] | null }[] = []
): SentenceEffect {
  const started = performance.now()
  const input = joinWindows([sentence])
  const { ids, wordOfToken, wordsTaken } = sentence
  const window: Window = { sentence: 0, ids, wordOfToken, from: 0, to: wordsTaken }
  const { layers, heads } = model.shape
  const tokens = input.ids.length
  const wanted = { hiddenStates: true, attentions: true, logits: model.hasHead }
  const plain = model.run(input, wanted)
  try {
    const changed = model.run(input, wanted, { hooks })
    try {
      const movement = new Float32Array((layers + 1) * tokens)
      plain.hiddenStates.forEach((state, layer) =>
        movement.set(readOut(cosineDistances(state, changed.hiddenStates[layer]!)), layer * tokens)
      )
      const attentionChange = new Float32Array(layers * heads)
      plain.attentions.forEach((map, block) => {
        if (!map) return
        const other = changed.attentions[block]
        // A block that is skipped attends to nothing: all of it has changed.
        if (!other) attentionChange.fill(1, block * heads, (block + 1) * heads)
        else
          attentionChange.set(
            tf.tidy(() => tf.mul(0.5, tf.mean(tf.sum(tf.abs(tf.sub(map, other)), 3), [0, 2]))).dataSync<'float32'>(),
            block * heads
          )
      })
      const tokenizer = model.needTokenizer()
      const text = (id: number): string => tokenizer.tokenText(id)
      const guesses =
        plain.logits && changed.logits
          ? zip(bestGuesses(plain.logits, guessesShown, text), bestGuesses(changed.logits, guessesShown, text))
          : null
      const texts = Array.from(input.ids, text)
      return {
        tokens: texts,
        words: sentence.words.slice(0, wordsTaken),
        readings: probes.map(({ read, gold }) =>
          readSentence(read, window, plain.hiddenStates, changed.hiddenStates, gold)
        ),
        movement: tensorData([layers + 1, tokens], movement),
        attentionChange: tensorData([layers, heads], attentionChange),
        guesses,
        milliseconds: performance.now() - started
      }
    } finally {
      free(changed)
    }
  } finally {
    free(plain)
  }
}

function zip(plain: TokenGuess[][], changed: TokenGuess[][]): { plain: TokenGuess[]; changed: TokenGuess[] }[] {
  return plain.map((guesses, token) => ({ plain: guesses, changed: changed[token]! }))
}

/** The most probable tokens of every row of scores [rows, vocabulary]. */
export function bestGuesses(logits: Tensor2D, count: number, text: (id: number) => string): TokenGuess[][] {
  const [values, indices] = tf.tidy(() => {
    const best = tf.topk(logits, Math.min(count, logits.shape[1]), true)
    return [tf.exp(tf.sub(best.values, tf.logSumExp(logits, 1, true))), best.indices]
  }) as [tf.Tensor, tf.Tensor]
  const probabilities = values.dataSync<'float32'>()
  const ids = indices.dataSync<'int32'>()
  tf.dispose([values, indices])
  const shown = probabilities.length / logits.shape[0]
  return Array.from({ length: logits.shape[0] }, (_, row) =>
    Array.from({ length: shown }, (_, i) => ({
      text: text(ids[row * shown + i]!),
      probability: probabilities[row * shown + i]!
    }))
  )
}

export function free({ hiddenStates, attentions, logits, projected }: ForwardResult): void {
  tf.dispose([hiddenStates, attentions.filter((map) => map !== null)])
  logits?.dispose()
  projected?.dispose()
}
