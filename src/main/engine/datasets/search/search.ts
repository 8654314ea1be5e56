import { quoted, UserError } from '@shared/userError'
import type { StringTable } from '../columns'
import { fold } from './fold'
import type { Layer } from '../layers'
import { parseQuery, valueTest } from './query'
import type { Term } from './query'
import { sentenceCount } from '../split'
import type { SplitData, Tables } from '../split'

/** What a search runs over. */
export interface SearchScope {
  tables: Tables
  layers: ReadonlyMap<string, Layer>
  /** The texts of a split's sentences, folded. */
  foldedTexts(split: SplitData): readonly string[]
}

export interface SearchRequest {
  query: string
  filter: { layer: string; value: string } | null
  /** Words that one of has to be in the sentence, counted through the split; null for any. */
  words: readonly number[] | null
}

/** A search ready to run: every condition on words holds for one and the same word, the others for the sentence. */
export interface Search {
  /** The sentences that match, ascending. */
  run(split: SplitData): Int32Array
  /** The words of one matching sentence that made it match, from 0. */
  matches(split: SplitData, sentence: number): number[]
}

/** Accepts ids by a table; position 0 is for words (or sentences) without a value. */
interface IdTest {
  ids(split: SplitData): Int32Array
  accept: Uint8Array
}

const wordCharacter = /[\p{L}\p{N}\p{M}]/u

/**
 * Compiles a search. An unknown layer in the filter is refused; an unknown `key:` in the query is searched for as text.
 */
export function compileSearch(request: SearchRequest, scope: SearchScope): Search {
  const terms = parseQuery(request.query, (key) => isField(key, scope))
  const texts = terms.flatMap((term) => (term.kind === 'text' ? [{ needle: fold(term.text), whole: term.whole }] : []))
  const wordTests: IdTest[] = []
  const sentenceTests: IdTest[] = []
  const idTests: ((split: SplitData, sentence: number) => boolean)[] = []
  for (const term of terms) {
    if (term.kind === 'text') continue
    if (term.key.toLowerCase() === 'id') idTests.push(sentenceIdTest(term))
    else if (term.key.toLowerCase() === 'form')
      wordTests.push(tableTest(scope.tables.forms, term, (split) => split.forms))
    else if (term.key.toLowerCase() === 'lemma') wordTests.push(lemmaTest(term, scope))
    else {
      const layer = findLayer(term.key, scope)
      if (layer) (layer.info.unit === 'token' ? wordTests : sentenceTests).push(layerTest(layer, term))
    }
  }
  if (request.filter) {
    const layer = scope.layers.get(request.filter.layer)
    if (!layer)
      throw new UserError(
        `This data set has no labels ${quoted(request.filter.layer)}; it has ${[...scope.layers.keys()].join(', ')}.`
      )
    ;(layer.info.unit === 'token' ? wordTests : sentenceTests).push(exactTest(layer, request.filter.value))
  }
  if (request.words) wordTests.push(placeTest(request.words))
  const bound = new Map<SplitData, BoundTest[]>()
  const bind = (split: SplitData): BoundTest[] => {
    const tests = bound.get(split) ?? wordTests.map(({ ids, accept }) => ({ ids: ids(split), accept }))
    bound.set(split, tests)
    return tests
  }
  return {
    run(split) {
      const tests = bind(split)
      const wholes = sentenceTests.map(({ ids, accept }) => ({ ids: ids(split), accept }))
      const folded = texts.length > 0 ? scope.foldedTexts(split) : []
      const matching: number[] = []
      for (let sentence = 0; sentence < sentenceCount(split); sentence++) {
        const text = folded[sentence] ?? ''
        if (!texts.every(({ needle, whole }) => nextHit(text, needle, whole, 0) !== -1)) continue
        if (!wholes.every(({ ids, accept }) => accept[(ids[sentence] ?? -1) + 1] === 1)) continue
        if (!idTests.every((test) => test(split, sentence))) continue
        if (tests.length > 0 && !anyWord(split, sentence, tests)) continue
        matching.push(sentence)
      }
      return Int32Array.from(matching)
    },
    matches(split, sentence) {
      const start = split.starts[sentence] ?? 0
      const end = split.starts[sentence + 1] ?? start
      const matched = new Set<number>()
      const tests = bind(split)
      if (tests.length > 0) {
        for (let word = start; word < end; word++) if (passes(word, tests)) matched.add(word - start)
      }
      if (texts.length > 0) {
        const text = scope.foldedTexts(split)[sentence] ?? ''
        const spans = wordSpans(
          text,
          Array.from(split.forms.subarray(start, end), (form) => fold(scope.tables.forms.at(form)))
        )
        for (const { needle, whole } of texts) addHits(text, needle, whole, spans, matched)
      }
      return [...matched].sort((a, b) => a - b)
    }
  }
}

interface BoundTest {
  ids: Int32Array
  accept: Uint8Array
}

function passes(word: number, tests: readonly BoundTest[]): boolean {
  for (const { ids, accept } of tests) if (accept[(ids[word] ?? -1) + 1] !== 1) return false
  return true
}

function anyWord(split: SplitData, sentence: number, tests: readonly BoundTest[]): boolean {
  const end = split.starts[sentence + 1] ?? 0
  for (let word = split.starts[sentence] ?? 0; word < end; word++) if (passes(word, tests)) return true
  return false
}

function isField(key: string, scope: SearchScope): boolean {
  return /^(id|form|lemma)$/i.test(key) || findLayer(key, scope) !== undefined
}

