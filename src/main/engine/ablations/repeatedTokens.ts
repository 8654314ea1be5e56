import type { RepeatedTokens } from '@shared/ablation'
import { seededRandom } from '@shared/random'
import type { Window } from '../activations/windows'
import type { LoadedModel } from '../models/model'

/** Tokens of a sequence, and how often it stands in a row (Olsson et al. 2022, "Head activation evaluators"). */
const length = 25
const repeats = 4
const sequences = 50

/** Share of the vocabulary at either end that is not drawn: the most common and the rarest tokens, special ones too. */
const leftOut = 0.1

/**
 * The stimulus of Olsson et al. (2022) for induction heads: sequences of random tokens, each repeated in a row after
 * the model's own start token, where nothing but an earlier copy says what comes next. In text, what followed an
 * earlier copy of a word is often also what attention would go to anyway. Tokens are drawn without replacement from the
 * middle of the vocabulary, whose ids are in order of frequency in most tokenizers. A shorter window gets a shorter
 * sequence.
 */
export async function repeatedTokens(
  model: LoadedModel,
  seed: number
): Promise<{ windows: Window[]; stimulus: RepeatedTokens }> {
  const tokenizer = model.needTokenizer()
  await tokenizer.prepare(['the'])
  const { ids, wordOfToken } = tokenizer.encode(['the'])
  const first = wordOfToken.indexOf(0)
  const [before, after] = [ids.subarray(0, first), ids.subarray(wordOfToken.lastIndexOf(0) + 1)]
  const room = Math.floor((tokenizer.maxTokens - before.length - after.length) / repeats)
  const excluded = new Set([...before, ...after, tokenizer.unknownId, tokenizer.maskId])
  const { vocabulary } = model.shape
  const margin = Math.floor(leftOut * vocabulary)
  const usable = Array.from({ length: vocabulary - 2 * margin }, (_, i) => margin + i).filter((id) => !excluded.has(id))
  const tokens = Math.min(length, room, usable.length)
  const random = seededRandom(seed)
  const windows = Array.from({ length: sequences }, (_, sentence): Window => {
    // The first places of the list are shuffled: drawn without replacement.
    for (let i = 0; i < tokens; i++) {
      const other = i + random.integer(usable.length - i)
      ;[usable[i], usable[other]] = [usable[other]!, usable[i]!]
    }
    const drawn = usable.slice(0, tokens)
    const repeated = Array.from({ length: repeats }, () => drawn).flat()
    const words = repeated.length
    return {
      sentence,
      ids: Int32Array.of(...before, ...repeated, ...after),
      wordOfToken: Int32Array.of(...before.map(() => -1), ...repeated.keys(), ...after.map(() => -1)),
      from: 0,
      to: words
    }
  })
  return { windows, stimulus: { sequences, tokens, repeats, seed } }
}
