import type { Codelength } from '@shared/probe'
import type { ProbeKind } from '@shared/probeMethods'
import { seededRandom, shuffle } from '@shared/random'
import { classify } from './classify'
import type { FitRequest, ProbeMethod, TrainingItems } from '../methods/method'

/**
 * Voita & Titov (2020), section 4.1: after these percentages of the items a new probe is trained on what was sent so
 * far.
 */
const timeSteps = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.25, 12.5, 25, 50, 100]

/**
 * Places [from, to) of the portions of `items` items, in the order they are sent. Portions that would be empty are left
 * out.
 */
export function portions(items: number): [number, number][] {
  const ends = [
    ...new Set(timeSteps.map((percent) => Math.min(items, Math.max(1, Math.round((percent / 100) * items)))))
  ]
  return ends.map((end, i) => [i === 0 ? 0 : ends[i - 1]!, end])
}

/**
 * Bits of labels under a probe that was trained on `sent` items: -log2 of its probability, mixed with the uniform
 * distribution over all classes as if that were one more item it had seen. Without it a class that a portion shows
 * first would take infinitely many bits.
 */
export function bitsOf(probabilities: ArrayLike<number>, sent: number, classes: number): number {
  let bits = 0
  for (let i = 0; i < probabilities.length; i++)
    bits -= Math.log2((sent * probabilities[i]! + 1 / classes) / (sent + 1))
  return bits
}

/**
 * Online (prequential) codelength of the training labels, Voita & Titov 2020, section 2.2.2: the first portion by the
 * uniform code, each further one by a probe trained on all before it. Sentences are sent whole, in an order drawn by
 * the seed; the control task's labels in the same order.
 */
export async function onlineCodelength(
  method: ProbeMethod,
  request: FitRequest<ProbeKind>,
  onProgress: (share: number) => void
): Promise<Codelength> {
  const { data, labels, classes, seed, job } = request
  const order = sendingOrder(data.sentences, seed)
  const parts = portions(order.length)
  const uniform = Math.log2(classes)
  const bits = parts.map(([from, to]) => labels.map(() => (from === 0 ? to * uniform : 0)))
  for (const [index, [from, to]] of parts.entries()) {
    if (from === 0) continue
    const known = order.slice(0, from).sort()
    const next = order.slice(from, to).sort()
    const given = await goldProbabilities(
      method,
      { ...request, onProgress: (share) => onProgress((from + share * (to - from)) / order.length) },
      known,
      next
    )
    given.forEach((probabilities, set) => (bits[index]![set] = bitsOf(probabilities, from, classes)))
    await job.yield()
  }
  const totals = labels.map((_, set) => bits.reduce((sum, row) => sum + row[set]!, 0))
  const uniformBits = order.length * uniform
  const [real, control] = totals
  return {
    bits: real!,
    uniformBits,
    compression: uniformBits / real!,
    ...(control === undefined ? {} : { control: { bits: control, compression: uniformBits / control } }),
    portions: parts.map(([from, to], i) => ({
      from,
      to,
      bits: bits[i]![0]!,
      ...(control === undefined ? {} : { controlBits: bits[i]![1]! })
    }))
  }
}

/** Places of the items, whole sentences one after the other in an order drawn by the seed. */
function sendingOrder(sentences: Int32Array, seed: number): Int32Array {
  const drawn = [...new Set(sentences)]
  shuffle(drawn, seededRandom(seed))
  const place = new Map(drawn.map((sentence, i) => [sentence, i]))
  return Int32Array.from(sentences, (_, i) => i).sort(
    (a, b) => place.get(sentences[a]!)! - place.get(sentences[b]!)! || a - b
  )
}

/** What probes trained on the items `known` give to the labels of the items `next`: one array a label set. */
async function goldProbabilities(
  method: ProbeMethod,
  request: FitRequest<ProbeKind>,
  known: Int32Array,
  next: Int32Array
): Promise<Float32Array[]> {
  const { data, labels, classes } = request
  const training: TrainingItems = {
    ...data,
    rows: known.map((i) => data.rows[i]!),
    sentences: known.map((i) => data.sentences[i]!)
  }
  // A probe is trained on the classes it has seen: those it has not would have no bounds.
  const sets = labels.map((ids) => {
    const seen = [...new Set(known.map((i) => ids[i]!))].sort((a, b) => a - b)
    const local = new Int32Array(classes).fill(-1)
    seen.forEach((id, k) => (local[id] = k))
    return { seen, ids: known.map((i) => local[ids[i]!]!), wanted: next.map((i) => local[ids[i]!]!) }
  })
  const results = sets.map(({ wanted, seen }) =>
    Float32Array.from(wanted, (k) => (seen.length === 1 && k === 0 ? 1 : 0))
  )
  // Label sets with as many classes are solved together, which costs hardly more than one of them.
  for (const size of new Set(sets.map(({ seen }) => seen.length))) {
    if (size === 1) continue
    const together = sets.flatMap((set, i) => (set.seen.length === size ? [{ ...set, result: results[i]! }] : []))
    const probes = await method.fit({
      ...request,
      data: training,
      labels: together.map(({ ids }) => ids),
      classes: size
    })
    try {
      const answers = await classify(
        data.layers,
        data.width,
        probes,
        request.job,
        next.map((i) => data.rows[i]!),
        true
      )
      together.forEach(({ wanted, result }, p) =>
        wanted.forEach((k, i) => (result[i] = k < 0 ? 0 : answers[p]!.all![i * size + k]!))
      )
    } finally {
      probes.forEach((probe) => probe.dispose())
    }
  }
  return results
}