/** A layer by its id, or by what follows `feats.`; case does not matter. */
function findLayer(key: string, scope: SearchScope): Layer | undefined {
  const exact = scope.layers.get(key)
  if (exact) return exact
  const wanted = key.toLowerCase()
  for (const [id, layer] of scope.layers) {
    if (id.toLowerCase() === wanted || id.toLowerCase() === `feats.${wanted}`) return layer
  }
  return undefined
}

type FieldTerm = Extract<Term, { kind: 'field' }>

/** Which values pass; position 0 is for no value. */
function acceptTable(values: readonly string[], test: (value: string) => boolean, negated: boolean): Uint8Array {
  const accept = new Uint8Array(values.length + 1).fill(negated ? 1 : 0)
  values.forEach((value, id) => {
    if (test(value)) accept[id + 1] = negated ? 0 : 1
  })
  return accept
}

/** Whether a folded value is one of those searched for. */
function anyValueTest({ values }: FieldTerm): (value: string) => boolean {
  const tests = values.map((value) => valueTest(fold(value)))
  return (value) => tests.some((test) => test(value))
}

function tableTest(table: StringTable, term: FieldTerm, ids: (split: SplitData) => Int32Array): IdTest {
  return { ids, accept: acceptTable(foldedStrings(table), anyValueTest(term), term.negated) }
}

const foldedTables = new WeakMap<StringTable, readonly string[]>()

/** The strings of a table, folded once: there are tens of thousands of word forms. */
function foldedStrings(table: StringTable): readonly string[] {
  let folded = foldedTables.get(table)
  if (folded?.length !== table.size) {
    folded = table.strings.map(fold)
    foldedTables.set(table, folded)
  }
  return folded
}

function lemmaTest(term: FieldTerm, scope: SearchScope): IdTest {
  const table = scope.tables.columns.get('lemma')
  if (!table) throw new UserError('This data set has no lemmas to search; use form: to search word forms.')
  return tableTest(
    table,
    term,
    (split) => split.tokenColumns.get('lemma') ?? new Int32Array(split.forms.length).fill(-1)
  )
}

function layerTest(layer: Layer, term: FieldTerm): IdTest {
  if (!layer.numbers) {
    return { ids: layer.classIds, accept: acceptTable(layer.info.classes.map(fold), anyValueTest(term), term.negated) }
  }
  const accept = Uint8Array.from(term.negated ? [1, 1, 0] : [0, 0, 1])
  return { ids: numberIds(layer.numbers, term.values), accept }
}

/** A filter's exact label: no folding, no `*`. */
function exactTest(layer: Layer, value: string): IdTest {
  if (layer.numbers) return { ids: numberIds(layer.numbers, [value]), accept: Uint8Array.of(0, 0, 1) }
  return { ids: layer.classIds, accept: acceptTable(layer.info.classes, (name) => name === value, false) }
}

/** Words at given places of a split. */
function placeTest(words: readonly number[]): IdTest {
  return {
    ids(split) {
      const ids = new Int32Array(split.forms.length).fill(-1)
      for (const word of words) if (word < ids.length) ids[word] = 0
      return ids
    },
    accept: Uint8Array.of(0, 1)
  }
}

/** 1 where a number is one of those wanted, 0 for another, -1 for none. */
function numberIds(
  numbers: NonNullable<Layer['numbers']>,
  values: readonly string[]
): (split: SplitData) => Int32Array {
  const wanted = new Set(values.map(Number))
  return (split) => {
    const values = numbers(split)
    const matching = new Int32Array(values.length)
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? NaN
      matching[index] = Number.isNaN(value) ? -1 : wanted.has(value) ? 1 : 0
    }
    return matching
  }
}

function sentenceIdTest(term: FieldTerm): (split: SplitData, sentence: number) => boolean {
  const needles = term.values.map(fold)
  return (split, sentence) => {
    const id = fold(split.ids[sentence] ?? '')
    return needles.some((needle) => id.includes(needle)) !== term.negated
  }
}

/** Where a needle next occurs, -1 if nowhere; as whole words if `whole`. */
function nextHit(text: string, needle: string, whole: boolean, from: number): number {
  for (let at = text.indexOf(needle, from); at !== -1; at = text.indexOf(needle, at + 1)) {
    if (!whole || (isEdge(text, at - 1, needle, 0) && isEdge(text, at + needle.length, needle, needle.length - 1)))
      return at
  }
  return -1
}

/** Whether a word ends between the needle's outermost character and its neighbour. */
function isEdge(text: string, beside: number, needle: string, outermost: number): boolean {
  const character = text[beside]
  return character === undefined || !wordCharacter.test(character) || !wordCharacter.test(needle[outermost] ?? '')
}

/**
 * More of the text than this cannot be one word that is written differently from its form, such as "du" for
 * "de le".
 */
const longestContraction = 20

/** Where each word is in the text; [-1, -1] for a word that is not there, such as a part of a contraction. */
function wordSpans(text: string, words: readonly string[]): [number, number][] {
  let at = 0
  let absent = 0
  return words.map((word) => {
    const start = text.indexOf(word, at)
    const gap = start === -1 ? Infinity : text.slice(at, start).trim().length
    if (gap > absent * longestContraction) {
      absent++
      return [-1, -1]
    }
    at = start + word.length
    absent = 0
    return [start, at]
  })
}

function addHits(
  text: string,
  needle: string,
  whole: boolean,
  spans: readonly [number, number][],
  matched: Set<number>
): void {
  for (
    let at = nextHit(text, needle, whole, 0);
    at !== -1;
    at = nextHit(text, needle, whole, at + Math.max(1, needle.length))
  ) {
    spans.forEach(([start, end], word) => {
      if (start < at + needle.length && end > at) matched.add(word)
    })
  }
}
