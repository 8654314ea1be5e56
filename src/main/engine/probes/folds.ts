import { seededRandom, shuffle } from '@shared/random'
import { UserError } from '@shared/userError'

/**
 * Folds that take whole clusters, as scikit-learn's `GroupKFold`: from the largest cluster to the smallest, each goes
 * to the fold that has the fewest items so far; equally large ones come in an order drawn with the seed.
 * @param clusterOf cluster of every item
 * @returns fold of every item, from 0
 * @throws UserError where there are fewer clusters than folds
 */
export function assignFolds(clusterOf: Int32Array, folds: number, seed: number): Int32Array {
  const sizes = new Map<number, number>()
  for (const cluster of clusterOf) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1)
  if (sizes.size < folds)
    throw new UserError(
      `${folds} folds need as many sentences or documents, and there are ${sizes.size}: take fewer folds or more data.`
    )
  const order = [...sizes.keys()]
  shuffle(order, seededRandom(seed))
  order.sort((a, b) => sizes.get(b)! - sizes.get(a)!)
  const items = new Array<number>(folds).fill(0)
  const foldOf = new Map<number, number>()
  for (const cluster of order) {
    const lightest = items.indexOf(Math.min(...items))
    items[lightest]! += sizes.get(cluster)!
    foldOf.set(cluster, lightest)
  }
  return clusterOf.map((cluster) => foldOf.get(cluster)!)
}
