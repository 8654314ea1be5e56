import { formatCounted } from '@shared/counts'
import type { FinetuneOptions } from '@shared/finetuneRequests'
import { countedInputs, isWholeInput, labelledItem } from '@shared/finetune'
import { seededRandom, shuffle } from '@shared/random'
import { UserError } from '@shared/userError'
import type { Dataset } from '../datasets/dataset'
import { sentenceStarts } from '../datasets/sentenceStarts'
import type { LoadedModel } from '../models/model'
import { needTransformer } from '../models/transformer/transformerModel'
import { holdOut } from '../probes/solvers/minibatches'
import type { Task } from '../tasks/task'
import { findTask } from '../tasks/tasks'
import type { Tokenizer } from '../tokenizers/tokenizer'
import type { SplitText } from '../activations/wordVectors'
import {
  examplesOf,
  examplesToLabel,
  labelsTokens,
  pairsOf,
  unlabelledExamples,
  type Example,
  type ExampleSource
} from '../training/task/examples'
import type { ProbedSource } from '../training/task/probesAlong'
import type { Slices } from '../training/task/slices'
import { probedSources } from './finetuneProbes'
import { spanItems } from '../training/task/spanExamples'

/** Seed of the draw of test sentences. */
const testDraw = 0

/** Of the training sentences, what is held out where no part of the data is named for it. */
const heldOutShare = 0.1

/** The parts of the data as training reads them. */
export interface FinetuneData {
  task: Task
  train: Example[]
  heldOut: Example[]
  test: Example[]
  /** Of the task that is trained before. */
  before: { task: Task; train: Example[] } | null
  /** What is trained beside the task: a further task, or sentences without labels. */
  beside: { task: Task; train: Example[] } | Example[] | null
  /** For self-training: sentences that the model is to label; null without it. */
  unlabelled: Example[] | null
  /** Labels that are probed along the training; null where none are. */
  probes: ProbedSource[] | null
  /** Words of the sentences of the training and the test part; null for pairs. */
  wordsOf: Record<'train' | 'test', ((sentence: number) => readonly string[]) | null>
  /** What the items are divided by; null where they are not. */
  slices: Slices | null
  /** What decides when to stop, in words. */
  heldOutText: string
  /** What was left out or cut, as sentences. */
  notes: string[]
}

/** How a model reads sentences. */
export interface DataReader {
  /** Whether a token sees only those before it. */
  causal: boolean
  /** Whether it distinguishes the two sentences of a pair. */
  segments: boolean
  /** @param sentences those it is trained on, held-out ones included */
  tokenizerOf(sentences: readonly (readonly string[])[]): Tokenizer
}

/** How a transformer reads them. @throws UserError for a model of another kind */
export function readerOf(model: LoadedModel): DataReader {
  const { causal, segments, relative } = needTransformer(model).config
  return {
    causal,
    segments: segments > 1 || relative?.kind === 'transformerXl',
    tokenizerOf: () => model.needTokenizer()
  }
}

/**
 * Reads the parts of the data: training sentences drawn with the seed, those held out of them, and test sentences.
 * @param textOf sentences of a split of a data set
 * @param datasetOf the data set of an id
 * @throws UserError for a task that is not trained on, a part without labels, and a single training sentence
 */
