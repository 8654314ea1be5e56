// @vitest-environment happy-dom
import type { SentenceEffect, SentenceReading } from '@shared/ablation'
import { tensorData } from '@shared/tensorData'
import { expect, test } from 'vitest'
import { changedAnswers, movementByLayer, sentencePanels, sharesByLayer } from '@/modules/ablation/sentenceCurves'
import { drawSmallCurves } from '@/plots/smallCurves'

/** Two layers, three words; the last has no token, the second no label. */
const reading: SentenceReading = {
  runId: 'r',
  task: 'Part of speech',
  layers: [0, 1],
  classes: ['NOUN', 'VERB'],
  gold: ['NOUN', null, 'VERB'],
  plain: tensorData([2, 3], Int32Array.of(0, 1, -1, 0, 0, -1)),
  changed: tensorData([2, 3], Int32Array.of(0, 1, -1, 1, 1, -1))
}
const effect: SentenceEffect = {
  tokens: ['a', 'b'],
  words: ['a', 'b', 'c'],
  movement: tensorData([2, 2], Float32Array.of(0, 0, 0.25, 0.75)),
  attentionChange: tensorData([1, 1], Float32Array.of(0)),
  guesses: null,
  readings: [reading],
  milliseconds: 1
}

test('movement is the mean over tokens of each layer', () => {
  expect(movementByLayer(effect)).toEqual([0, 0.5])
})

test('shares count words that have a token and a label; without labels, answers as before', () => {
  expect(sharesByLayer(reading)).toEqual({ values: [1, 0], reference: [1, 1] })
  expect(sharesByLayer({ ...reading, gold: null })).toEqual({ values: [1, 0], reference: null })
  expect(sentencePanels(effect).map(({ title }) => title)).toEqual(['Moved (mean 1 − cosine)', 'Part of speech'])
})

test('answers that change are named with the one that is right', () => {
  expect(changedAnswers(effect, reading, 0)).toEqual([])
  expect(changedAnswers(effect, reading, 1)).toEqual([
    { word: 'a', before: 'NOUN', after: 'VERB', right: 'before' },
    { word: 'b', before: 'NOUN', after: 'VERB', right: null }
  ])
  expect(changedAnswers(effect, reading, 7)).toEqual([])
})

test('a place on a panel is the layer under it', () => {
  const { svg, at } = drawSmallCurves(document, {
    panels: sentencePanels(effect),
    layers: [0, 1],
    selected: 1,
    width: 600,
    label: 'Curves'
  })
  expect(svg.querySelectorAll('[data-part="values"]')).toHaveLength(2)
  expect(svg.querySelectorAll('[data-part="reference"]')).toHaveLength(1)
  const [first, last] = [...svg.querySelectorAll('g')[1]!.querySelectorAll('circle')].map((dot) =>
    Number(dot.getAttribute('cx'))
  )
  const shift = Number(/translate\(([\d.]+)/.exec(svg.querySelectorAll('g')[1]!.getAttribute('transform')!)![1])
  expect([at(shift + first!, 60), at(shift + last!, 60), at(60, 500)]).toEqual([0, 1, null])
})
