import type { Dataset } from '../datasets/dataset'
import { sentenceTask } from './sentenceTask'
import type { TaskFamily } from './task'
import { labelsOf, rootsOf } from './trees'

const tenses = ['Past', 'Pres']
const numbers = ['Sing', 'Plur']

/**
 * Tense of the main clause (Conneau et al. 2018, "Tense"): of the root where it is a finite verb, otherwise of its
 * finite auxiliary or copula. Future and other tenses, and sentences without a finite main verb, are left out. SentEval
 * reads it off the tags VBP, VBZ and VBD.
 */
export const mainTense: TaskFamily = {
  id: 'sentence.tense',
  unit: 'sentence',
  summary: 'tense of the verb of its main clause (SentEval: Tense)',
  tasks: (dataset) =>
    sentenceTask(dataset, {
      id: 'sentence.tense',
      title: 'Tense of the main clause',
      description: 'Past or present, of the finite verb of the main clause',
      classes: tenses,
      classesOf(split) {
        const tense = labelsOf(dataset, split, 'feats.Tense')
        const form = labelsOf(dataset, split, 'feats.VerbForm')
        const relation = labelsOf(dataset, split, 'deprel.universal')
        return rootsOf(dataset, split).map((root) => {
          if (root < 0) return -1
          const auxiliaries = dependentsOf(dataset, split, root).filter((word) =>
            ['aux', 'cop'].includes(relation(word) ?? '')
          )
          const finite = [root, ...auxiliaries].find((word) => form(word) === 'Fin')
          return finite === undefined ? -1 : tenses.indexOf(tense(finite) ?? '')
        })
      }
    })
}

/** Number of the subject of the main clause, where that is a common noun (Conneau et al. 2018, "SubjNum"). */
export const subjectNumber = numberTask('sentence.subject', 'Number of the subject', 'subject', 'SubjNum', 'nsubj')

/** Number of the direct object of the main clause, where that is a common noun (Conneau et al. 2018, "ObjNum"). */
export const objectNumber = numberTask('sentence.object', 'Number of the object', 'direct object', 'ObjNum', 'obj')

function numberTask(id: string, title: string, what: string, theirs: string, relation: string): TaskFamily {
  return {
    id,
    unit: 'sentence',
    summary: `number of the ${what} of its main clause, a noun (SentEval: ${theirs})`,
    tasks: (dataset) =>
      sentenceTask(dataset, {
        id,
        title,
        description: `Singular or plural, of the ${what} of the main clause where it is a noun`,
        classes: numbers,
        classesOf(split) {
          const number = labelsOf(dataset, split, 'feats.Number')
          const tag = labelsOf(dataset, split, 'upos')
          const relationOf = labelsOf(dataset, split, 'deprel.universal')
          return rootsOf(dataset, split).map((root) => {
            const [noun, ...others] =
              root < 0 ? [] : dependentsOf(dataset, split, root).filter((word) => relationOf(word) === relation)
            return noun === undefined || others.length > 0 || tag(noun) !== 'NOUN'
              ? -1
              : numbers.indexOf(number(noun) ?? '')
          })
        }
      })
  }
}

const known = new WeakMap<Dataset, Map<string, Map<number, number[]>>>()

/** The words whose head a word is, in order; gathered once a split. */
function dependentsOf(dataset: Dataset, split: string, word: number): readonly number[] {
  const splits = known.get(dataset) ?? new Map<string, Map<number, number[]>>()
  known.set(dataset, splits)
  let byHead = splits.get(split)
  if (!byHead) {
    byHead = new Map()
    const { starts, sentence } = dataset.words(split)
    dataset.heads(split)?.forEach((head, dependent) => {
      if (head <= 0) return
      const above = starts[sentence[dependent]!]! + head - 1
      const others = byHead!.get(above)
      if (others) others.push(dependent)
      else byHead!.set(above, [dependent])
    })
    splits.set(split, byHead)
  }
  return byHead.get(word) ?? []
}
