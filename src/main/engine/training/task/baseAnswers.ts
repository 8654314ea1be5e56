import type { HeadPooling } from '@shared/finetuneRequests'
import type { JobHandle } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import type { LoadedModel } from '../../models/model'
import { statesForHead } from '../../models/transformer/transformer'
import { probeMethods } from '../../probes/methods/methods'
import { classify } from '../../probes/scores/classify'
import { labelledRows } from '../trainingBatch'
import type { Example } from './examples'
import { featureItems } from './featureItems'

/** Parts of the training sentences, each answered by a classifier that was trained on the others. */
const folds = 5

/** The classes that the base predicts, item by item. */
export interface BaseAnswers {
  train: Int32Array
  test: Int32Array
}

/**
 * What a linear classifier on the last layer of the unchanged model answers, trained on the training items: to the test
 * items, and, whole sentences at a time, to training items that it was not trained on.
 */
export async function baseAnswers(
  model: Pick<LoadedModel, 'run'>,
  { train, test }: { train: readonly Example[]; test: readonly Example[] },
  { perToken, pooling, seed }: { perToken: boolean; pooling: HeadPooling; seed: number },
  job: JobHandle
): Promise<BaseAnswers> {
  const { layers, width } = await featureItems(lastLayer(model), [...train, ...test], perToken, pooling, false, job)
  const values = layers[0]!
  const labels = Int32Array.from(train.flatMap((example) => labelsOf(example)))
  const sentences = Int32Array.from(train.flatMap((example) => labelsOf(example).map(() => example.sentence)))
  const items = values.length / width
  const order = new Map([...new Set(sentences)].sort((a, b) => a - b).map((sentence, i) => [sentence, i % folds]))
  const answers = async (of: Int32Array, by: Int32Array): Promise<Int32Array> => {
    const known = [...new Set(by.map((row) => labels[row]!))].sort((a, b) => a - b)
    if (of.length === 0 || known.length < 2) return new Int32Array(of.length).fill(known[0] ?? 0)
    const local = new Map(known.map((id, i) => [id, i]))
    const [probe] = await probeMethods.linear.fit({
      data: { layers: [values], width, rows: by, sentences: by.map((row) => sentences[row]!) },
      labels: [by.map((row) => local.get(labels[row]!)!)],
      classes: known.length,
      options: defaultMethod('linear'),
      seed,
      restart: 0,
      job,
      onProgress: () => undefined
    })
    try {
      const [answered] = await classify([values], width, [probe!], job, of)
      return answered!.predicted.map((id) => known[id]!)
    } finally {
      probe!.dispose()
    }
  }
  const rows = Int32Array.from(labels.keys())
  const inTrain = new Int32Array(labels.length)
  for (let fold = 0; fold < folds; fold++) {
    const [of, by] = [true, false].map((inside) =>
      rows.filter((row) => (order.get(sentences[row]!) === fold) === inside)
    ) as [Int32Array, Int32Array]
    const predicted = await answers(of, by)
    of.forEach((row, i) => (inTrain[row] = predicted[i]!))
  }
  const tested = Int32Array.from({ length: items - labels.length }, (_, i) => labels.length + i)
  return { train: inTrain, test: await answers(tested, rows) }
}

function labelsOf({ labels }: Example): number[] {
  return Array.from(labelledRows(labels), (row) => labels[row]!)
}

/** A model as heads read it. Within `tf.tidy`. */
function lastLayer(model: Pick<LoadedModel, 'run'>): Parameters<typeof featureItems>[0] {
  return {
    run(input) {
      return { hiddenStates: statesForHead(model.run(input, { hiddenStates: true, attentions: false })) }
    }
  }
}
