import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BackendName } from '@shared/backend'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { families } from '../../src/main/engine/models/transformer/families'
import { loadModel } from '../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../src/main/engine/models/model'
import { compareWithReference } from '../../src/main/engine/models/parity'
import { parityCases } from '../../src/main/engine/models/parityCases'
import type { ForwardResult, Wanted } from '../../src/main/engine/models/transformer/transformer'

/**
 * Ours against PyTorch's (transformers, eager attention): every hidden state, attention map and logit. Committed are
 * a few families as the reference set has them, unusual options (make_variants.py beside them) and a model with real
 * weights; the whole set is read from ../shared/parity when it is there. The tolerance, 1e-4, is parityTolerance;
 * typical is below 1e-5.
 */
const committed = 'test/fixtures/parity'
const shared = ['../shared/parity', '../shared/parity-more']

interface Case {
  name: string
  model: string
  reference: string
}

const cases: Case[] = parityCases(committed).map(({ name, folder }) => ({
  name,
  reference: folder,
  model: existsSync(join(folder, 'config.json')) ? folder : join('resources/models', name)
}))
const implemented = new Set(families.map(({ type }) => type))
const more: Case[] = shared
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => parityCases(folder))
  .filter(({ name, folder }) => !cases.some((known) => known.name === name) && implemented.has(modelType(folder)))
  .map(({ name, folder }) => ({ name, reference: folder, model: folder }))
if (!more.length) console.warn(`The families of ${shared.join(' and ')} were not checked: the folders are not there.`)

const everything: Wanted = { hiddenStates: true, attentions: true }

describe.each<[BackendName, Case[]]>([
  ['tensorflow', [...cases, ...more]],
  ['wasm', [...cases, ...more]],
  ['cpu', cases]
])('on %s', (backend, chosen) => {
  let available = true
  beforeAll(async () => {
    const report = await pickBackend({ prefer: backend })
    available = report.name === backend
    if (!available) console.warn(`Parity on ${backend} was not checked: ${report.tried[0]?.reason}`)
  })

  describe.each(chosen)('$name', ({ model: folder, reference }) => {
    let model: LoadedModel
    beforeAll(async () => {
      if (available) model = await loadModel(folder)
    })
    afterAll(() => (available ? model.dispose() : undefined))

    test('hidden states, attention maps and logits equal PyTorch', (context) => {
      if (!available) return context.skip(`${backend} is not available on this machine`)
      expect(compareWithReference(model, reference)).toMatchObject({ ok: true })
    })

    test('sequences of different lengths give what each gives alone', (context) => {
      if (!available) return context.skip(`${backend} is not available on this machine`)
      const sentences = [[7, 5, 6, 9, 11, 12, 13], [8, 7, 9], [30]]
      const wanted = { ...everything, logits: model.hasHead }
      const joined = model.run(batchOf(sentences), wanted)
      let row = 0
      for (const [s, sentence] of sentences.entries()) {
        const alone = model.run(batchOf([sentence]), wanted)
        const tokens = sentence.length
        alone.hiddenStates.forEach((state, i) => {
          const mine = joined.hiddenStates[i]!.slice([row, 0], [tokens, state.shape[1]])
          expect(largestDifference(mine, state), `hidden_states.${i}`).toBeLessThan(1e-5)
          mine.dispose()
        })
        alone.attentions.forEach((map, i) => {
          // A block without attention has no map.
          if (!map) return expect(joined.attentions[i]).toBeNull()
          const whole = joined.attentions[i]!
          const mine = tf.tidy(() => whole.slice([s, 0, 0, 0], [1, -1, -1, -1]))
          const padded = tf.tidy(() =>
            map.pad([
              [0, 0],
              [0, 0],
              [0, 7 - tokens],
              [0, 7 - tokens]
            ])
          )
          expect(largestDifference(mine, padded), `attentions.${i}`).toBeLessThan(1e-5)
          tf.dispose([mine, padded])
        })
        if (alone.logits) {
          const mine = joined.logits!.slice([row, 0], [tokens, alone.logits.shape[1]])
          expect(largestDifference(mine, alone.logits), 'logits').toBeLessThan(1e-4)
          mine.dispose()
        }
        row += tokens
        dispose(alone)
      }
      dispose(joined)
    })

    test('frees everything it does not return', (context) => {
      if (!available) return context.skip(`${backend} is not available on this machine`)
      const input = batchOf([
        [5, 6, 7, 9],
        [8, 7, 9]
      ])
      // The head may be packed when logits are first asked for, and stays.
      dispose(model.run(input, { ...everything, logits: model.hasHead }))
      const before = tf.memory().numTensors
      dispose(model.run(input, { ...everything, logits: model.hasHead }))
      const blocks = attentionBlocks(model)
      const last = blocks.at(-1) ?? 1
      const one = model.run(input, { hiddenStates: false, attentions: new Set([last]) })
      expect(one.hiddenStates).toHaveLength(0)
      expect(one.attentions).toHaveLength(model.shape.layers)
      expect(one.attentions.flatMap((map, i) => (map ? [i] : []))).toEqual(blocks.slice(-1))
      dispose(one)
      const seen: number[] = []
      const taken = model.run(input, {
        hiddenStates: false,
        attentions: true,
        takeAttention: (block, map) => {
          seen.push(block)
          map.dispose()
        }
      })
      expect(seen).toEqual(blocks)
      dispose(taken)
      expect(tf.memory().numTensors).toBe(before)
    })
  })
})

test('the reference set has every family', (context) => {
  if (!more.length) return context.skip(`${shared.join(' and ')} are not there`)
  const checked = new Set([...cases, ...more].map(({ model }) => modelType(model)))
  // Text parts of models that read pictures, whose own checkpoints are in the set.
  const wholes = ['clip', 'siglip', 'gemma3n', 'gemma4']
  expect([...implemented].filter((type) => !checked.has(type) && !wholes.includes(type))).toEqual([])
})

/** Blocks (0-based) that have an attention map. */
function attentionBlocks({ info }: LoadedModel): number[] {
  return info.values.flatMap(({ kind, layer }) => (kind === 'attention' ? [layer - 1] : []))
}

function modelType(folder: string): string {
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>
  return String(config['model_type'])
}

function batchOf(sentences: readonly number[][]) {
  return {
    lengths: sentences.map(({ length }) => length),
    ids: Int32Array.from(sentences.flat()),
    mask: null,
    segments: null
  }
}

function dispose({ hiddenStates, attentions, logits, projected }: ForwardResult): void {
  tf.dispose([hiddenStates, attentions.filter((map) => map !== null)])
  logits?.dispose()
  projected?.dispose()
}

function largestDifference(tensor: tf.Tensor, other: tf.Tensor): number {
  const ours = tensor.dataSync() as Float32Array
  const theirs = other.dataSync() as Float32Array
  expect(ours.length).toBe(theirs.length)
  let largest = 0
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i]! - theirs[i]!)
    // NaN compares false with everything; it must count as the largest difference there is.
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference
  }
  return largest
}
