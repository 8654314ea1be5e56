import type { HeadTable } from '@shared/ablation'
import { expect, test } from 'vitest'
import { headRoles } from '@/modules/attention/headRoles'
import { tileCorner, tileLayout } from '@/modules/attention/tileLayout'

function table(rows: Record<string, { scores: number[]; baseline?: number }>): HeadTable {
  return {
    layers: 1,
    heads: 5,
    words: 1000,
    patterns: Object.entries(rows).map(([id, { scores, baseline }]) => ({
      id,
      title: id.replace('relation:', ''),
      queries: 100,
      baseline: baseline ?? null,
      scores
    }))
  }
}

test('a head is called by the place it follows, by the relation it finds, or by where its attention goes', () => {
  const roles = headRoles(
    table({
      previous: { scores: [0.93, 0.1, 0.05, 0.1, 0.3] },
      next: { scores: [0.01, 0.1, 0.05, 0.1, 0.3] },
      current: { scores: [0.01, 0.1, 0.05, 0.1, 0.1] },
      separator: { scores: [0.02, 0.6, 0.7, 0.2, 0.1] },
      sameToken: { scores: [0.01, 0.02, 0.01, NaN, 0.1] },
      induction: { scores: [NaN, NaN, NaN, NaN, NaN] },
      positional: { scores: [0.93, 0.1, 0.05, 0.1, 0.3] },
      'relation:det': { scores: [0.7, 0.94, 0.2, 0.3, 0.1], baseline: 0.52 },
      'relation:case': { scores: [0.6, 0.6, 0.2, 0.55, 0.1], baseline: 0.5 }
    })
  )
  expect(roles.map((role) => role && [role.title, role.share])).toEqual([
    ['previous token', 0.93],
    ['determiner and noun', 0.94],
    ['separators', 0.7],
    // A relation that a fixed distance finds as often is no role.
    null,
    null
  ])
  expect(roles[1]!.hint).toContain('a fixed distance finds 52 %')
})

test('relations without a name of their own keep their label; data without trees have places only', () => {
  const relation = headRoles(table({ 'relation:orphan': { scores: [0.9, 0, 0, 0, 0], baseline: 0.1 } }))
  expect(relation[0]?.title).toBe('orphan')
  const places = headRoles(table({ next: { scores: [0.1, 0.2, 0.8, 0.4, 0.3] } }))
  expect(places.map((role) => role?.title)).toEqual([undefined, undefined, 'next token', 'next token', undefined])
})

test('tiles are as large as the width allows, never too small to read', () => {
  const narrow = tileLayout(12, 12, 700)
  expect(narrow.side).toBe(76)
  expect(narrow.width).toBeGreaterThan(700)
  const wide = tileLayout(6, 12, 1800)
  expect(wide.side).toBeGreaterThan(130)
  expect(wide.width).toBeLessThanOrEqual(1800)
  const last = tileCorner(wide, 5, 11)
  expect(last.x + wide.side).toBeLessThanOrEqual(wide.width)
  expect(last.y + wide.side).toBeLessThan(wide.height)
})
