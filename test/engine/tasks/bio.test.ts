import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { entitiesOf, isBio } from '../../../src/main/engine/tasks/bio'
import { entityScores } from '../../../src/main/engine/tasks/entityScores'

const read = (tags: string): string[] =>
  entitiesOf(tags.split(' ').map((tag) => (tag === '_' ? null : tag))).map(
    ({ first, end, type }) => `${type} ${first}-${end}`
  )

test.each([
  ['B-PER I-PER O B-LOC', ['PER 0-2', 'LOC 3-4']],
  ['B-PER B-PER I-PER', ['PER 0-1', 'PER 1-3']],
  // As conlleval: I after nothing, or of another type, begins a span.
  ['I-PER I-PER I-LOC O I-LOC', ['PER 0-2', 'LOC 2-3', 'LOC 4-5']],
  ['B-PER I-LOC', ['PER 0-1', 'LOC 1-2']],
  ['S-PER B-LOC E-LOC I-LOC', ['PER 0-1', 'LOC 1-3', 'LOC 3-4']],
  ['B-PER _ I-PER', ['PER 0-1', 'PER 2-3']],
  ['O O', []]
])('%s', (tags, entities) => expect(read(tags)).toEqual(entities))

test('BIO is distinguished from other labels', () => {
  expect(isBio(['O', 'B-PER', 'I-PER'])).toBe(true)
  expect(isBio(['O', 'B-NP', 'E-NP', 'S-NP'])).toBe(true)
  expect(isBio(['B-PER', 'I-PER'])).toBe(false)
  expect(isBio(['O', 'NOUN', 'VERB'])).toBe(false)
  expect(isBio(['O'])).toBe(false)
})

describe('as seqeval reads them', () => {
  const theirs = JSON.parse(readFileSync('test/fixtures/tasks/entities.json', 'utf8')) as {
    gold: string[][]
    predicted: string[][]
    entities: [string, number, number][][]
    precision: number
    recall: number
    f1: number
  }
  const classes = [...new Set([...theirs.gold, ...theirs.predicted].flat())]
  const ids = (sentences: string[][]): Int32Array => Int32Array.from(sentences.flat(), (tag) => classes.indexOf(tag))

  test('spans', () => {
    expect(theirs.gold.map((tags) => entitiesOf(tags).map(({ type, first, end }) => [type, first, end]))).toEqual(
      theirs.entities
    )
  })

  test('precision, recall and F1, with an interval around it', () => {
    const sentences = Int32Array.from(theirs.gold.flatMap((tags, sentence) => tags.map(() => sentence)))
    const ours = entityScores({ gold: ids(theirs.gold), predicted: ids(theirs.predicted), sentences, classes }, 3)
    for (const name of ['precision', 'recall', 'f1'] as const) expect(ours[name]).toBeCloseTo(theirs[name], 12)
    expect(ours.interval![0]).toBeLessThan(ours.f1)
    expect(ours.interval![1]).toBeGreaterThan(ours.f1)
    expect(ours.interval![1] - ours.interval![0]).toBeLessThan(0.3)
  })
})
