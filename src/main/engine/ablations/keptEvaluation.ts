import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JobHandle } from '@shared/jobs'
import type { Window } from '../activations/windows'
import { atomicWrite } from '../files/atomicWrite'
import { keepIfPossible } from '../files/notWritten'
import { partOfJob } from '../jobs/partOfJob'
import type { LoadedModel } from '../models/model'
import { evaluate, type Disguise, type SentenceScores, type Variant } from './evaluate'
import type { Measure } from './measures/measure'

/** A measure, with a key for all that its scores depend on besides the model, the text and the variants. */
export interface KeyedMeasure {
  key: string
  measure: Measure
}

export interface KeptScores {
  measure: Measure
  plain: SentenceScores
  /** [variants, sentences] */
  sums: Float64Array
}

/** Raised whenever scores change their meaning. */
const version = 1

/**
 * Tokens of a stretch of text that is measured and kept at once: a cancelled or killed run loses no more than one
 * stretch.
 */
const stretchTokens = 1024

/**
 * Scores of one measure on one stretch, as stored on disk. JSON numbers are doubles: a resumed run gives every bit
 * of an uninterrupted one.
 */
interface Kept {
  plain: { sum: number[]; count: number[] }
  /** By variant, [sentences] each. */
  variants: number[][]
}

/** What is evaluated, and where its scores are kept. */
export interface KeptEvaluation {
  windows: readonly Window[]
  variants: readonly Variant[]
  /** A key for the variants. */
  variantKey: string
  measures: readonly KeyedMeasure[]
  disguise?: Disguise | undefined
  /** Where stretches are kept; may be deleted at any time. */
  folder: string
  /** Whether everything is computed, and what is there is not read. */
  fresh?: boolean | undefined
}

/**
 * `evaluate`, stretch by stretch of the text, every finished stretch kept on disk under the hash of all it depends on.
 * A later run with the same variants reuses them: after a cancel or a kill, with one more measure, or on more
 * of the same text. A folder that cannot be written loses no scores; a later run computes them again.
 * @returns scores by measure, over the sentences of `windows` in ascending order, and the share of them that was reused
 */
export async function evaluateKept(
  model: LoadedModel,
  { windows, variants, variantKey, measures, disguise, folder, fresh = false }: KeptEvaluation,
  job: JobHandle
): Promise<{ scores: KeptScores[]; found: number }> {
  const sentences = Int32Array.from(new Set(windows.map(({ sentence }) => sentence))).sort()
  const columnOf = new Map(Array.from(sentences, (sentence, i) => [sentence, i]))
  const scores = measures.map(({ measure }): KeptScores => ({
    measure,
    plain: { sum: new Float64Array(sentences.length), count: new Float64Array(sentences.length) },
    sums: new Float64Array(variants.length * sentences.length)
  }))
  const stretches = stretchesOf(windows)
  let found = 0
  for (const [s, stretch] of stretches.entries()) {
    const numbers = Int32Array.from(new Set(stretch.map(({ sentence }) => sentence))).sort()
    const paths = measures.map(({ key }) =>
      join(folder, `${hashOf([version, model.info.id, variantKey, key, stretch.map(contentOf)])}.json`)
    )
    const kept = paths.map((path) => (fresh ? null : read(path, variants.length, numbers.length)))
    const missing = [...measures.keys()].filter((m) => kept[m] === null)
    found += (measures.length - missing.length) / (measures.length * stretches.length)
    if (missing.length) {
      const { plain, variants: sums } = await evaluate(
        model,
        stretch,
        variants,
        missing.map((m) => measures[m]!.measure),
        partOfJob(job, s / stretches.length, (s + 1) / stretches.length),
        disguise
      )
      missing.forEach((m, i) => {
        kept[m] = {
          plain: { sum: [...plain[i]!.sum], count: [...plain[i]!.count] },
          variants: variants.map((_, v) => [...sums[i]!.subarray(v * numbers.length, (v + 1) * numbers.length)])
        }
        keepIfPossible(folder, () => {
          mkdirSync(folder, { recursive: true })
          atomicWrite(paths[m]!, JSON.stringify(kept[m]))
        })
      })
    } else await job.yield()
    kept.forEach((scored, m) => {
      const { plain, sums } = scores[m]!
      numbers.forEach((sentence, i) => {
        const column = columnOf.get(sentence)!
        plain.sum[column]! += scored!.plain.sum[i]!
        plain.count[column]! += scored!.plain.count[i]!
        scored!.variants.forEach((of, v) => (sums[v * sentences.length + column]! += of[i]!))
      })
    })
  }
  return { scores, found }
}

/** Hashes a key of any length to a file name. */
export function hashOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}

/** Windows in the order of the text, so that more text begins with the same stretches. */
function stretchesOf(windows: readonly Window[]): Window[][] {
  const stretches: Window[][] = []
  let tokens = Infinity
  for (const window of windows) {
    if (tokens + window.ids.length > stretchTokens) {
      stretches.push([])
      tokens = 0
    }
    stretches.at(-1)!.push(window)
    tokens += window.ids.length
  }
  return stretches
}

/** The sentence's number is included: labels and masks depend on it. */
function contentOf({ sentence, ids, wordOfToken, from, to }: Window): unknown {
  return [sentence, [...ids], [...wordOfToken], from, to]
}

/** Null if there is no file, or a damaged one. */
function read(path: string, variants: number, sentences: number): Kept | null {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept
    const whole =
      kept.plain.sum.length === sentences &&
      kept.plain.count.length === sentences &&
      kept.variants.length === variants &&
      kept.variants.every(({ length }) => length === sentences)
    return whole ? kept : null
  } catch {
    return null
  }
}
