import type { LabelLayer } from '@shared/dataset'
import type { Dataset } from '../datasets/dataset'
import { entitiesOf, isBio } from './bio'
import { headTypes } from './wordSpans'
import type { Task, TaskFamily } from './task'

/**
 * The types of the spans that tags (BIO, BIOES, BILOU, BMES) mark, given the spans: "entity labeling" of Tenney et
 * al. (2019), chunks, ...
 */
export const entitySpans: TaskFamily = {
  id: 'NAME.spans',
  unit: 'span',
  summary: 'the type of each span marked by the BIO tags of the label set NAME',
  tasks: (dataset) =>
    dataset.info.labelLayers
      .filter(({ unit, kind, classes }) => unit === 'token' && kind === 'class' && isBio(classes))
      .flatMap((layer) => taskOf(dataset, layer) ?? [])
}

function taskOf(dataset: Dataset, { id, title, classes: tags }: LabelLayer): Task | null {
  const counts = new Map<string, number>()
  const spans = new Map<string, { first: number[]; end: number[]; types: string[] }>()
  for (const { name } of dataset.info.splits) {
    const { ids } = dataset.labels(name, id)
    const { starts } = dataset.words(name)
    const marked = { first: [] as number[], end: [] as number[], types: [] as string[] }
    for (let sentence = 0; sentence + 1 < starts.length; sentence++) {
      const start = starts[sentence]!
      for (const entity of entitiesOf(
        Array.from(ids.subarray(start, starts[sentence + 1]), (tag) => tags[tag] ?? null),
        tags
      )) {
        marked.first.push(start + entity.first)
        marked.end.push(start + entity.end)
        marked.types.push(entity.type)
        counts.set(entity.type, (counts.get(entity.type) ?? 0) + 1)
      }
    }
    spans.set(name, marked)
  }
  const classes = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1))
  if (classes.length < 2) return null
  return {
    id: `${id}.spans`,
    title: `${title}: type of span`,
    unit: 'span',
    kind: 'class',
    description: `Type of each span marked by the tags of '${title}', given the span`,
    classes,
    labelled: [...counts.values()].reduce((sum, count) => sum + count, 0),
    bio: false,
    items(split) {
      const marked = spans.get(split) ?? { first: [], end: [], types: [] }
      const items = { first: Int32Array.from(marked.first), end: Int32Array.from(marked.end) }
      return {
        ...items,
        second: null,
        classes: Int32Array.from(marked.types, (type) => classes.indexOf(type)),
        values: null,
        types: () => headTypes(dataset, split, items)
      }
    }
  }
}
