import type { JobHandle } from '@shared/jobs'
import { centreLayer } from './centredLayer'
import { crossProduct, singularValues, wide, type Matrix } from './crossProducts'
import type { PairMeasure } from './layerPairs'

/**
 * 1 minus half the orthogonal Procrustes distance of Ding et al. (2021), eq. 2: features centred, layers of Frobenius
 * norm 1, distance 2 - 2 ||X'Y||_* after the best rotation. 1 for layers equal up to rotation and scale, 0 for layers
 * without any correlation.
 */
export const procrustes: PairMeasure<Matrix> = {
  symmetric: true,
  async prepare(values, width, job) {
    const layer = await centreLayer(values, width, job)
    if (layer.squares === 0) return null
    const scale = 1 / Math.sqrt(layer.squares)
    return { values: layer.values.map((value) => value * scale), rows: layer.words, columns: width }
  },
  async compare(x: Matrix, y: Matrix, job: JobHandle) {
    const { values } = await singularValues(wide(await crossProduct(x, y, job)), false, job)
    return values.reduce((sum, value) => sum + value, 0)
  }
}
