import { UserError } from '@shared/userError'
import { sentenceStarts } from '../../datasets/sentenceStarts'
import type { Task } from '../../tasks/task'
import type { Tokenizer } from '../../tokenizers/tokenizer'
import { unlabelled } from '../losses'

/** One input of the model with what it is to answer. */
export interface Example {
  /** Place of its sentence in the split. */
  sentence: number
  ids: Int32Array
  /** Word of each token in its sentence, -1 for special tokens. */
  wordOfToken: Int32Array
  /** In tasks of sentences one label; in tasks of words one for each token, `unlabelled` where there is none. */
  labels: readonly number[]
  /** Word of the sentence that each label is of, in order; null in tasks of sentences. */
  words: readonly number[] | null
}

export interface ExampleSource {
  task: Task
  split: string
  seed: number
  sentences: readonly (readonly string[])[]
  tokenizer: Tokenizer
  /** Whether a word's label is read at its last token, which alone has read the whole word, or at its first. */
  causal: boolean
}

/**
 * The labelled sentences of a split as inputs, those without a label left out. A sentence that is longer than the
 * model's window is cut in tasks of sentences; in tasks of words its further words are inputs of their own.
 * @param chosen sentences, in this order
 * @returns the inputs and how many sentences were cut
 * @throws UserError for a task of spans or pairs, and for numbers of words
 */
export async function examplesOf(
  { task, split, seed, sentences, tokenizer, causal }: ExampleSource,
  chosen: readonly number[]
): Promise<{ examples: Example[]; cut: number }> {
  requireTrainable(task)
  const { classes, values } = task.items(split, seed)
  await tokenizer.prepare(new Set(chosen.flatMap((sentence) => sentences[sentence]!)))
  const starts = sentenceStarts(sentences)
  const examples: Example[] = []
  let cut = 0
  for (const sentence of chosen) {
    const words = sentences[sentence]!
    if (task.unit === 'sentence') {
      const label = values ? values[sentence]! : classes[sentence]!
      if (values ? Number.isNaN(label) : label < 0) continue
      const { ids, wordOfToken, wordsTaken } = tokenizer.encode(words)
      if (wordsTaken < words.length) cut++
      examples.push({ sentence, ids, wordOfToken, labels: [label], words: null })
      continue
    }
    for (let from = 0; from < words.length;) {
      const { ids, wordOfToken, wordsTaken } = tokenizer.encode(words, from)
      const labelled: number[] = []
      const labels = Array.from(wordOfToken, (word, token) => {
        const isPlace = word >= 0 && wordOfToken[causal ? token + 1 : token - 1] !== word
        const label = isPlace ? classes[starts[sentence]! + word]! : -1
        if (label < 0) return unlabelled
        labelled.push(word)
        return label
      })
      if (labelled.length > 0) examples.push({ sentence, ids, wordOfToken, labels, words: labelled })
      from = Math.max(from + 1, wordsTaken)
    }
  }
  return { examples, cut }
}

/** @throws UserError for a task that a model is not trained on here, saying which are */
export function requireTrainable({ id, unit, kind }: Task): void {
  if (unit === 'span' || unit === 'pair')
    throw new UserError(
      `'${id}' labels ${unit === 'span' ? 'spans of words' : 'pairs of words'}. Models are trained on labels of ` +
        'words and of sentences; choose one of those, or probe for this one.'
    )
  if (unit === 'token' && kind === 'number')
    throw new UserError(
      `'${id}' is a number for each word. Models are trained on classes of words, and on classes and numbers of ` +
        'sentences; choose one of those, or probe for this one.'
    )
}
