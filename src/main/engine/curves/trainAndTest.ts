import type { JobHandle } from '@shared/jobs'
import { countLabels, majorityBaseline, memoriserBaseline } from '../probes/scores/baselines'
import { classify, type Classification } from '../probes/scores/classify'
import { controlLabels } from '../probes/scores/controlTask'
import { SeenTypes, typesRecur } from '../probes/scores/typeScores'
import { probeMethods, type ClassProbeKind } from '../probes/methods/methods'
import type { ProbeItems } from '../probes/probeRunner'
import type { CurveCell } from './cells'
import { memorisedShare } from './memorising'

/** One part as a curve sees it: which of its items are trained on or tested on. */
export interface CurvePart {
  items: ProbeItems
  /** Items that carry a label and take part, ascending. */
  rows: Int32Array
}

export interface CurveScore {
  accuracy: number
  control?: number
  complexity?: number
  testItems: number
}

/** Labels of a cell's training items, as positions in the list of classes they show. */
export interface TrainingSet {
  rows: Int32Array
  classIds: number[]
  labels: Int32Array
}

/** The training items whose sentences are among `sentences`. */
export function trainingSet({ items, rows }: CurvePart, sentences: ReadonlySet<number>): TrainingSet {
  const chosen = rows.filter((row) => sentences.has(items.sentences[row]!))
  const classIds = [...new Set(chosen.map((row) => items.classes[row]!))].sort((a, b) => a - b)
  const local = new Map(classIds.map((id, index) => [id, index]))
  return { rows: chosen, classIds, labels: chosen.map((row) => local.get(items.classes[row]!)!) }
}

/** What the majority class and the memoriser of a training set reach on a part. */
export function baselinesOf(
  train: CurvePart,
  { rows }: TrainingSet,
  test: CurvePart,
  classes: number
): { majority: number; memoriser: number } {
  const labels = rows.map((row) => train.items.classes[row]!)
  const gold = goldOf(test)
  const typesOf = ({ items }: CurvePart, own: Int32Array): string[] => Array.from(own, (row) => items.types[row]!)
  return {
    majority: majorityBaseline(labels, gold, classes).accuracy,
    memoriser: memoriserBaseline(
      { labels, types: typesOf(train, rows) },
      { labels: gold, types: typesOf(test, test.rows) },
      classes
    ).accuracy
  }
}

/**
 * Trains one probe on one layer and scores it on every part it is tested on. If the training set has a single
 * class, that class is the answer.
 * @param vectors [items, width] of a layer of the training part, and of each test part
 */
export async function trainAndTest(
  cell: CurveCell,
  train: CurvePart,
  training: TrainingSet,
  tests: readonly CurvePart[],
  width: number,
  vectors: { train: readonly Float32Array[]; tests(index: number): readonly Float32Array[] },
  job: JobHandle,
  onProgress: (share: number) => void
): Promise<{ scores: CurveScore[]; converged: boolean }> {
  const { rows, classIds, labels } = training
  const constant = (part: CurvePart): CurveScore => ({
    accuracy: share(goldOf(part), (_, gold) => gold === classIds[0]),
    testItems: part.rows.length
  })
  if (classIds.length < 2) return { scores: tests.map(constant), converged: true }
  const method = probeMethods[cell.probe.kind as ClassProbeKind]
  const shares = countLabels(labels, classIds.length)
  const typesOf = ({ items }: CurvePart, own: Int32Array): string[] => Array.from(own, (row) => items.types[row]!)
  const recur = (): boolean =>
    typesRecur(
      new SeenTypes(
        typesOf(train, rows),
        tests.flatMap((part) => typesOf(part, part.rows))
      ).counts
    )
  const sets = cell.control && recur() ? [labels, controlLabels(typesOf(train, rows), shares, cell.seed)] : [labels]
  const data = { layers: vectors.train, width, rows, sentences: rows.map((row) => train.items.sentences[row]!) }
  const request = {
    data,
    classes: classIds.length,
    options: cell.probe,
    seed: cell.seed,
    restart: cell.restart,
    job,
    onProgress
  }
  const probes = await method.fit({ ...request, labels: sets })
  try {
    const complexity = cell.memorising ? await memorisedShare(method, request, labels, job) : undefined
    const scores: CurveScore[] = []
    for (const [index, part] of tests.entries()) {
      await job.yield()
      const [task, control] = await classify(vectors.tests(index), width, probes, job, part.rows)
      const gold = goldOf(part)
      const wanted = control ? controlLabels(typesOf(part, part.rows), shares, cell.seed) : null
      scores.push({
        accuracy: rightShare(task!, gold, (id) => classIds[id]!),
        ...(control && wanted ? { control: rightShare(control, wanted, (id) => id) } : {}),
        ...(complexity === undefined ? {} : { complexity }),
        testItems: part.rows.length
      })
    }
    return { scores, converged: probes[0]!.converged }
  } finally {
    probes.forEach((probe) => probe.dispose())
  }
}

function goldOf({ items, rows }: CurvePart): Int32Array {
  return rows.map((row) => items.classes[row]!)
}

function rightShare({ predicted }: Classification, gold: Int32Array, classOf: (id: number) => number): number {
  return share(gold, (i, wanted) => classOf(predicted[i]!) === wanted)
}

function share(gold: Int32Array, isRight: (i: number, gold: number) => boolean): number {
  let right = 0
  gold.forEach((wanted, i) => (right += isRight(i, wanted) ? 1 : 0))
  return right / gold.length
}
