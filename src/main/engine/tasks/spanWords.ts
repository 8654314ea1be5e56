import type { TaskUnit } from '@shared/task'
import type { ProbeItems } from '../probes/probeRunner'
import { spanKeys, type SpanWords } from '../probes/solvers/spanAttention'
import type { WordLists } from '../probes/solvers/spanNetwork'
import type { WordSpans, TaskItems } from './task'
import { presentPart, probeItems, type WordVectors } from './vectors'

/**
 * The items of a task for the attention-pooled span probe, which reads the words of every span itself. @param part 0
 * for training, 1 for test
 */
export function attentionItems(
  unit: TaskUnit,
  task: TaskItems,
  sentence: Int32Array,
  words: WordVectors,
  part: 0 | 1
): { items: ProbeItems; words: SpanWords } {
  const items = probeItems(unit, task, sentence, words, 'mean')
  const missing = new Uint8Array(words.words)
  for (const word of words.missing) missing[word] = 1
  const list = (spans: WordSpans): WordLists => {
    const { first, end } = presentPart(spans, items.items, missing)
    const spanWords: number[] = []
    const starts = new Int32Array(items.items + 1)
    for (let item = 0; item < items.items; item++) {
      for (let word = first[item]!; word < end[item]!; word++) if (!missing[word]) spanWords.push(word)
      starts[item + 1] = spanWords.length
    }
    return { words: Int32Array.from(spanWords), starts }
  }
  // Every item needs a word: one without any is excluded by its class, but is processed like the
  // others.
  const filled = (lists: WordLists): WordLists =>
    lists.starts.some((start, i) => i > 0 && start === lists.starts[i - 1]) ? withPlaceholders(lists) : lists
  return {
    items: { ...items, vectors: (layer) => spanKeys(items.items, part, layer) },
    words: {
      width: words.width,
      items: [task, ...(task.second ? [task.second] : [])].map((side) => filled(list(side))),
      vectors: (layer) => words.layer(layer)
    }
  }
}

function withPlaceholders({ words, starts }: WordLists): WordLists {
  const lists = Array.from({ length: starts.length - 1 }, (_, item) =>
    starts[item] === starts[item + 1] ? [0] : Array.from(words.subarray(starts[item], starts[item + 1]))
  )
  const places = new Int32Array(starts.length)
  lists.forEach((list, item) => (places[item + 1] = places[item]! + list.length))
  return { words: Int32Array.from(lists.flat()), starts: places }
}
