import type { SimilarityMeasure } from '@shared/compare'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { pwcca, svcca } from './canonical'
import { linearCka, type LayerStack } from './cka'
import { everyPair } from './layerPairs'
import { procrustes } from './procrustes'
import { representationalSimilarity } from './rsa'

/**
 * Similarity of every layer of `a` with every layer of `b` over the same words, by the measure of that name.
 * @returns [a.count, b.count], row-major; NaN if a layer has no variance
 * @throws UserError for a number of words that the measure does not take
 */
export function similarities(
  a: LayerStack,
  b: LayerStack,
  { words, estimator, same }: { words: number; estimator: SimilarityMeasure; same: boolean },
  job: JobHandle
): Promise<Float32Array> {
  switch (estimator) {
    case 'rsa':
      return representationalSimilarity(a, b, { words, same }, job)
    case 'svcca':
      return everyPair(a, b, { words: enough(words, a, b), same }, svcca, job)
    case 'pwcca':
      return everyPair(a, b, { words: enough(words, a, b), same }, pwcca, job)
    case 'procrustes':
      return everyPair(a, b, { words, same }, procrustes, job)
    default:
      return linearCka(a, b, { words, estimator, same }, job)
  }
}

/** Words that are no more than the features of a layer are correlated perfectly with anything. */
function enough(words: number, a: LayerStack, b: LayerStack): number {
  const features = Math.max(a.width, b.width)
  if (words <= features)
    throw new UserError(
      `Canonical correlations of layers with ${features.toLocaleString('en')} features need more words than that, ` +
        `better ten times as many; there are ${words.toLocaleString('en')}. Take more words, or another measure.`
    )
  return words
}
