import * as v from 'valibot'
import { formatCounted } from './counts'
import { count, name, seed } from './fields'
import type { TaskUnit } from './task'

/**
 * The seed by which whole documents are drawn until a limit of words is reached, or sentences where the data names no
 * documents; without it, the first sentences of the file are taken, as all versions before did.
 */
export const draw = v.optional(seed)

/** A part of a data set, as far as a request takes it. */
export const limitedPart = { datasetId: name, split: name, maxWords: v.nullable(count), draw }

/** How much of a part a request takes, and how that is chosen. */
export interface PartLimit {
  split: string
  maxWords: number | null
  draw?: number
}

/** What was drawn of a part. */
export interface DrawnPart {
  words: number
  sentences: number
  /** Null where the data names no documents. */
  documents: number | null
  seed: number
}

/** 'of 37 documents' */
function unitsText({ sentences, documents }: Pick<DrawnPart, 'sentences' | 'documents'>): string {
  return `of ${documents === null ? formatCounted(sentences, 'sentence') : formatCounted(documents, 'document')}`
}

/** 'of 37 documents drawn with seed 1'; of items that are sentences drawn one by one 'drawn with seed 1' */
export function drawnText(drawn: Omit<DrawnPart, 'words'>, unit: TaskUnit = 'token'): string {
  return `${isItems(drawn, unit) ? '' : `${unitsText(drawn)} `}drawn with seed ${drawn.seed}`
}

/** '1,003 words of test, of 12 documents drawn with seed 1' */
export function sampleText(words: number, split: string, drawn: DrawnPart | undefined): string {
  return `${formatCounted(words, 'word')} of ${split}${drawn ? `, ${drawnText(drawn)}` : ''}`
}

/**
 * 'training words of 412 documents and test words of 98 documents drawn with seed 1'
 * @param unit of the items; sentences drawn one by one are not counted again
 * @returns empty where all words were taken, or the first
 */
export function drawnPartsText(
  { train, test }: Partial<Record<'train' | 'test', DrawnPart>> = {},
  unit: TaskUnit = 'token'
): string {
  const seed = (train ?? test)?.seed
  if (seed === undefined) return ''
  const part = (name: string, drawn: DrawnPart | undefined): string[] =>
    !drawn ? [] : isItems(drawn, unit) ? [`${name} sentences`] : [`${name} words ${unitsText(drawn)}`]
  return `${[...part('training', train), ...part('test', test)].join(' and ')} drawn with seed ${seed}`
}

/** Whether what was drawn are the items themselves. */
function isItems({ documents }: Pick<DrawnPart, 'documents'>, unit: TaskUnit): boolean {
  return unit === 'sentence' && documents === null
}

/** Seed by which a request drew its words; null where it drew none. */
export function drawnBy(request: object = {}): number | null {
  return 'draw' in request && typeof request.draw === 'number' ? request.draw : null
}

/** `draw` of a request with this limit: nothing is drawn where all words are taken. */
export function drawOf(drawnBy: number, ...limits: readonly (number | null | undefined)[]): { draw?: number } {
  return limits.some((limit) => typeof limit === 'number') ? { draw: drawnBy } : {}
}

/** Between a split's name, a limit and a seed; the names of files have no such character. */
const separator = '\u0001'

/**
 * The name under which a data set finds what is drawn of a split, and the limit that remains. A part that is drawn is
 * a split like any other, whose sentences are in the order of the file.
 */
export function drawnSplit({ split, maxWords, draw: drawnBy }: PartLimit): { split: string; maxWords: number | null } {
  return maxWords === null || drawnBy === undefined
    ? { split, maxWords }
    : { split: [split, maxWords, drawnBy].join(separator), maxWords: null }
}

/** What such a name is made of; null for the name of a split. */
export function readDrawnSplit(split: string): { split: string; maxWords: number; draw: number } | null {
  const [base, words, drawnBy] = split.split(separator)
  return base === undefined || words === undefined || drawnBy === undefined
    ? null
    : { split: base, maxWords: Number(words), draw: Number(drawnBy) }
}
