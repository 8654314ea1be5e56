import type { AblationCorpusInfo, Effect, MeasureInfo, Unit } from '@shared/ablation'
import { drawnBy, drawnText } from '@shared/drawing'
import type { Intervention, InterventionSet } from '@shared/intervention'
import { intervalRefusal, type ClusterCount, type Interval } from '@shared/probe'
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

/** A part of the model by its block and head, both from 1; of a gate, a state or a direction, its name. */
export function unitCells({ block, head, site }: Unit): (number | string | null)[] {
  return [block + 1, site ?? (head === null ? null : head + 1)]
}

/** Value, difference and the ends of its interval. */
export function effectCells({ value, difference, interval }: Effect): (number | null)[] {
  return [value, difference, ...endCells(interval)]
}

/** Both ends; empty where there is no interval. */
export function endCells(interval: Interval): (number | null)[] {
  return interval ?? [null, null]
}
export const effectColumns = ['value', 'difference', 'low', 'high']

/** 'on 400 words in 31 sentences of 'dev' of UD English EWT, of 4 documents drawn with seed 1' */
export function onCorpus({ words, sentences, split, datasetName, drawn }: CorpusWords): string {
  return (
    `on ${words.toLocaleString('en')} words in ${sentences.toLocaleString('en')} sentences of '${split}' ` +
    `of ${datasetName}${drawn ? `, ${drawnText(drawn)}` : ''}`
  )
}
type CorpusWords = Pick<AblationCorpusInfo, 'words' | 'sentences' | 'split' | 'datasetName' | 'drawn'>

/** '3 interventions' */
export function setText(request: object | undefined): string {
  const { interventions = [] } = (request ?? {}) as Partial<InterventionSet>
  return `${interventions.length} ${interventions.length === 1 ? 'intervention' : 'interventions'}`
}

/** What erasers in a set of interventions were fitted by, and who described it. */
const eraserMethods = {
  leace: { title: 'LEACE', reference: 'belrose2023' },
  inlp: { title: 'INLP', reference: 'ravfogel2020' }
} as const

/** The methods of the erasers among interventions, once each. */
function erasersIn(interventions: readonly Intervention[] = []): (typeof eraserMethods)[keyof typeof eraserMethods][] {
  const methods = interventions.flatMap(({ edit, fitted }) => fitted?.method ?? (edit.kind === 'erase' ? 'leace' : []))
  return [...new Set(methods)].map((method) => eraserMethods[method])
}

/** 'LEACE [belrose2023]' */
export function erasersText(interventions: readonly Intervention[]): string {
  return erasersIn(interventions)
    .map(({ title, reference }) => `${title} [${reference}]`)
    .join(' and ')
}

export function erasersCited(interventions: readonly Intervention[]): ReferenceKey[] {
  return erasersIn(interventions).map(({ reference }) => reference)
}

interface Stamped {
  provenance?: ResultStamp['provenance']
}

function interventionsOf({ provenance }: Stamped): readonly Intervention[] {
  return ((provenance?.request ?? {}) as Partial<InterventionSet>).interventions ?? []
}

/** A methods paragraph of sentences, with the erasers of the set and the software at its end. */
export function methodsOf(result: Stamped, { summary }: Pick<ListedResult, 'summary'>, ...sentences: string[]): string {
  const erasers = erasersText(interventionsOf(result))
  return [
    ...sentences,
    ...(erasers === '' ? [] : [`Erasers of the set were fitted by ${erasers}.`]),
    ...drawnSentence(result),
    aboutSoftware({ backend: summary.backend, provenance: result.provenance })
  ].join(' ')
}

/** Of results that do not say what was drawn, by which seed it was. */
function drawnSentence(result: Stamped): string[] {
  const seed = drawnBy(result.provenance?.request)
  return 'drawn' in result || seed === null ? [] : [`Limits of words were filled at random with seed ${seed}.`]
}

/** `passing` of kinds whose results are a few kilobytes. */
export const light = 200

/** How intervals were made. Results of earlier versions do not say what they resampled: theirs are percentiles. */
export function aboutIntervals({ clusters }: { clusters?: ClusterCount | undefined }): string {
  const refusal = intervalRefusal(clusters)
  if (refusal !== null) return refusal
  return clusters
    ? 'Intervals are 95 % bias-corrected and accelerated bootstrap intervals over ' +
        `${clusters.count.toLocaleString('en')} ${clusters.by}s, expanded for their number [efronTibshirani1993].`
    : 'Intervals are 95 % percentile intervals by resampling sentences [efronTibshirani1993].'
}
export const computed = (result: Stamped): ReferenceKey[] => [...erasersCited(interventionsOf(result)), 'smilkov2019']
export const sampled = (result: Stamped): ReferenceKey[] => ['efronTibshirani1993', ...computed(result)]
