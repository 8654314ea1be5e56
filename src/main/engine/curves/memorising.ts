import type { JobHandle } from '@shared/jobs'
import type { ProbeMethodOptions } from '@shared/probeMethods'
import { seededRandom, shuffle } from '@shared/random'
import type { FitRequest, ProbeMethod } from '../probes/methods/method'
import { classify } from '../probes/scores/classify'

/** Stands for a layer: vectors that are drawn for every word type, so that all a probe can read is the type. */
export const randomLayer = -1

/**
 * How much of labels without any pattern a probe learns by heart (Pimentel et al. 2020, section 3.2): it is trained as
 * on the task, on the task's labels shuffled over the items, and scored on the same items. A network makes all of its
 * passes: nothing is held out, because nothing of such labels can be predicted.
 * @returns share of the shuffled labels that it answers with
 */
export async function memorisedShare(
  method: ProbeMethod,
  request: Omit<FitRequest<ProbeMethodOptions['kind']>, 'labels'>,
  labels: Int32Array,
  job: JobHandle
): Promise<number> {
  const shuffled = labels.slice()
  shuffle(shuffled, seededRandom(request.seed))
  const { options, data } = request
  const [probe] = await method.fit({
    ...request,
    labels: [shuffled],
    options: 'heldOut' in options ? { ...options, heldOut: 0 } : options
  })
  try {
    const [answers] = await classify(data.layers, data.width, [probe!], job, data.rows)
    return shuffled.filter((label, i) => answers!.predicted[i] === label).length / shuffled.length
  } finally {
    probe!.dispose()
  }
}

/** Normal deviates [items, width], the same for items of one type, whatever else there is. */
export function randomVectors(types: readonly string[], width: number, seed: number): Float32Array {
  const vectors = new Float32Array(types.length * width)
  const drawn = new Map<string, number>()
  types.forEach((type, item) => {
    const before = drawn.get(type)
    if (before !== undefined) {
      vectors.copyWithin(item * width, before * width, (before + 1) * width)
      return
    }
    drawn.set(type, item)
    const random = seededRandom(hashOf(type, seed))
    for (let j = 0; j < width; j++) vectors[item * width + j] = random.normal()
  })
  return vectors
}

/** FNV-1a over UTF-16 code units. */
function hashOf(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ Math.trunc(seed)
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
