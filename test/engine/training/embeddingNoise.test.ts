import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { gradientsOf } from '../../../src/main/engine/training/gradients'
import { fixedPart, objectiveLoss, type ObjectiveContext } from '../../../src/main/engine/training/objectives'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'
import { trainingBatch } from '../../../src/main/engine/training/trainingBatch'

interface NoiseCase {
  size: number
  step?: number
  loss: number
  noise: number[]
  norms: Record<string, number>
}
const cases = JSON.parse(readFileSync('test/fixtures/training/losses/noise.json', 'utf8')) as Record<
  'random' | 'adversarial',
  NoiseCase
>
const [width, classes] = [32, 3]
const wave = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed * 0.9))

beforeAll(async () => void (await pickBackend()))

test.each(['kernels', 'operations'] as const)(
  'consistency under noise: loss and gradients of PyTorch, by %s',
  async (differentiated) => {
    const model = await TrainableTransformer.open('test/fixtures/parity/bert', null, differentiated)
    tf.tidy(() => {
      const scaled = (shape: number[], seed: number): tf.Tensor =>
        tf.mul(
          tf.tensor(
            wave(
              shape.reduce((a, b) => a * b),
              seed
            ),
            shape
          ),
          0.3
        )
      model.parameters.add('heads.main.weight', scaled([classes, width], 1))
      model.parameters.add('heads.main.bias', scaled([classes], 2))
    })
    const direction = wave(2 * 5 * width, 3)
    const batch = trainingBatch({
      input_ids: [
        [5, 17, 9, 23, 4],
        [7, 8, 30, 0, 0]
      ],
      attention_mask: [
        [1, 1, 1, 1, 1],
        [1, 1, 1, 0, 0]
      ],
      embedding_noise: [0, 1].map((row) =>
        [0, 1, 2, 3, 4].map((t) => direction.slice((row * 5 + t) * width, (row * 5 + t + 1) * width))
      ),
      labels: {}
    })
    for (const [kind, { size, step = 0, loss, noise, norms }] of Object.entries(cases)) {
      const context: ObjectiveContext = {
        model,
        objectives: {
          main: { kind: 'sentence classification', head: 'linear', hidden_state: 'last', pooling: 'mean', classes },
          same: {
            kind: 'consistency',
            head: 'main',
            noise: kind === 'random' ? { kind: 'random', size } : { kind: 'adversarial', size, step }
          }
        },
        batch,
        teach: null
      }
      const before = tf.memory().numTensors
      const fixed = fixedPart('same', context)!
      const variables = new Map(model.parameters.names.map((name) => [name, model.parameters.get(name)]))
      const { value, gradients } = gradientsOf(() => objectiveLoss('same', context, fixed), variables)
      // The direction is found in single precision here.
      expect(Math.abs(value.dataSync()[0]! / loss - 1), kind).toBeLessThan(2e-4)
      const second = [...fixed.noise!.dataSync()].slice(width, width + noise.length)
      second.forEach((number, i) => expect(number).toBeCloseTo(noise[i]!, 4))
      for (const [name, norm] of Object.entries(norms)) {
        const found = gradients[name] ?? gradients[`bert.${name}`]
        expect(found, name).toBeDefined()
        const ours = tf.tidy(() => tf.norm(found!).dataSync()[0]!)
        expect(Math.abs(ours - norm), `${kind} ${name}`).toBeLessThan(2e-6 + 3e-4 * norm)
      }
      tf.dispose([value, fixed.target, fixed.noise!, ...Object.values(gradients)])
      // Weights that were laid out for the first pass are kept.
      if (kind === 'adversarial') expect(tf.memory().numTensors).toBe(before)
    }
    model.dispose()
  }
)
