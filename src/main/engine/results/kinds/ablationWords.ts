import type { Effect, MeasureInfo, Unit } from '@shared/ablation'
import type { InterventionSet } from '@shared/intervention'
import type { ReferenceKey } from '@shared/references'
import type { ListedResult, ResultFigures, ResultScore, ResultStamp } from '@shared/results'
import { aboutSoftware } from '../export/probeMethodsText'

/** What the list shows of a result without scores of layers. */
export function figures(method: string, score: ResultScore | null = null, items: number | null = null): ResultFigures {
  return { method, score, curve: [], majority: null, items }
}

/** The largest effect of several: what breaks most. */
export function largestEffect({ title }: Pick<MeasureInfo, 'title'>, effects: readonly Effect[]): ResultScore | null {
  if (effects.length === 0) return null
  const { difference, interval } = effects.reduce((a, b) => (Math.abs(b.difference) > Math.abs(a.difference) ? b : a))
  return { measure: `change of ${title.toLowerCase()}`, value: difference, interval, layer: null }
}

/** A part of the model by its block and head, both from 1. */
export function unitCells({ block, head }: Unit): (number | null)[] {
  return [block + 1, head === null ? null : head + 1]
}

/** Value, difference and the ends of its interval. */
export function effectCells({ value, difference, interval }: Effect): number[] {
  return [value, difference, ...interval]
}
export const effectColumns = ['value', 'difference', 'low', 'high']

/** 'on 400 words in 31 sentences of dev of UD English EWT' */
export function onCorpus(corpus: { words: number; sentences: number; split: string; datasetName: string }): string {
  const { words, sentences, split, datasetName } = corpus
  return (
    `on ${words.toLocaleString('en')} words in ${sentences.toLocaleString('en')} sentences of '${split}' ` +
    `of ${datasetName}`
  )
}

/** '3 interventions' */
export function setText(request: object | undefined): string {
  const { interventions = [] } = (request ?? {}) as Partial<InterventionSet>
  return `${interventions.length} ${interventions.length === 1 ? 'intervention' : 'interventions'}`
}

/** A methods paragraph of sentences, with the software at its end. */
export function methodsOf(
  { provenance }: { provenance?: ResultStamp['provenance'] },
  { summary }: Pick<ListedResult, 'summary'>,
  ...sentences: string[]
): string {
  return [...sentences, aboutSoftware({ backend: summary.backend, provenance })].join(' ')
}

/** `passing` of kinds whose results are a few kilobytes. */
export const light = 200

export const bySentences = 'Intervals are 95 % intervals by resampling sentences [efronTibshirani1993].'
export const sampled = (): ReferenceKey[] => ['efronTibshirani1993', 'smilkov2019']
export const computed = (): ReferenceKey[] => ['smilkov2019']
