import type { JobHandle } from '@shared/jobs'
import type { EntityScores } from '@shared/probe'
import { seededRandom } from '@shared/random'
import { percentiles } from '../probes/scores/bootstrapInterval'
import { resamples } from '../probes/scores/intervals'
import type { ProbeItems, ProbeRunOutcome } from '../probes/probeRunner'
import { entitiesOf } from './bio'

/** Answers of one layer to the words of a split. */
export interface TagAnswers {
  /** Class of every word; -1 for one that was not probed, which counts as outside. */
  gold: Int32Array
  predicted: Int32Array
  /** Sentence of every word. */
  sentences: Int32Array
  classes: readonly string[]
}

/**
 * Precision, recall and F1 of whole spans, as conlleval and seqeval count them: both span and type must be
 * right. The interval is that of F1 over resamples of whole sentences with replacement, as that of accuracy.
 */
export function entityScores({ gold, predicted, sentences, classes }: TagAnswers, seed: number): EntityScores {
  const counts: { right: number; predicted: number; gold: number }[] = []
  for (let start = 0; start < gold.length;) {
    let end = start + 1
    while (end < gold.length && sentences[end] === sentences[start]) end++
    const tags = (ids: Int32Array): (string | null)[] =>
      Array.from(ids.subarray(start, end), (id, word) => (gold[start + word]! < 0 ? null : (classes[id] ?? null)))
    const there = entitiesOf(tags(gold), classes)
    const predictedSpans = entitiesOf(tags(predicted), classes)
    const known = new Set(there.map(({ first, end: last, type }) => `${first} ${last} ${type}`))
    const right = predictedSpans.filter(({ first, end: last, type }) => known.has(`${first} ${last} ${type}`)).length
    if (gold.subarray(start, end).some((id) => id >= 0))
      counts.push({ right, predicted: predictedSpans.length, gold: there.length })
    start = end
  }
  const random = seededRandom(seed)
  const scores = Float64Array.from({ length: resamples }, () => {
    const sum = { right: 0, predicted: 0, gold: 0 }
    for (let i = 0; i < counts.length; i++) addTo(sum, counts[random.integer(counts.length)]!)
    return f1Of(sum)
  })
  const all = { right: 0, predicted: 0, gold: 0 }
  for (const one of counts) addTo(all, one)
  return {
    precision: share(all.right, all.predicted),
    recall: share(all.right, all.gold),
    f1: f1Of(all),
    interval: percentiles(scores)
  }
}

function addTo(
  sum: { right: number; predicted: number; gold: number },
  one: { right: number; predicted: number; gold: number }
): void {
  sum.right += one.right
  sum.predicted += one.predicted
  sum.gold += one.gold
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function f1Of({ right, predicted, gold }: { right: number; predicted: number; gold: number }): number {
  return share(2 * right, predicted + gold)
}

/** Scores of whole spans in addition to those of words, layer by layer. */
export async function addEntityScores(
  { summary, tensors }: ProbeRunOutcome,
  test: ProbeItems,
  classes: readonly string[],
  seed: number,
  job: JobHandle
): Promise<void> {
  for (const [index, layer] of summary.layers.entries()) {
    await job.yield()
    const predicted = Int32Array.from(tensors.predictions.data.subarray(index * test.items, (index + 1) * test.items))
    layer.entities = entityScores({ gold: test.classes, predicted, sentences: test.sentences, classes }, seed)
  }
}
