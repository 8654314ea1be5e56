import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { StructuralProbe } from '../../../src/main/engine/probes/structural/structural'
import { ranksWithin, runStructural } from '../../../src/main/engine/probes/structural/structuralRunner'
import { linearChain, TreeScorer } from '../../../src/main/engine/probes/structural/treeScores'
import {
  spanningTree,
  spearman,
  treeDepths,
  treeDistances,
  type SentenceTree
} from '../../../src/main/engine/probes/structural/trees'

beforeAll(async () => {
  await pickBackend({ prefer: 'cpu' })
})

function tree(heads: number[], from = 0, punctuation: number[] = []): SentenceTree {
  return {
    rows: Int32Array.from(heads, (_, i) => from + i),
    distances: treeDistances(heads),
    depths: treeDepths(heads),
    punctuation: Uint8Array.from(heads, (_, i) => (punctuation.includes(i) ? 1 : 0))
  }
}

// The chef who ran to the store was out .
const chef = [2, 9, 4, 2, 7, 7, 4, 9, 0, 9]

describe('trees', () => {
  test('depths and distances of the sentence of Hewitt & Manning', () => {
    expect(Array.from(treeDepths(chef))).toEqual([2, 1, 3, 2, 4, 4, 3, 1, 0, 1])
    const distances = treeDistances(chef)
    const between = (a: number, b: number): number => distances[a * 10 + b]!
    expect(between(1, 8)).toBe(1)
    expect(between(6, 7)).toBe(4)
    expect(between(0, 9)).toBe(3)
    expect(between(4, 4)).toBe(0)
    expect(between(7, 6)).toBe(4)
  })

  test('the spanning tree of true distances is the tree, with and without punctuation', () => {
    const edges = chef.flatMap((head, i) => (head === 0 ? [] : [[Math.min(head - 1, i), Math.max(head - 1, i)]]))
    const sorted = (list: number[][]): number[][] => list.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!)
    expect(sorted(spanningTree(treeDistances(chef), new Uint8Array(10)))).toEqual(sorted(edges))
    const out = new Uint8Array(10)
    out[9] = 1
    expect(sorted(spanningTree(treeDistances(chef), out))).toEqual(sorted(edges.filter(([, b]) => b !== 9)))
  })

  test('a spanning tree worked out by hand', () => {
    // Four points on a line at 0, 1, 3 and 7: neighbours are joined.
    const at = [3, 0, 7, 1]
    const distances = at.flatMap((a) => at.map((b) => Math.abs(a - b)))
    expect(spanningTree(distances, new Uint8Array(4)).map(String).sort()).toEqual(['0,2', '0,3', '1,3'])
  })

  test('ranks equal values alike: 0.9487 by hand and by scipy', () => {
    expect(spearman([1, 2, 2, 3], [10, 20, 30, 40])).toBeCloseTo(0.9486832980505138, 12)
    expect(spearman([1, 2, 3], [3, 2, 1])).toBe(-1)
    expect(spearman([1, 1, 1], [3, 2, 1])).toBeNaN()
  })
})

describe('scores', () => {
  test('of true distances and depths are all 1', () => {
    const trees = [tree(chef, 0, [9]), tree([2, 0, 2, 5, 3], 10)]
    const scores = new TreeScorer(trees, 1).score(trees)
    for (const { value, interval } of Object.values(scores)) expect([value, ...interval!]).toEqual([1, 1, 1])
  })

  test('of one sentence worked out by hand', () => {
    // 1 <- 2 <- 3 -> 4 -> 5, the root in the middle; predicted: a chain 2 1 3 4 5 with its top at the third word.
    const gold = tree([2, 3, 0, 3, 4])
    const at = [1, 0, 2, 3, 4]
    const distances = Float32Array.from(at.flatMap((a) => at.map((b) => Math.abs(a - b))))
    const { uuas, root } = new TreeScorer([gold], 1).score([{ distances, depths: Float32Array.of(2, 3, 0, 1, 2) }])
    // Predicted edges 2-1, 1-3, 3-4, 4-5; gold 1-2, 2-3, 3-4, 4-5.
    expect(uuas.value).toBe(3 / 4)
    expect(root.value).toBe(1)
    expect(linearChain([gold])).toBe(1)
    expect(linearChain([tree([3, 3, 0])])).toBe(1 / 2)
  })
})

