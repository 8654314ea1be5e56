import { seededRandom } from '@shared/random'
import type { Dataset } from '../datasets/dataset'
import { entityIdColumn } from '../datasets/readers/conlluEntities'
import { pairTypes } from './wordSpans'
import { countItems, countingSeed, type Task, type TaskFamily } from './task'

const classes = ['coreferent', 'not coreferent']

/**
 * Whether two mentions of one sentence refer to the same entity (as "coref" of Tenney et al. 2019, ICLR, on other
 * data). For each pair that does, a pair that does not is made of the first mention and another one of the sentence,
 * drawn by the seed; where there is none, the pair is left out. No mention of a pair is within the other, and the
 * earlier one comes first.
 */
export const mentionCoreference: TaskFamily = {
  id: 'coreference',
  unit: 'pair',
  summary: 'whether two mentions of a sentence refer to the same entity; half of the pairs do',
  tasks(dataset) {
    const task: Task = {
      id: 'coreference',
      title: 'Coreference',
      unit: 'pair',
      kind: 'class',
      description: 'Whether two mentions of a sentence refer to the same entity; half of the pairs do',
      classes,
      labelled: dataset.info.splits.reduce(
        (sum, { name }) => sum + countItems(itemsOf(dataset, name, countingSeed)),
        0
      ),
      bio: false,
      items: (split, seed) => itemsOf(dataset, split, seed)
    }
    return task.labelled > 0 ? [task] : []
  }
}

interface Mention {
  first: number
  end: number
  entity: number
}

function itemsOf(dataset: Dataset, split: string, seed: number): ReturnType<Task['items']> {
  const random = seededRandom(seed)
  const items: { a: Mention; b: Mention; label: number }[] = []
  const apart = (a: Mention, b: Mention): boolean => a.end <= b.first || b.end <= a.first
  for (const mentions of bySentence(dataset, split)) {
    mentions.forEach((a, i) => {
      for (const b of mentions.slice(i + 1)) {
        if (b.entity !== a.entity || !apart(a, b)) continue
        const others = mentions.filter((other) => other.entity !== a.entity && apart(a, other))
        if (others.length === 0) continue
        const other = others[random.integer(others.length)]!
        items.push({ a, b, label: 0 }, { ...(other.first < a.first ? { a: other, b: a } : { a, b: other }), label: 1 })
      }
    })
  }
  // Sentences stay in order, and within them the first mentions: a part of the words then makes a part of the items.
  const spansOf = (of: (item: (typeof items)[number]) => Mention) => ({
    first: Int32Array.from(items, (item) => of(item).first),
    end: Int32Array.from(items, (item) => of(item).end)
  })
  const [first, second] = [spansOf(({ a }) => a), spansOf(({ b }) => b)]
  return {
    ...first,
    second,
    classes: Int32Array.from(items, ({ label }) => label),
    values: null,
    types: () => pairTypes(dataset, split, first, second)
  }
}

/** Mentions by sentence, in the order of their first words; sentences without mentions are left out. */
function bySentence(dataset: Dataset, split: string): Mention[][] {
  const column = dataset.spanColumn(split, entityIdColumn)
  const { sentence } = dataset.words(split)
  const groups = new Map<number, Mention[]>()
  column?.first.forEach((first, i) => {
    const mention = { first, end: column.end[i]!, entity: column.labels[i]! }
    const mentions = groups.get(sentence[first]!)
    if (mentions) mentions.push(mention)
    else groups.set(sentence[first]!, [mention])
  })
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([, mentions]) => mentions.sort((a, b) => a.first - b.first || a.end - b.end))
}
