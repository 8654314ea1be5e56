import { expect, test } from 'vitest'
import { entitiesOf, isBio } from '../../../src/main/engine/tasks/bio'

const read = (tags: string): string[] => entitiesOf(tags.split(' ').map((tag) => (tag === '_' ? null : tag))).map(({ first, end, type }) => `${type} ${first}-${end}`)

test.each([
  ['B-PER I-PER O B-LOC', ['PER 0-2', 'LOC 3-4']],
  ['B-PER B-PER I-PER', ['PER 0-1', 'PER 1-3']],
  // As conlleval: I after nothing, or of another type, begins a stretch.
  ['I-PER I-PER I-LOC O I-LOC', ['PER 0-2', 'LOC 2-3', 'LOC 4-5']],
  ['B-PER I-LOC', ['PER 0-1', 'LOC 1-2']],
  ['S-PER B-LOC E-LOC I-LOC', ['PER 0-1', 'LOC 1-3', 'LOC 3-4']],
  ['B-PER _ I-PER', ['PER 0-1', 'PER 2-3']],
  ['O O', []]
])('%s', (tags, entities) => expect(read(tags)).toEqual(entities))

test('BIO is told from other labels', () => {
  expect(isBio(['O', 'B-PER', 'I-PER'])).toBe(true)
  expect(isBio(['O', 'B-NP', 'E-NP', 'S-NP'])).toBe(true)
  expect(isBio(['B-PER', 'I-PER'])).toBe(false)
  expect(isBio(['O', 'NOUN', 'VERB'])).toBe(false)
  expect(isBio(['O'])).toBe(false)
})
