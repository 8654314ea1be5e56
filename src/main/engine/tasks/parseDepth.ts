import { everyWord } from './wordSpans'
import { countItems, type Task, type TaskFamily } from './task'
import { depthsOf } from './trees'

/**
 * Depth of each word in its dependency tree: arcs up to the root (Hewitt & Manning 2019, section 2.2, as a plain
 * regression).
 */
export const parseDepth: TaskFamily = {
  id: 'tree.depth',
  unit: 'token',
  summary: 'arcs from a word up to the root of its tree: a number, by ridge regression',
  tasks(dataset) {
    const valuesOf = (split: string): Float32Array =>
      Float32Array.from(depthsOf(dataset, split), (depth) => (depth < 0 ? NaN : depth))
    const labelled = dataset.info.splits.reduce(
      (sum, { name }) => sum + countItems({ classes: new Int32Array(0), values: valuesOf(name) }),
      0
    )
    const task: Task = {
      id: 'tree.depth',
      title: 'Depth in the tree',
      unit: 'token',
      kind: 'number',
      description: 'Number of arcs from a word up to the root of its dependency tree',
      classes: [],
      labelled,
      bio: false,
      items(split) {
        const { forms } = dataset.words(split)
        return {
          ...everyWord(forms.length),
          second: null,
          classes: new Int32Array(forms.length).fill(-1),
          values: valuesOf(split),
          types: () => forms.map((form) => form.toLowerCase())
        }
      }
    }
    return labelled > 0 ? [task] : []
  }
}
