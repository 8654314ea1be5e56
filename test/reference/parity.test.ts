import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BackendName } from '@shared/backend'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { openSafetensors } from '../../src/main/engine/checkpoints/safetensors'
import { loadModel, type LoadedModel } from '../../src/main/engine/models/loadModel'

/**
 * Ours against PyTorch's (transformers, eager attention): every hidden state and attention map of committed references, written by
 * tools/make_parity_fixtures.py of the reference set. 1e-4 is the tolerance the field uses for float32; typical is below 1e-5.
 */
const tolerance = 1e-4

const cases = [
  { name: 'bert (random, 3 layers, padded, segments)', model: 'test/fixtures/parity/bert', reference: 'test/fixtures/parity/bert' },
  { name: 'all-MiniLM-L6-v2 (real weights, six sentences)', model: 'resources/models/all-MiniLM-L6-v2', reference: 'test/fixtures/parity/all-MiniLM-L6-v2' }
]

interface Inputs {
  input_ids: number[][]
  attention_mask: number[][]
  token_type_ids?: number[][]
}

describe.each<BackendName>(['tensorflow', 'wasm', 'cpu'])('on %s', (backend) => {
  let available = true
  beforeAll(async () => {
    const report = await pickBackend({ prefer: backend })
    available = report.name === backend
    if (!available) console.warn(`Parity on ${backend} was not checked: ${report.tried[0]?.reason}`)
  })

  describe.each(cases)('$name', ({ model: folder, reference }) => {
    let model: LoadedModel
    beforeAll(async () => {
      if (available) model = await loadModel(folder)
    })
    afterAll(() => (available ? model.dispose() : undefined))

    test('hidden states and attention maps equal PyTorch', (context) => {
      if (!available) return context.skip(`${backend} is not available on this machine`)
      const inputs = JSON.parse(readFileSync(join(reference, 'inputs.json'), 'utf8')) as Inputs
      const batch = inputs.input_ids.length
      const tokens = inputs.input_ids[0]!.length
      const ours = model.run(
        {
          lengths: new Array<number>(batch).fill(tokens),
          ids: Int32Array.from(inputs.input_ids.flat()),
          mask: Uint8Array.from(inputs.attention_mask.flat()),
          segments: inputs.token_type_ids ? Int32Array.from(inputs.token_type_ids.flat()) : null
        },
        { hiddenStates: true, attentions: true }
      )
      const theirs = openSafetensors(join(reference, 'expected.safetensors'))
      expect(ours.hiddenStates).toHaveLength(model.config.layers + 1)
      ours.hiddenStates.forEach((tensor, i) => {
        expect(largestDifference(tensor, theirs.read(`hidden_states.${i}`)), `hidden_states.${i}`).toBeLessThan(tolerance)
      })
      ours.attentions.forEach((tensor, i) => {
        expect(largestDifference(tensor!, theirs.read(`attentions.${i}`)), `attentions.${i}`).toBeLessThan(tolerance)
      })
      theirs.close()
      tf.dispose([ours.hiddenStates, ours.attentions as tf.Tensor[]])
    })

    test('sequences without padding give what they give with it', (context) => {
      if (!available) return context.skip(`${backend} is not available on this machine`)
      const padded = model.run(
        { lengths: [4, 4], ids: Int32Array.from([1, 5, 6, 2, 1, 7, 2, 0]), mask: Uint8Array.from([1, 1, 1, 1, 1, 1, 1, 0]), segments: null },
        { hiddenStates: true, attentions: false }
      )
      const joined = model.run({ lengths: [4, 3], ids: Int32Array.from([1, 5, 6, 2, 1, 7, 2]), mask: null, segments: null }, { hiddenStates: true, attentions: false })
      joined.hiddenStates.forEach((tensor, i) => {
        const first = (padded.hiddenStates[i]!.dataSync() as Float32Array).subarray(0, tensor.size)
        expect(largestDifference(tensor, first), `hidden_states.${i}`).toBeLessThan(1e-5)
      })
      tf.dispose([padded.hiddenStates, joined.hiddenStates])
    })

    test('frees everything it does not return', (context) => {
      if (!available) return context.skip(`${backend} is not available on this machine`)
      const before = tf.memory().numTensors
      const input = { lengths: [4, 3], ids: Int32Array.from([1, 5, 6, 2, 1, 7, 2]), mask: null, segments: null }
      const all = model.run(input, { hiddenStates: true, attentions: true })
      tf.dispose([all.hiddenStates, all.attentions as tf.Tensor[]])
      const one = model.run(input, { hiddenStates: false, attentions: new Set([1]) })
      expect(one.hiddenStates).toHaveLength(0)
      expect(one.attentions.map((map) => map !== null)).toEqual(Array.from({ length: model.config.layers }, (_, i) => i === 1))
      tf.dispose(one.attentions.filter((map) => map !== null))
      expect(tf.memory().numTensors).toBe(before)
    })
  })
})

function largestDifference(tensor: tf.Tensor, theirs: Float32Array): number {
  const ours = tensor.dataSync() as Float32Array
  expect(ours.length).toBe(theirs.length)
  let largest = 0
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i]! - theirs[i]!)
    // NaN compares false with everything; it must count as the largest difference there is.
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference
  }
  return largest
}

test('the reference files are there', () => {
  for (const { reference } of cases) expect(existsSync(join(reference, 'expected.safetensors'))).toBe(true)
})
