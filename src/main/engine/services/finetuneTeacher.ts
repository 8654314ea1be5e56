import * as tf from '@tensorflow/tfjs-core'
import { labelledItem } from '@shared/finetune'
import type { JobHandle } from '@shared/jobs'
import type { ProbeTask } from '@shared/task'
import { UserError } from '@shared/userError'
import type { LoadedModel } from '../models/model'
import { statesForHead } from '../models/transformer/transformer'
import { openHead, type OwnHead } from '../training/saved/ownHead'
import { headTasks } from '../training/saved/placeHead'
import { batchOf, sortedBatchesOf } from '../training/task/batches'
import type { Example } from '../training/task/examples'
import { labelledRows, type TrainingBatch } from '../training/trainingBatch'
import type { BilstmLearner } from './bilstmLearner'

/** What is trained: the model that was chosen, or a student of it. */
export interface Learner {
  model: LoadedModel
  /** Blocks of the model that the student is made of; null: all of them. */
  blocks: readonly number[] | null
  /** The model that it learns from; null where it learns from labels alone. */
  teacher: LoadedModel | null
  /** The student that reads whole words, where it is none of the transformers. */
  bilstm: BilstmLearner | null
}

/** Sentences that a teacher reads at once. */
const readAtOnce = 32

const headTexts = { sequence: 'sentences', token: 'words', span: 'spans', 'span pair': 'pairs of spans' } as const

/** What the head of a model is needed for, as sentences about one that does not serve. */
const uses = {
  teach: {
    none: (title: string) => `so it cannot teach one. Train it on '${title}' first and open what comes out`,
    unknown: 'A teacher has to know all classes of the task'
  },
  keep: {
    none: () => 'so none can be kept. Leave that out, and a new head is trained',
    unknown: 'A head that is kept has to know all classes of the task; leave that out, and a new one is trained'
  }
} as const

/**
 * The head that a model has for a task, and where each class of the task is among its scores.
 * @param use whether it teaches, or is trained on
 * @throws UserError for a model without a head for such a task, or whose classes are others
 */
export function headForTask(
  { info }: Pick<LoadedModel, 'info'>,
  task: Pick<ProbeTask, 'title' | 'unit' | 'kind' | 'classes' | 'ofSentences'>,
  use: keyof typeof uses
): { head: OwnHead; columns: number[] } {
  const { title, kind, classes } = task
  const wanted = headTasks[labelledItem(task)]
  const head = info.untrained === null ? openHead(info.path) : null
  if (!head) throw new UserError(`${info.name} has no head for a task, ${uses[use].none(title)}.`)
  try {
    if (head.task !== wanted)
      throw new UserError(
        `${info.name} was trained for ${headTexts[head.task]}, and '${title}' is about ` +
          `${headTexts[wanted]}. Open a model that was trained for that, or choose another task.`
      )
    if ((head.outputs === 1) !== (kind === 'number'))
      throw new UserError(
        `${info.name} predicts ${head.outputs === 1 ? 'a number' : 'classes'}, and '${title}' is ` +
          `${kind === 'number' ? 'a number' : 'a class'}. Choose another task.`
      )
    return { head, columns: kind === 'number' ? [0] : classes.map((name) => columnOf(name, head, info.name, use)) }
  } catch (error) {
    head.dispose()
    throw error
  }
}

/** Unnamed classes are called LABEL_0 and so on by transformers. */
function columnOf(name: string, { labels }: OwnHead, model: string, use: keyof typeof uses): number {
  const column = [name, `LABEL_${name}`].map((label) => labels.indexOf(label)).find((place) => place >= 0)
  if (column !== undefined) return column
  throw new UserError(
    `${model} does not know the class '${name}'; it was trained for ${labels.slice(0, 10).join(', ')}` +
      `${labels.length > 10 ? ', …' : ''}. ${uses[use].unknown}.`
  )
}

/**
 * Examples with what a teacher scores of them.
 * @param read the same sentences, and perhaps further ones, as the teacher reads them
 * @throws UserError for what `headForTask` refuses
 */
export async function taughtExamples(
  teacher: LoadedModel,
  task: ProbeTask,
  examples: readonly Example[],
  read: readonly Example[],
  job: JobHandle
): Promise<Example[]> {
  const { head, columns } = headForTask(teacher, task, 'teach')
  try {
    const scores = await scoresOf(teacher, head, read, job)
    return examples.map((example) => {
      const places = placesOf(example)
      const taught = new Float32Array(places.length * columns.length)
      places.forEach((place, row) => {
        const given = scores.get(place)
        if (!given)
          throw new UserError(
            `${teacher.info.name} has no token for ${place}, so it cannot teach it. Take that sentence out, or ` +
              "distil into the model's own blocks."
          )
        columns.forEach((column, k) => (taught[row * columns.length + k] = given[column]!))
      })
      return { ...example, taught }
    })
  } finally {
    head.dispose()
  }
}

/** What names each labelled item of an example, whatever the tokenizer. */
function placesOf({ sentence, places }: Example): string[] {
  return places ? places.map((place) => JSON.stringify([sentence, place])) : [`sentence ${sentence}`]
}

/** Rows of the words with a label; a number of a word is that of a span of one token. */
function wordRows({ spans, labels }: TrainingBatch): Int32Array {
  return spans ? Int32Array.from(spans.first, ([first]) => first) : labelledRows(labels['taught']!)
}

/** Scores of every labelled item. */
async function scoresOf(
  teacher: LoadedModel,
  head: OwnHead,
  examples: readonly Example[],
  job: JobHandle
): Promise<Map<string, Float32Array>> {
  const scores = new Map<string, Float32Array>()
  let done = 0
  for (const rows of sortedBatchesOf(
    examples.map(({ ids }) => ids.length),
    readAtOnce
  )) {
    await job.yield()
    const chosen = rows.map((row) => examples[row]!)
    const batch = batchOf(chosen, 'taught', head.task === 'token')
    const { hiddenStates, projected } = teacher.run(batch.tokens, { hiddenStates: true, attentions: false })
    const states = statesForHead({ hiddenStates, projected })
    const values = tf.tidy(() => {
      const read = head.read({ hiddenStates: states }, batch)
      const scored = head.task === 'token' ? tf.gather(read, tf.tensor1d(wordRows(batch), 'int32')) : read
      return scored.dataSync<'float32'>()
    })
    tf.dispose(projected ? [...hiddenStates, projected] : hiddenStates)
    chosen.flatMap(placesOf).forEach((place, row) => {
      scores.set(place, values.slice(row * head.outputs, (row + 1) * head.outputs))
    })
    done += rows.length
    job.progress(done, examples.length, 'Asking the teacher')
  }
  return scores
}
