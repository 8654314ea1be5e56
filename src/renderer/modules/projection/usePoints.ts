import type { LabelLayer } from '@shared/dataset'
import type { ProjectionInput } from '@shared/projection'
import { computed, type Ref } from 'vue'
import { client } from '@/client'
import { useAnswer } from '@/composables/useAnswer'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'

/** Class of the word of each row, -1 for none; a sentence's label applies to each of its words. */
function classesOfRows(
  rows: Int32Array,
  { unit }: Pick<LabelLayer, 'unit'>,
  ids: Int32Array,
  sentences: Int32Array
): Int32Array {
  return rows.map((row) => ids[unit === 'token' ? row : sentences[row]!] ?? -1)
}

/** Labels of the chosen layer for some words of the split; null where it has no classes. */
export async function labelsOfRows(rows: Int32Array): Promise<{ title: string; ids: Int32Array } | null> {
  const { dataset, split } = useSessionStore()
  const { task } = useSelectionStore()
  const layer = dataset?.labelLayers.find(({ id, kind }) => id === task && kind === 'class')
  if (!dataset || !layer) return null
  const part = { datasetId: dataset.id, split }
  const [words, labels] = await Promise.all([
    client.call('dataset.words', part),
    client.call('dataset.labels', { ...part, layer: layer.id })
  ])
  return { title: layer.title, ids: classesOfRows(rows, layer, labels.ids.data, words.sentence.data) }
}

/** A word of the corpus in its sentence, as a point shows it. */
export interface PointWord {
  form: string
  /** Up to six words on either side. */
  left: string
  right: string
  label: string | null
  sentence: number
  position: number
}

/** What the points are: word, place in the corpus and class of each, in the order of the layout. */
export function usePoints(input: Readonly<Ref<ProjectionInput | null>>) {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const layer = computed(
    () =>
      session.dataset?.labelLayers.find((candidate) => candidate.id === selection.task && candidate.kind === 'class') ??
      null
  )

  const where = computed(() =>
    session.dataset && session.split ? `${session.dataset.id}/${session.split}/${session.engine.restarts}` : null
  )
  const { value: words } = useAnswer(
    () => where.value,
    () => client.call('dataset.words', { datasetId: session.dataset!.id, split: session.split })
  )
  const { value: labels } = useAnswer(
    () => (where.value && layer.value ? `${where.value}/${layer.value.id}` : null),
    () =>
      client.call('dataset.labels', { datasetId: session.dataset!.id, split: session.split, layer: layer.value!.id })
  )

  /** Class of every point, -1 for none. */
  const classes = computed(() => {
    const rows = input.value?.wordIndex.data ?? new Int32Array(0)
    const ids = labels.value?.ids.data
    const sentences = words.value?.sentence.data
    if (!ids || !sentences || !layer.value) return new Int32Array(rows.length).fill(-1)
    return classesOfRows(rows, layer.value, ids, sentences)
  })
  const classNames = computed(() => labels.value?.classes ?? [])

  /** Form of every point as it is written. */
  const forms = computed(() => Array.from(input.value?.wordIndex.data ?? [], (row) => words.value?.forms[row] ?? ''))
  /** How often the form of every point occurs in the split, in any case of letters. */
  const occurrences = computed(() => {
    const counts = new Map<string, number>()
    const folded = words.value?.forms.map((form) => form.toLowerCase()) ?? []
    for (const form of folded) counts.set(form, (counts.get(form) ?? 0) + 1)
    return Int32Array.from(input.value?.wordIndex.data ?? [], (row) => counts.get(folded[row] ?? '') ?? 1)
  })

  /** Point of every word of the split, -1 for a word that is not shown. */
  const pointOfWord = computed(() => {
    const points = new Int32Array(words.value?.forms.length ?? 0).fill(-1)
    input.value?.wordIndex.data.forEach((row, point) => (points[row] = point))
    return points
  })
  /** First word of every sentence of the split. */
  const firstWord = computed(() => {
    const first: number[] = []
    words.value?.sentence.data.forEach((sentence, row) => (first[sentence] ??= row))
    return first
  })

  /** The point of a word of a sentence; null when it is not among those shown. */
  function pointAt(sentence: number, position: number): number | null {
    const start = firstWord.value[sentence]
    if (start === undefined || words.value?.sentence.data[start + position] !== sentence) return null
    const point = pointOfWord.value[start + position]
    return point === undefined || point < 0 ? null : point
  }

  function describe(point: number): PointWord | null {
    const row = input.value?.wordIndex.data[point]
    const table = words.value
    if (row === undefined || !table) return null
    const sentence = table.sentence.data[row]!
    const near = (from: number, to: number): string => {
      const parts: string[] = []
      for (let i = Math.max(0, from); i < Math.min(table.forms.length, to); i++)
        if (table.sentence.data[i] === sentence) parts.push(table.forms[i]!)
      return parts.join(' ')
    }
    return {
      form: table.forms[row]!,
      left: near(row - 6, row),
      right: near(row + 1, row + 7),
      sentence,
      position: table.position.data[row]!,
      label: classNames.value[classes.value[point]!] ?? null
    }
  }

  /** Points whose word begins with the query, without regard to case; null when there is nothing to look for. */
  function find(query: string): Set<number> | null {
    const wanted = query.trim().toLowerCase()
    const table = words.value
    if (!wanted || !table) return null
    const found = new Set<number>()
    input.value?.wordIndex.data.forEach((row, point) => {
      if (table.forms[row]!.toLowerCase().startsWith(wanted)) found.add(point)
    })
    return found
  }

  return { layer, words, classes, classNames, forms, occurrences, pointOfWord, pointAt, describe, find }
}
