import type { CurveBaseline, CurvePoint } from '@shared/curve'
import type { CurveSettings } from '@shared/curveSettings'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { probeMethods, type ClassProbeKind } from '../probes/methods/methods'
import type { ProbeItems } from '../probes/probeRunner'
import type { CurveCell } from './cells'
import { drawSentences, trainingPlaces } from './drawSentences'
import { randomLayer, randomVectors } from './memorising'
import { baselinesOf, trainAndTest, trainingSet, type CurvePart, type TrainingSet } from './trainAndTest'

export interface CurveRunInput {
  settings: CurveSettings
  cells: readonly CurveCell[]
  layers: readonly number[]
  width: number
  /** All class names of the task; ids index it. */
  classes: readonly string[]
  /** Parts of the data by name. */
  parts: ReadonlyMap<string, ProbeItems>
  seed: number
  /** Points of an interrupted attempt: these are not trained again. */
  known: readonly CurvePoint[]
  /** Called with every point. */
  onPoint(point: CurvePoint): void
  /** Estimated seconds that a cell takes on one layer. */
  cost(cell: CurveCell): number
  job: JobHandle
}

/**
 * Trains the probes of a curve, layer by layer, so that one layer is in memory at a time.
 * @throws UserError if a part has nothing to train or to test on
 */
export async function runCurve({
  settings,
  cells,
  layers,
  width,
  classes,
  parts,
  seed,
  known,
  onPoint,
  cost,
  job
}: CurveRunInput): Promise<{ points: CurvePoint[]; baselines: CurveBaseline[] }> {
  const train = partsOf(parts, settings, seed, 'train')
  const test = partsOf(parts, settings, seed, 'test')
  const trainings = cells.map((cell) => {
    const part = train.get(cell.trainSplit)!
    return trainingSet(
      part,
      cell.share === 1
        ? new Set(part.items.sentences)
        : drawSentences(
            part.rows.map((row) => part.items.sentences[row]!),
            cell.share,
            cell.seed
          )
    )
  })
  const points: CurvePoint[] = []
  const total = layers.length * cells.reduce((sum, cell) => sum + cost(cell), 0)
  let done = 0
  for (const layer of layers) {
    const held = new Map<string, Float32Array>()
    const vectorsOf = (split: string, at: number): Float32Array => {
      const name = `${split}\u0000${at}`
      const vectors =
        held.get(name) ??
        (at === randomLayer ? randomVectors(parts.get(split)!.types, width, seed) : parts.get(split)!.vectors(at))
      held.set(name, vectors)
      return vectors
    }
    for (const [index, cell] of cells.entries()) {
      const kept = known.filter(
        (point) =>
          point.layer === layer &&
          point.at === cell.at &&
          point.seed === cell.seed &&
          point.trainSplit === cell.trainSplit
      )
      if (kept.length === cell.testSplits.length) {
        points.push(...kept)
        done += cost(cell)
        continue
      }
      const report = (share: number): void =>
        job.progress(
          1000 * ((done + share * cost(cell)) / total),
          1000,
          layer === randomLayer ? 'Random vectors' : `Layer ${layer}`
        )
      report(0)
      await job.yield()
      const read =
        probeMethods[cell.probe.kind as ClassProbeKind].reads === 'layer'
          ? [layer]
          : Array.from({ length: layer + 1 }, (_, at) => at)
      const tests = cell.testSplits.map((split) => test.get(split)!)
      const { scores, converged } = await trainAndTest(
        cell,
        train.get(cell.trainSplit)!,
        trainings[index]!,
        tests,
        width,
        {
          train: read.map((at) => vectorsOf(cell.trainSplit, at)),
          tests: (i) => read.map((at) => vectorsOf(cell.testSplits[i]!, at))
        },
        job,
        report
      )
      scores.forEach((score, i) => {
        const { at, seed: own, trainSplit } = cell
        const point = {
          layer,
          at,
          seed: own,
          trainSplit,
          testSplit: cell.testSplits[i]!,
          trainItems: trainings[index]!.rows.length,
          ...score,
          converged
        }
        points.push(point)
        onPoint(point)
      })
      done += cost(cell)
    }
  }
  job.progress(1000, 1000)
  return { points, baselines: await allBaselines(cells, trainings, train, test, classes.length, job) }
}

/**
 * The parts with the items that are trained on, or tested on: for languages a share of the sentences each, otherwise
 * all of them.
 */
function partsOf(
  parts: ReadonlyMap<string, ProbeItems>,
  settings: CurveSettings,
  seed: number,
  use: 'train' | 'test'
): Map<string, CurvePart> {
  const longest = Math.max(
    ...[...parts.values()].map(({ sentences }) => sentences.reduce((most, sentence) => Math.max(most, sentence + 1), 0))
  )
  const places = settings.kind === 'languages' ? trainingPlaces(longest, settings.trainShare, seed) : null
  return new Map(
    [...parts].map(([name, items]) => {
      const wanted = (row: number): boolean =>
        items.classes[row]! >= 0 && (places === null || places[items.sentences[row]!] === (use === 'train' ? 1 : 0))
      const rows = Int32Array.from({ length: items.items }, (_, row) => row).filter(wanted)
      if (rows.length === 0)
        throw new UserError(`Nothing in '${name}' carries a label of this task; choose another part or another task.`)
      return [name, { items, rows }]
    })
  )
}

async function allBaselines(
  cells: readonly CurveCell[],
  trainings: readonly TrainingSet[],
  train: ReadonlyMap<string, CurvePart>,
  test: ReadonlyMap<string, CurvePart>,
  classes: number,
  job: JobHandle
): Promise<CurveBaseline[]> {
  const reported = new Set<string>()
  const baselines: CurveBaseline[] = []
  for (const [index, { share, at, seed, trainSplit, testSplits }] of cells.entries()) {
    for (const testSplit of testSplits) {
      // Only what is drawn or trained on changes them.
      const name = JSON.stringify([share, share === 1 ? 0 : seed, trainSplit, testSplit])
      if (reported.has(name)) continue
      reported.add(name)
      await job.yield()
      const reached = baselinesOf(train.get(trainSplit)!, trainings[index]!, test.get(testSplit)!, classes)
      baselines.push({ at, seed, trainSplit, testSplit, trainItems: trainings[index]!.rows.length, ...reached })
    }
  }
  return baselines
}
