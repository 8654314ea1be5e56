import { seededRandom } from '@shared/random'
import { UMAP } from 'umap-js'
import type { LayoutTask } from './layoutMessages'
import type { SteppedLayout } from './steppedLayout'

/** A point without a label, to umap-js. */
export const unlabelled = -1

/**
 * UMAP as umap-js lays out, which is what the Embedding Projector uses: from random places, and where labels are given,
 * pulling points of one label together.
 */
export function umapJsLayout(task: LayoutTask): SteppedLayout {
  const { count, k, neighbours, distances, dimensions, previous, settings, labels, metric, seed } = task
  const used = Math.min(settings.neighbourhood - 1, k)
  const umap = new UMAP({
    nComponents: dimensions,
    nNeighbors: used + 1,
    minDist: settings.minDist,
    random: seededRandom(seed).next,
    distanceFn: metric === 'cosine' ? cosine : euclidean,
    ...(settings.epochs !== null && { nEpochs: settings.epochs })
  })
  // It counts the point itself as its first neighbour.
  const row = (values: Int32Array | Float32Array, i: number): number[] => [...values.subarray(i * k, i * k + used)]
  const points = Array.from({ length: count }, (_, i) => i)
  umap.setPrecomputedKNN(
    points.map((i) => [i, ...row(neighbours, i)]),
    points.map((i) => [0, ...row(distances, i)])
  )
  if (labels) umap.setSupervisedProjection([...labels], { targetWeight: settings.labelWeight })
  // Vectors are needed only to place new points; they are filled in then.
  const vectors = points.map((): number[] => [])
  const epochs = umap.initializeFit(vectors)
  if (previous) {
    umap.getEmbedding().forEach((place, i) => {
      for (let axis = 0; axis < dimensions; axis++) place[axis] = previous[i * dimensions + axis]!
    })
  }
  let epoch = 0
  return {
    epochs,
    get epoch() {
      return epoch
    },
    get finished() {
      return epoch === epochs
    },
    step(steps) {
      for (let i = 0; i < steps && epoch < epochs; i++) {
        umap.step()
        epoch++
      }
      return epoch === epochs
    },
    positions: () => Float32Array.from(umap.getEmbedding().flat()),
    place(known, added, width) {
      vectors.forEach((vector, i) => {
        if (!vector.length) vector.push(...known.subarray(i * width, (i + 1) * width))
      })
      const wanted = Array.from({ length: added.length / width }, (_, i) => [
        ...added.subarray(i * width, (i + 1) * width)
      ])
      return Float32Array.from(umap.transform(wanted).flat())
    }
  }
}

function euclidean(a: number[], b: number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
  return Math.sqrt(sum)
}

function cosine(a: number[], b: number[]): number {
  let [dot, squareA, squareB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!
    squareA += a[i]! ** 2
    squareB += b[i]! ** 2
  }
  return squareA > 0 && squareB > 0 ? 1 - dot / Math.sqrt(squareA * squareB) : 1
}
