import { drawnSplit } from '@shared/drawing'
import type { FinetuneOptions } from '@shared/finetuneRequests'
import { defaultMethod } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import type { SplitText } from '../activations/wordVectors'
import { currentBackend } from '../backends/pick'
import { clustersOf } from '../datasets/clusters'
import type { Dataset } from '../datasets/dataset'
import type { ModelShape } from '../models/model'
import { estimateSolve } from '../probes/probeEstimate'
import { labelSimilarity } from '../tasks/labelSimilarity'
import type { Task } from '../tasks/task'
import { findTask } from '../tasks/tasks'
import { probeItems, widthOf } from '../tasks/vectors'
import { probeSeed, type ProbedPart, type ProbedSource } from '../training/task/probesAlong'

/**
 * The labels that are probed along a training, with the words that are drawn for them.
 * @param textOf sentences of a split as a task reads them
 * @param datasetOf the data set of an id
 * @throws UserError for a task that the data does not have, or whose labels are numbers, and for one part as both
 */
export function probedSources(
  { probes, task: trained }: Pick<FinetuneOptions, 'probes' | 'task'>,
  dataset: Dataset,
  textOf: (dataset: Dataset, task: Task, split: string) => SplitText,
  datasetOf: (id: string) => Dataset
): ProbedSource[] | null {
  if (!probes) return null
  const { tasks, datasetId, trainSplit, testSplit, maxTrainWords, maxTestWords } = probes
  const of = datasetId === undefined ? dataset : datasetOf(datasetId)
  if (trainSplit === testSplit)
    throw new UserError(
      `'${trainSplit}' is used both for training and for testing the probes along the way; choose another part to ` +
        'test on, or divide the file.'
    )
  const part = (task: Task, name: string, maxWords: number | null): ProbedPart => {
    const { split } = drawnSplit({ split: name, maxWords, draw: probeSeed })
    const { sentences } = textOf(of, task, split)
    return {
      sentences,
      items(vectors) {
        const items = probeItems(task.unit, task.items(split, probeSeed), of.words(split).sentence, vectors, 'mean')
        return { ...items, clusters: clustersOf(of, split, items.sentences) }
      }
    }
  }
  return tasks.map((id) => {
    const task = findTask(of, id)
    if (task.kind === 'number')
      throw new UserError(`'${task.title}' is a number; probes along the way learn classes. Choose another task.`)
    return {
      task,
      data: { name: of.info.name, trainSplit, testSplit },
      similarity:
        of === dataset
          ? labelSimilarity([findTask(of, trained), task], trainSplit, probeSeed, of.words(trainSplit).sentence)
          : null,
      train: part(task, trainSplit, maxTrainWords),
      test: part(task, testSplit, maxTestWords)
    }
  })
}

/** What probing once takes: words to run the model over, and seconds of training and testing the probes. */
export function probingCost(
  sources: readonly ProbedSource[],
  { layers, width }: ModelShape
): { words: number; seconds: number; memoryBytes: number } {
  const texts = new Set(sources.flatMap(({ train, test }) => [train.sentences, test.sentences]))
  const words = [...texts].reduce((sum, sentences) => sum + wordsIn(sentences), 0)
  const solved = sources.map(({ task, train, test }) =>
    estimateSolve({
      trainWords: task.unit === 'sentence' ? train.sentences.length : wordsIn(train.sentences),
      testWords: task.unit === 'sentence' ? test.sentences.length : wordsIn(test.sentences),
      width: widthOf(task.unit, width, 'mean'),
      layers: layers + 1,
      classes: task.classes.length,
      control: false,
      conditional: false,
      codelength: false,
      restarts: 1,
      seeds: 1,
      probe: defaultMethod('linear'),
      backend: currentBackend()?.name ?? 'cpu'
    })
  )
  return {
    words,
    seconds: solved.reduce((sum, { seconds }) => sum + seconds, 0),
    memoryBytes: 4 * words * width * (layers + 1) + Math.max(...solved.map(({ memoryBytes }) => memoryBytes))
  }
}

function wordsIn(sentences: ProbedPart['sentences']): number {
  return sentences.reduce((sum, { length }) => sum + length, 0)
}
