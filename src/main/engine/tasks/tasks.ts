import type { DatasetInfo } from '@shared/dataset'
import type { JobHandle } from '@shared/jobs'
import { taskUnits, type ProbeTask } from '@shared/task'
import { UserError } from '@shared/userError'
import type { Dataset } from '../datasets/dataset'
import { arcLabel } from './arcLabel'
import { arcPrediction } from './arcPrediction'
import { bigramShift } from './bigramShift'
import { entitySpans } from './entitySpans'
import { mainTense, objectNumber, subjectNumber } from './mainClause'
import { mentionCoreference } from './mentionCoreference'
import { pairLabels } from './pairLabels'
import { parseDepth } from './parseDepth'
import { parseDistance } from './parseDistance'
import { sentenceLabels } from './sentenceLabels'
import { sentenceLength } from './sentenceLength'
import { spanLabels } from './spanLabels'
import type { Task, TaskFamily } from './task'
import { treeDepth } from './treeDepth'
import { wordContent } from './wordContent'
import { wordLabels } from './wordLabels'

/** Every task, a line each. */
export const taskFamilies: readonly TaskFamily[] = [
  wordLabels,
  parseDepth,
  spanLabels,
  entitySpans,
  arcLabel,
  arcPrediction,
  parseDistance,
  pairLabels,
  mentionCoreference,
  sentenceLabels,
  sentenceLength,
  wordContent,
  bigramShift,
  treeDepth,
  mainTense,
  subjectNumber,
  objectNumber
]

const known = new WeakMap<Dataset, readonly Task[]>()

/** The tasks of a data set, by unit; within a unit in the order of the table. */
export function tasksOf(dataset: Dataset): readonly Task[] {
  let tasks = known.get(dataset)
  if (!tasks) {
    tasks = byUnit(taskFamilies.flatMap((family) => family.tasks(dataset)))
    known.set(dataset, tasks)
  }
  return tasks
}

/** The tasks of a data set just opened, as they cross the wire; counting takes a moment for each family. */
export async function describeTasks(dataset: Dataset, job: JobHandle): Promise<ProbeTask[]> {
  const all: Task[] = []
  for (const family of taskFamilies) {
    await job.yield()
    all.push(...family.tasks(dataset))
  }
  known.set(dataset, byUnit(all))
  return tasksOf(dataset).map(({ id, title, unit, kind, description, classes, labelled, bio, ofSentences }) => ({
    id,
    title,
    unit,
    kind,
    description,
    classes,
    labelled,
    bio,
    ...(ofSentences && { ofSentences })
  }))
}

function byUnit(tasks: readonly Task[]): Task[] {
  return taskUnits.flatMap((unit) => tasks.filter((task) => task.unit === unit))
}

/** A task of a data set by its id. @throws UserError naming what can be probed instead */
export function findTask(dataset: Dataset, id: string): Task {
  const task = tasksOf(dataset).find((candidate) => candidate.id === id)
  if (task) return task
  const { info } = dataset
  if (info.labelLayers.some((candidate) => candidate.id === id))
    throw new UserError(
      `'${id}' has fewer than two classes in ${info.name}; a probe cannot learn anything from it. ${instead(info)}`
    )
  throw new UserError(`${info.name} has no task or labels called '${id}'. ${instead(info)}`)
}

function instead({ tasks }: DatasetInfo): string {
  return `It has ${tasks.map(({ id }) => id).join(', ')}.`
}
