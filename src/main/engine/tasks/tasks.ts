import type { DatasetInfo } from '@shared/dataset'
import { taskUnits, type ProbeTask } from '@shared/task'
import { UserError } from '@shared/userError'
import type { Dataset } from '../datasets/dataset'
import { arcLabel } from './arcLabel'
import { arcPrediction } from './arcPrediction'
import { entitySpans } from './entitySpans'
import { pairLabels } from './pairLabels'
import { sentenceLabels } from './sentenceLabels'
import { spanLabels } from './spanLabels'
import type { Task, TaskFamily } from './task'
import { wordLabels } from './wordLabels'

/** Every task, a line each. */
export const taskFamilies: readonly TaskFamily[] = [
  wordLabels,
  spanLabels,
  entitySpans,
  arcLabel,
  arcPrediction,
  pairLabels,
  sentenceLabels
]

const known = new WeakMap<Dataset, readonly Task[]>()

/** The tasks of a data set, by unit; within a unit in the order of the table. */
export function tasksOf(dataset: Dataset): readonly Task[] {
  let tasks = known.get(dataset)
  if (!tasks) {
    const all = taskFamilies.flatMap((family) => family.tasks(dataset))
    tasks = taskUnits.flatMap((unit) => all.filter((task) => task.unit === unit))
    known.set(dataset, tasks)
  }
  return tasks
}

/** The same as they cross the wire. */
export function describeTasks(dataset: Dataset): ProbeTask[] {
  return tasksOf(dataset).map(({ id, title, unit, kind, description, classes, labelled, bio }) => ({
    id,
    title,
    unit,
    kind,
    description,
    classes,
    labelled,
    bio
  }))
}

/** A task of a data set by its id. @throws UserError naming what can be probed instead */
export function findTask(dataset: Dataset, id: string): Task {
  const task = tasksOf(dataset).find((candidate) => candidate.id === id)
  if (task) return task
  const { info } = dataset
  if (info.labelLayers.some((candidate) => candidate.id === id))
    throw new UserError(`'${id}' has fewer than two classes in ${info.name}; there is nothing to learn. ${instead(info)}`)
  throw new UserError(`${info.name} has no task and no labels called '${id}'. ${instead(info)}`)
}

function instead({ tasks }: DatasetInfo): string {
  return `It has ${tasks.map(({ id }) => id).join(', ')}.`
}