export async function finetuneData(
  options: FinetuneOptions,
  reader: DataReader,
  dataset: Dataset,
  textOf: (dataset: Dataset, task: Task, split: string) => SplitText,
  datasetOf: (id: string) => Dataset
): Promise<FinetuneData> {
  const task = findTask(dataset, options.task)
  const item = labelledItem(task)
  const { trainSplit, testSplit, heldOutSplit, seed } = options
  if (trainSplit === testSplit)
    throw new UserError(
      `'${trainSplit}' is used both for training and for testing; choose another part to test on, or divide the file.`
    )
  if (heldOutSplit !== null && (heldOutSplit === trainSplit || heldOutSplit === testSplit))
    throw new UserError(
      `'${heldOutSplit}' cannot decide when to stop: it is also the part to ` +
        `${heldOutSplit === trainSplit ? 'train' : 'test'} on. Choose another part, or none.`
    )
  const notes: string[] = []
  const { causal, segments } = reader
  const chosenOf = (of: Dataset, what: Task, split: string, most: number | null, by: number): number[] =>
    drawn(labelledSentences({ task: what, split, seed, sentences: textOf(of, what, split).sentences }), most, by)
  const { sentences: text } = textOf(dataset, task, trainSplit)
  const tokenizer = reader.tokenizerOf(
    chosenOf(dataset, task, trainSplit, options.maxTrain, seed).map((sentence) => text[sentence]!)
  )
  const read = async (of: Dataset, what: Task, split: string, most: number | null, by: number): Promise<Example[]> => {
    const { sentences } = textOf(of, what, split)
    const source: ExampleSource = {
      task: what,
      split,
      seed,
      sentences,
      tokenizer,
      causal,
      segments
    }
    const chosen = chosenOf(of, what, split, most, by)
    const { examples, cut, leftOut } = await examplesOf(source, chosen)
    const { maxTokens } = tokenizer
    if (examples.length === 0)
      throw new UserError(`The part '${split}' of ${of.info.name} has no labels of '${what.id}'.`)
    if (cut > 0)
      notes.push(
        `${countedInputs(cut, labelledItem(what))} of '${split}' ${cut === 1 ? 'is' : 'are'} longer than the model's ` +
          `window of ${maxTokens} tokens and ${cut === 1 ? 'was' : 'were'} cut there.`
      )
    if (leftOut > 0)
      notes.push(
        `${formatCounted(leftOut, labelledItem(what))} of '${split}' ${leftOut === 1 ? 'is' : 'are'} longer than the ` +
          `model's window of ${maxTokens} tokens and ${leftOut === 1 ? 'was' : 'were'} left out.`
      )
    return examples
  }
  const all = await read(dataset, task, trainSplit, options.maxTrain, seed)
  // Runs with different seeds are compared on the same sentences.
  const test = await read(dataset, task, testSplit, options.maxTest, testDraw)
  const trainedFurther = (of: FurtherTask): Promise<{ task: Task; train: Example[] }> =>
    furtherData(of, seed, dataset, datasetOf, read)
  const before = options.before.kind === 'task' ? await trainedFurther(options.before) : null
  const toLabel = async (): Promise<Example[] | null> => {
    const { selfTraining } = options
    if (!selfTraining) return null
    const { datasetId, split } = selfTraining
    const of = datasetId === undefined ? dataset : datasetOf(datasetId)
    if (split === testSplit && of === dataset)
      throw new UserError(`'${split}' is the part to test on, so nothing can be learned from it; choose another part.`)
    // What a pair or a span is has to be read from the data, as its label would be.
    if (item !== 'sentence' && item !== 'word') return read(of, findTask(of, task.id), split, null, seed)
    const perToken = labelsTokens(task)
    return examplesToLabel(of.text(split).sentences, tokenizer, { perToken, causal })
  }
  const unlabelled = await toLabel()
  const unlabelledIn = async (): Promise<Example[] | null> => {
    const { beside } = options
    if (beside.kind !== 'consistency' || (beside.split === undefined && beside.datasetId === undefined)) return null
    const of = beside.datasetId === undefined ? dataset : datasetOf(beside.datasetId)
    const split = beside.split ?? trainSplit
    if (task.unit === 'pair') return read(of, findTask(of, task.id), split, null, seed)
    return unlabelledExamples(of.text(split).sentences, tokenizer)
  }
  const beside = options.beside.kind === 'task' ? await trainedFurther(options.beside) : await unlabelledIn()
  const probes = probedSources(options, dataset, textOf, datasetOf)
  const wordsIn = (split: string): ((sentence: number) => readonly string[]) | null => {
    const { sentences } = textOf(dataset, task, split)
    return labelledItem(task) === 'sentence pair' ? null : (sentence) => sentences[sentence]!
  }
  const wordsOf = { train: wordsIn(trainSplit), test: wordsIn(testSplit) }
  const further = { test, before, beside, unlabelled, probes, wordsOf, slices: null, notes }
  if (heldOutSplit !== null) {
    const heldOut = await read(dataset, task, heldOutSplit, options.maxTest, testDraw)
    const heldOutText = `the part '${heldOutSplit}'`
    return { task, train: all, heldOut, heldOutText, ...further }
  }
  const { train, heldOut } = holdOut(
    Int32Array.from(all, ({ sentence }) => sentence),
    heldOutShare,
    seed
  )
  if (heldOut.length === 0)
    throw new UserError('Training needs at least two labelled sentences: one of them is held out to watch it.')
  const sentences = new Set(Array.from(heldOut, (i) => all[i]!.sentence)).size
  return {
    task,
    train: Array.from(train, (i) => all[i]!),
    heldOut: Array.from(heldOut, (i) => all[i]!),
    heldOutText: `${countedInputs(sentences, item)} held out of '${trainSplit}'`,
    ...further
  }
}

/** A task besides the one that a model is adapted to. */
type FurtherTask = Extract<FinetuneOptions['before'] | FinetuneOptions['beside'], { kind: 'task' }>

async function furtherData(
  wanted: FurtherTask,
  seed: number,
  dataset: Dataset,
  datasetOf: (id: string) => Dataset,
  read: (dataset: Dataset, task: Task, split: string, most: number | null, by: number) => Promise<Example[]>
): Promise<{ task: Task; train: Example[] }> {
  const of = wanted.datasetId === undefined ? dataset : datasetOf(wanted.datasetId)
  const task = findTask(of, wanted.task)
  return { task, train: await read(of, task, wanted.trainSplit, wanted.maxTrain, seed) }
}

/** Sentences with a label, ascending. */
function labelledSentences({
  task,
  split,
  seed,
  sentences
}: Pick<ExampleSource, 'task' | 'split' | 'seed' | 'sentences'>): number[] {
  const items = task.items(split, seed)
  const { classes, values, second, ...first } = items
  const isLabelled = (item: number): boolean => (values ? !Number.isNaN(values[item]!) : classes[item]! >= 0)
  if (task.unit === 'sentence') return sentences.flatMap((_, sentence) => (isLabelled(sentence) ? [sentence] : []))
  if (!isWholeInput(labelledItem(task)) && !labelsTokens(task))
    return [...spanItems(items, sentenceStarts(sentences)).keys()].sort((a, b) => a - b)
  if (second)
    return [...pairsOf(first, second, sentenceStarts(sentences))].flatMap(([sentence, { item }]) =>
      isLabelled(item) ? [sentence] : []
    )
  let word = 0
  return sentences.flatMap((words, sentence) => {
    const from = word
    word += words.length
    for (let i = from; i < word; i++) if (isLabelled(i)) return [sentence]
    return []
  })
}

/**
 * At most `most` sentences, drawn with the seed, ascending; null takes all. Of two limits the smaller draw is part of
 * the larger.
 */
export function drawn(sentences: readonly number[], most: number | null, seed: number): number[] {
  if (most === null || most >= sentences.length) return [...sentences]
  const order = [...sentences]
  shuffle(order, seededRandom(seed))
  return order.slice(0, most).sort((a, b) => a - b)
}
