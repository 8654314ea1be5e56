import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { alignLayer, type LanguageVectors } from '../../../src/main/engine/compare/alignment'
import { anchorPairs } from '../../../src/main/engine/compare/anchors'
import { orthogonalMap } from '../../../src/main/engine/compare/orthogonalMap'
import { backends } from '../probes/subjects'

interface Case {
  widthA: number
  widthB: number
  anchorsA: number[]
  anchorsB: number[]
  sentencesA: number[]
  sentencesB: number[]
  map: number[]
  raw: [number, number] | null
  centred: [number, number] | null
  aligned: [number, number]
}
/** Made by test/fixtures/compare/make_alignment.py. */
const { cases } = JSON.parse(readFileSync('test/fixtures/compare/alignment.json', 'utf8')) as { cases: Case[] }

function language(width: number, anchors: number[], sentences: number[]): LanguageVectors {
  return { width, anchors: Float32Array.from(anchors), sentences: Float32Array.from(sentences) }
}

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
  })

  test.each(cases)('the map is that of NumPy, $widthA to $widthB', ({ widthA, widthB, anchorsA, anchorsB, map }) => {
    const found = tf.tidy(() => {
      const centred = (values: number[], width: number): tf.Tensor2D => {
        const rows = tf.tensor2d(values, [values.length / width, width])
        return tf.sub(rows, tf.mean(rows, 0))
      }
      return Array.from(orthogonalMap(centred(anchorsA, widthA), centred(anchorsB, widthB)).dataSync())
    })
    found.forEach((value, i) => expect(value).toBeCloseTo(map[i]!, 3))
  })

  test.each(cases)('retrieval is that of NumPy, $widthA to $widthB', async (reference) => {
    const { widthA, widthB, anchorsA, anchorsB, sentencesA, sentencesB } = reference
    const clusters = Int32Array.from({ length: sentencesA.length / widthA }, (_, i) => i)
    const before = tf.memory().numTensors
    const states = await alignLayer(language(widthA, anchorsA, sentencesA), language(widthB, anchorsB, sentencesB), {
      sameSpace: false,
      clusters,
      seed: 1,
      job: silentJob()
    })
    expect(tf.memory().numTensors).toBe(before)
    for (const state of ['raw', 'centred', 'aligned'] as const) {
      const found = states[state]
      expect(found === null).toBe(reference[state] === null)
      if (!found) continue
      expect(found.there).toBeCloseTo(reference[state]![0], 6)
      expect(found.back).toBeCloseTo(reference[state]![1], 6)
      expect(found.accuracy).toBeCloseTo((found.there + found.back) / 2, 12)
      expect(found.interval![0]).toBeLessThanOrEqual(found.accuracy)
      expect(found.interval![1]).toBeGreaterThanOrEqual(found.accuracy)
    }
  })
})

test('anchors are words that occur in each other’s sentences, without marks and numbers', () => {
  const english = ['One dog sleeps .', 'The cat sleeps !', 'A dog and cat', 'Dogs , 3 dogs'].map((text) =>
    text.split(' ')
  )
  const german = ['Der Hund schläft .', 'Die Katze schläft !', 'Ein Hund und Katze', '3 Hunde , Hunde'].map((text) =>
    text.split(' ')
  )
  expect(anchorPairs(english, german)).toEqual([
    { first: 'cat', second: 'katze', dice: 1 },
    { first: 'dog', second: 'hund', dice: 1 },
    { first: 'sleeps', second: 'schläft', dice: 1 }
  ])
})
