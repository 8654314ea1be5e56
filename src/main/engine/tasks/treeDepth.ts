import { sentenceTask } from './sentenceTask'
import type { TaskFamily } from './task'
import { depthsOf } from './trees'

/** Deeper trees are rare; they make one class. */
const deepest = 8

/**
 * Depth of the dependency tree: most arcs from a word up to the root (after "tree depth" of Conneau et al. 2018, whose
 * trees are of constituents and whose sentences are drawn so that depth does not follow from length; these are not).
 */
export const treeDepth: TaskFamily = {
  id: 'sentence.depth',
  unit: 'sentence',
  summary: 'depth of its dependency tree (SentEval: TreeDepth)',
  tasks: (dataset) =>
    sentenceTask(dataset, {
      id: 'sentence.depth',
      title: 'Tree depth',
      description: 'Most arcs from a word of the sentence up to the root of its dependency tree',
      classes: Array.from({ length: deepest + 1 }, (_, depth) => (depth === deepest ? `${depth}+` : String(depth))),
      classesOf(split) {
        const { starts } = dataset.words(split)
        const depths = depthsOf(dataset, split)
        return Int32Array.from({ length: starts.length - 1 }, (_, sentence) => {
          const own = depths.subarray(starts[sentence], starts[sentence + 1])
          return own.includes(-1) ? -1 : own.reduce((most, depth) => Math.min(deepest, Math.max(most, depth)), 0)
        })
      }
    })
}