describe('the probe', () => {
  test('its loss and gradient, worked out by hand for two words', () => {
    // B = 2 in one dimension, words at 0 and 1: distance 4 where the tree has 1, |4 - 1| twice over 4 pairs.
    const probe = new StructuralProbe(tf.tensor2d([0, 1], [2, 1]), [tree([0, 1])], 'distance', 1, 1)
    probe.projection[0] = 2
    const { loss, gradients } = probe.gradients(Int32Array.of(0))
    expect(loss).toBeCloseTo((2 * 3) / 4, 6)
    // d/dB of 2 |B^2 - 1| / 4 is B.
    expect(gradients[0]![0]).toBeCloseTo(2, 6)
    expect(probe.loss(Int32Array.of(0))).toBeCloseTo(1.5, 6)
    // Depths 0 and 1, lengths 0 and 4: (0 + 3) / 2, and its slope 2 B / 2.
    const depth = new StructuralProbe(tf.tensor2d([0, 1], [2, 1]), [tree([0, 1])], 'depth', 1, 1)
    depth.projection[0] = 2
    const found = depth.gradients(Int32Array.of(0))
    expect(found.loss).toBeCloseTo(1.5, 6)
    expect(found.gradients[0]![0]).toBeCloseTo(2, 6)
  })

  test('finds trees that lie in the vectors, rank by rank, the same for the same seed', async () => {
    const random = seededRandom(4)
    const width = 12
    const make = (count: number) => {
      const trees: SentenceTree[] = []
      const values: number[] = []
      for (let s = 0; s < count; s++) {
        const heads = Array.from({ length: 7 }, (_, i) => (i === 0 ? 0 : 1 + random.integer(i)))
        trees.push(tree(heads, values.length / width))
        // Every word is its head plus a step of its own axis: squared distances are tree distances.
        const words: number[][] = []
        heads.forEach((head, i) => {
          words.push(
            Array.from({ length: width }, (_, j) => (head === 0 ? 0 : words[head - 1]![j]!) + (j === i ? 1 : 0))
          )
        })
        values.push(...words.flat().map((value) => value + 0.02 * random.normal()))
      }
      return { trees, vectors: () => Float32Array.from(values) }
    }
    const input = {
      layers: [0],
      width,
      train: make(150),
      test: make(60),
      options: { ...defaultMethod('structural'), ranks: [1, 8], learningRate: 0.03, epochs: 60 },
      seed: 2,
      job: silentJob()
    }
    const before = tf.memory().numTensors
    const first = await runStructural(input)
    expect(tf.memory().numTensors).toBe(before)
    const { structure, accuracy } = first.summary.layers[0]!
    expect(structure!.uuas.value).toBeGreaterThan(0.95)
    expect(structure!.root.value).toBeGreaterThan(0.95)
    expect(structure!.dspr.value).toBeGreaterThan(0.9)
    expect(structure!.uuas.interval![0]).toBeLessThanOrEqual(structure!.uuas.value)
    expect(accuracy).toBe(structure!.uuas.value)
    expect(structure!.ranks!.map(({ rank }) => rank)).toEqual([1, 8])
    expect(structure!.ranks![0]!.uuas).toBeLessThan(structure!.uuas.value - 0.1)
    expect((await runStructural(input)).tensors).toEqual(first.tensors)

    // The kept projection acts on vectors as they are: the root is the word that it makes shortest.
    const projection = first.tensors['projection.depth']!.data
    const vectors = input.test.vectors()
    const lengthOf = (row: number): number =>
      Array.from({ length: 8 }, (_, k) => k).reduce((sum, k) => {
        let along = 0
        for (let j = 0; j < width; j++) along += vectors[row * width + j]! * projection[j * 8 + k]!
        return sum + along ** 2
      }, 0)
    const roots = input.test.trees.filter((tree) => {
      const lengths = Array.from(tree.rows, lengthOf)
      return tree.depths[lengths.indexOf(Math.min(...lengths))] === 0
    })
    expect(roots.length / input.test.trees.length).toBeCloseTo(structure!.root.value, 6)
  })

  test('a rank above the width of the vectors is the width', () => {
    expect(ranksWithin([2, 384, 1024, 4096], 384)).toEqual([2, 384])
  })

  test('is refused without trees', async () => {
    const nothing = { trees: [], vectors: () => new Float32Array(0) }
    await expect(
      runStructural({
        layers: [0],
        width: 2,
        train: nothing,
        test: nothing,
        options: defaultMethod('structural'),
        seed: 1,
        job: silentJob()
      })
    ).rejects.toThrow('No sentence to train on has a whole tree; the structural probe needs the heads of a treebank.')
  })
})
