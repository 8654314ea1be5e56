import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { ProbeLayerResult, ProbeResult, RankStructure, StructureScores } from '@shared/probe'
import type { OptionsOf } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import type { TensorToWrite } from '../../checkpoints/writeSafetensors'
import type { Clusters } from '../../datasets/clusters'
import { holdOut, trainByAdam } from '../solvers/minibatches'
import { readOut } from '../solvers/readOut'
import { predictedDepths, predictedDistances, StructuralProbe, structuralGoals as goals } from './structural'
import { structuralMethod } from './structuralMethod'
import { linearChain, TreeScorer } from './treeScores'
import type { SentenceTree } from './trees'

/** Parsed sentences of one split. */
export interface TreeItems {
  trees: readonly SentenceTree[]
  /** Of the trees; absent where sentences are resampled. */
  clusters?: Clusters
  /** [items, width] of one layer. */
  vectors(layer: number): Float32Array
}

export interface StructuralRunInput {
  layers: readonly number[]
  width: number
  train: TreeItems
  test: TreeItems
  options: OptionsOf<'structural'>
  seed: number
  /**
   * Trainings at the last rank from several seeds, `seed` the first: each with its own start and held-out sentences.
   */
  seeds?: number
  job: JobHandle
}

export interface StructuralRunOutcome {
  summary: Pick<ProbeResult, 'trainWords' | 'testWords' | 'testSentences' | 'clusters' | 'majority' | 'memoriser'> & {
    layers: ProbeLayerResult[]
  }
  solver: string
  seconds: { solve: number; score: number }
  /** `projection.distance` and `projection.depth` [layers, width, rank], over vectors as they are. */
  tensors: Record<string, TensorToWrite>
}

/** Rank by rank. */
type Sweep = (RankStructure & { loss: number; iterations: number; converged: boolean })[]

/** Training's share of a layer's progress. */
const trainingShare = 0.9

/**
 * Trains a structural probe for distances and one for depths on every layer, at every rank, and scores them on the test
 * sentences.
 * @throws UserError where a part has no whole trees
 */
export async function runStructural({
  layers,
  width,
  train,
  test,
  options,
  seed,
  seeds = 1,
  job
}: StructuralRunInput): Promise<StructuralRunOutcome> {
  const trainTrees = train.trees.filter((tree) => tree.rows.length > 1)
  const scored = Array.from(test.trees.keys()).filter((i) => test.trees[i]!.rows.length > 1)
  const testTrees = scored.map((i) => test.trees[i]!)
  if (trainTrees.length === 0)
    throw new UserError('No sentence to train on has a whole tree; the structural probe needs the heads of a treebank.')
  if (testTrees.length === 0)
    throw new UserError('No sentence to test on has a whole tree; the structural probe needs the heads of a treebank.')
  const clusterOf = scored.map((i) => test.clusters?.of[i] ?? i)
  const scorer = new TreeScorer(testTrees, seed, clusterOf)
  const ranks = ranksWithin(options.ranks, width)
  const rank = ranks.at(-1)!
  const trainings = [
    ...ranks.map((size) => ({ size, draw: 0 })),
    ...Array.from({ length: seeds - 1 }, (_, i) => ({ size: rank, draw: i + 1 }))
  ]
  const kept = Object.fromEntries(
    goals.map((goal) => [
      `projection.${goal}`,
      { shape: [layers.length, width, rank], data: new Float32Array(layers.length * width * rank) }
    ])
  )
  const results: ProbeLayerResult[] = []
  const seconds = { solve: 0, score: 0 }
  for (const [index, layer] of layers.entries()) {
    const steps = trainings.length * goals.length
    const sweep: Sweep = []
    const bySeed: number[] = []
    let last: StructureScores | null = null
    await job.yield()
    const input = treeWords(trainTrees, train.vectors(layer), width)
    const values = test.vectors(layer)
    const unseen = tf.tensor2d(values, [values.length / width, width])
    try {
      for (const [t, { size, draw }] of trainings.entries()) {
        const started = performance.now()
        const split = holdOut(
          Int32Array.from(trainTrees, (_, i) => i),
          options.heldOut,
          seed + draw
        )
        const probes: StructuralProbe[] = []
        let [loss, iterations, converged] = [0, 0, true]
        for (const [g, goal] of goals.entries()) {
          const probe = new StructuralProbe(input.vectors, input.trees, goal, size, seed + draw + g)
          const outcome = await trainByAdam(probe, split, options, seed + draw, job, (share) =>
            job.progress(
              index + (trainingShare * (t * goals.length + g + share)) / steps,
              layers.length,
              `Layer ${layer}, ${goal}${ranks.length > 1 ? `, rank ${size}` : ''}`
            )
          )
          probes.push(probe)
          loss += outcome.loss
          iterations = Math.max(iterations, outcome.epochs)
          converged &&= outcome.converged
          if (size === rank && draw === 0) kept[`projection.${goal}`]!.data.set(probe.projection, index * width * rank)
        }
        seconds.solve += (performance.now() - started) / 1000
        const trained = performance.now()
        const projected = probes.map((probe) =>
          readOut(tf.tidy(() => tf.matMul(unseen, tf.tensor2d(probe.projection, [width, size]))))
        )
        const scores = scorer.score(
          testTrees.map((tree) => ({
            distances: predictedDistances(wordsOf(tree, projected[0]!, size), size),
            depths: predictedDepths(wordsOf(tree, projected[1]!, size), size)
          }))
        )
        seconds.score += (performance.now() - trained) / 1000
        if (size === rank) bySeed.push(scores.uuas.value)
        if (draw === 0) {
          last = scores
          sweep.push({
            rank: size,
            uuas: scores.uuas.value,
            dspr: scores.dspr.value,
            root: scores.root.value,
            nspr: scores.nspr.value,
            loss,
            iterations,
            converged
          })
        }
        await job.yield()
      }
    } finally {
      tf.dispose(unseen)
      input.vectors.dispose()
    }
    results.push({ ...layerResult(layer, last!, sweep), ...(seeds > 1 ? { seeds: { accuracy: bySeed } } : {}) })
  }
  job.progress(layers.length, layers.length)
  const chain = linearChain(testTrees)
  return {
    summary: {
      trainWords: words(trainTrees),
      testWords: words(testTrees),
      testSentences: testTrees.length,
      clusters: { by: test.clusters?.by ?? 'sentence', count: new Set(clusterOf).size },
      majority: { label: 'linear chain', accuracy: chain, macroF1: chain },
      memoriser: { accuracy: chain, macroF1: chain },
      layers: results
    },
    solver: structuralMethod.solver,
    seconds,
    tensors: kept
  }
}

