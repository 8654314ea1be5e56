import type { JobHandle } from '@shared/jobs'
import type { EntityScores } from '@shared/probe'
import { ClusterResamples } from '../probes/scores/clusterResamples'
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
  /** Document or sentence of every word, whichever is resampled; absent where it is the sentence. */
  clusterOf?: Int32Array | undefined
}

/**
 * Precision, recall and F1 of whole spans, as conlleval and seqeval count them: both span and type must be
 * right. The interval is that of F1 over resamples of whole clusters, as that of accuracy.
 */
export function entityScores(
  { gold, predicted, sentences, classes, clusterOf = sentences }: TagAnswers,
  seed: number
): EntityScores {
  const counts: { right: number; predicted: number; gold: number; cluster: number }[] = []
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
      counts.push({ right, predicted: predictedSpans.length, gold: there.length, cluster: clusterOf[start]! })
    start = end
  }
  const column = (name: 'right' | 'predicted' | 'gold' | 'cluster'): number[] => counts.map((count) => count[name])
  const all = ['right', 'predicted', 'gold'] as const
  const [right, predictedCount, goldCount] = all.map((name) => column(name).reduce((sum, count) => sum + count, 0)) as [
    number,
    number,
    number
  ]
  return {
    precision: share(right, predictedCount),
    recall: share(right, goldCount),
    f1: share(2 * right, predictedCount + goldCount),
    interval: new ClusterResamples(column('cluster'), seed).interval(all.map(column), ([hits, answers, spans]) =>
      share(2 * hits!, answers! + spans!)
    )
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
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
    layer.entities = entityScores(
      { gold: test.classes, predicted, sentences: test.sentences, classes, clusterOf: test.clusters?.of },
      seed
    )
  }
}
