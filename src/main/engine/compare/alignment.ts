import * as tf from '@tensorflow/tfjs-core'
import type { AlignedLayer } from '@shared/alignment'
import type { JobHandle } from '@shared/jobs'
import { orthogonalMap } from './orthogonalMap'
import { retrieve } from './retrieval'

/** Vectors of one language at one layer. */
export interface LanguageVectors {
  width: number
  /** Anchors [anchors, width]: row i of both languages is of one pair of words. */
  anchors: Float32Array
  /** Mean word vector of each sentence to be retrieved, [sentences, width]. */
  sentences: Float32Array
}

interface AlignLayerOptions {
  /** Whether both are vectors of one layer of one model. */
  sameSpace: boolean
  /** Of the retrieved sentences. */
  clusters: Int32Array
  seed: number
  job: JobHandle
}

/**
 * Aligns a layer's vectors of the first language with the second's, and retrieves translations before and after
 * (Schuster et al. 2019). What is subtracted and the map are of the anchors alone.
 */
export async function alignLayer(
  first: LanguageVectors,
  second: LanguageVectors,
  { sameSpace, clusters, seed, job }: AlignLayerOptions
): Promise<Pick<AlignedLayer, 'raw' | 'centred' | 'aligned'>> {
  const rows = (values: Float32Array, width: number): tf.Tensor2D => tf.tensor2d(values, [values.length / width, width])
  const [anchorsA, anchorsB] = [rows(first.anchors, first.width), rows(second.anchors, second.width)]
  const [sentencesA, sentencesB] = [rows(first.sentences, first.width), rows(second.sentences, second.width)]
  const [meanA, meanB] = [tf.mean(anchorsA, 0), tf.mean(anchorsB, 0)]
  const [partsA, partsB] = [tf.sub(anchorsA, meanA) as tf.Tensor2D, tf.sub(anchorsB, meanB) as tf.Tensor2D]
  const map = orthogonalMap(partsA, partsB, sameSpace)
  const [centredA, centredB] = [tf.sub(sentencesA, meanA) as tf.Tensor2D, tf.sub(sentencesB, meanB) as tf.Tensor2D]
  const turned = tf.matMul(centredA, map) as tf.Tensor2D
  const retrieved = (a: tf.Tensor2D, b: tf.Tensor2D) => retrieve(a, b, clusters, seed, job)
  const comparable = first.width === second.width
  try {
    return {
      raw: comparable ? await retrieved(sentencesA, sentencesB) : null,
      centred: comparable ? await retrieved(centredA, centredB) : null,
      aligned: await retrieved(turned, centredB)
    }
  } finally {
    tf.dispose([anchorsA, anchorsB, sentencesA, sentencesB, meanA, meanB, partsA, partsB, map])
    tf.dispose([centredA, centredB, turned])
  }
}