function layerResult(layer: number, scores: StructureScores, sweep: Sweep): ProbeLayerResult {
  const { loss, iterations, converged } = sweep.at(-1)!
  return {
    layer,
    accuracy: scores.uuas.value,
    accuracyInterval: scores.uuas.interval,
    macroF1: scores.uuas.value,
    macroF1Interval: scores.uuas.interval,
    structure: {
      ...scores,
      ...(sweep.length > 1
        ? { ranks: sweep.map(({ rank, uuas, dspr, root, nspr }) => ({ rank, uuas, dspr, root, nspr })) }
        : {})
    },
    perClass: [],
    iterations,
    converged,
    loss
  }
}

/** Ranks, none above the width of the vectors: a projection has no more directions than they. */
export function ranksWithin(ranks: readonly number[], width: number): number[] {
  return [...new Set(ranks.map((rank) => Math.min(rank, width)))]
}

/**
 * The words of the trees as one tensor, the trees' rows counting in it. Vectors are as they are: the projection has no
 * intercept, so a depth |Bh|^2 could not undo a shift of h (measured in docs/probing.md).
 * @throws UserError where a value is not a finite number
 */
function treeWords(trees: readonly SentenceTree[], values: Float32Array, width: number) {
  const rows = Int32Array.from(trees.flatMap((tree) => Array.from(tree.rows))).sort()
  const place = new Map(Array.from(rows, (row, i) => [row, i]))
  const chosen = new Float32Array(rows.length * width)
  rows.forEach((row, i) => chosen.set(values.subarray(row * width, (row + 1) * width), i * width))
  if (!chosen.every(Number.isFinite))
    throw new UserError(
      "The vectors are not finite numbers for every word; the model's hidden states overflow. Extract them again in " +
        'float32.'
    )
  return {
    vectors: tf.tensor2d(chosen, [rows.length, width]),
    trees: trees.map((tree) => ({ ...tree, rows: tree.rows.map((row) => place.get(row)!) }))
  }
}

function wordsOf(tree: SentenceTree, projected: Float32Array, rank: number): Float32Array {
  const result = new Float32Array(tree.rows.length * rank)
  tree.rows.forEach((row, i) => result.set(projected.subarray(row * rank, (row + 1) * rank), i * rank))
  return result
}

function words(trees: readonly SentenceTree[]): number {
  return trees.reduce((sum, tree) => sum + tree.rows.length, 0)
}
