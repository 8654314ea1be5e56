import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { fillNormal, seededRandom } from '@shared/random'
import { activeKernels } from '../../src/main/engine/backends/activeKernels'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { openWeights } from '../../src/main/engine/checkpoints/weightsFile'
import type { Checkpoint } from '../../src/main/engine/checkpoints/checkpoint'
import { ConfigReader } from '../../src/main/engine/models/transformer/configReader'
import { familyOf } from '../../src/main/engine/models/transformer/families'
import { loadModel } from '../../src/main/engine/models/loadModel'
import { parityCases } from '../../src/main/engine/models/parityCases'
import { untrainedValues } from '../../src/main/engine/models/transformer/untrained'
import { WeightReader } from '../../src/main/engine/models/transformer/weightReader'
import { loadWeights } from '../../src/main/engine/models/transformer/weights'
import * as tf from '@tensorflow/tfjs-core'

/**
 * Untrained twins of every family: finite, repeatable, another for every seed; and drawn as PyTorch's reference
 * implementation draws them (test/fixtures/untrained/make_deviations.py).
 */
const committed = 'test/fixtures/parity'
const shared = '../shared/parity'
const deviations = JSON.parse(readFileSync('test/fixtures/untrained/deviations.json', 'utf8')) as Record<
  string,
  Record<string, number>
>

/** Of the further families those that keep something, or draw it in another way. */
const further = '../shared/parity-more'
const unlike = /^(apertus|bitnet|deberta|esm|longformer|m2m_100|nemotron|olmo|pegasus|roformer|umt5|xglm)$/
const cases = [...parityCases(committed), ...(existsSync(shared) ? parityCases(shared) : [])]
  .concat(existsSync(further) ? parityCases(further).filter(({ name }) => unlike.test(name)) : [])
  .filter(({ folder }) => existsSync(join(folder, 'config.json')))
  .filter(({ name }, i, all) => all.findIndex((other) => other.name === name) === i)
if (!existsSync(shared)) console.warn(`The families of ${shared} were not checked: the folder is not there.`)

beforeAll(async () => {
  await pickBackend()
})

/** Every hidden state of a short input, one after the other. */
async function statesOf(folder: string, seed: number | null): Promise<number[]> {
  const model = await loadModel(folder, false, seed)
  const ids = Int32Array.from({ length: 6 }, (_, i) => 5 + i)
  const { hiddenStates, projected } = model.run(
    { lengths: [6], ids, mask: null, segments: null },
    { hiddenStates: true, attentions: false }
  )
  projected?.dispose()
  const values = hiddenStates.flatMap((tensor) => {
    const layer = [...tensor.dataSync()]
    tensor.dispose()
    return layer
  })
  expect(values.length).toBe((model.shape.layers + 1) * 6 * model.shape.width)
  model.dispose()
  return values
}

describe.each(cases)('$name', ({ name, folder }) => {
  test('opens untrained: finite, the same again, another for another seed', async () => {
    const first = await statesOf(folder, 1)
    expect(first.every(Number.isFinite)).toBe(true)
    expect(await statesOf(folder, 1)).toEqual(first)
    expect(await statesOf(folder, 2)).not.toEqual(first)
    expect(await statesOf(folder, null)).not.toEqual(first)
  })

  const theirs = deviations[name]
  // Unusual options of a family are drawn like the family.
  if (!theirs) return
  test('is drawn as the reference implementation draws it', () => {
    const json = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>
    const family = familyOf(json['model_type'])
    const reader = new ConfigReader(json)
    const config = family.config(reader)
    const checkpoint = openWeights(folder, folder)
    const kept = (family.untrained?.(reader) ?? []).filter((rule) => rule.draw === 'stored')
    const squares = new Map<string, { sum: number; count: number }>()
    for (let seed = 0; seed < 3; seed++) {
      const draw = untrainedValues(checkpoint, family, reader, config, seed)
      const source = new WeightReader(checkpoint, family.title, activeKernels(), (tensor, role) => {
        const values = draw(tensor, role)
        const known = squares.get(tensor.name) ?? { sum: 0, count: 0 }
        squares.set(tensor.name, {
          sum: values.reduce((sum, value) => sum + value * value, known.sum),
          count: known.count + values.length
        })
        return values
      })
      const { weights } = loadWeights(source, family, config, true)
      tf.dispose(weights as unknown as tf.TensorContainer)
    }
    checkpoint.close()
    let compared = 0
    for (const [tensor, { sum, count }] of squares) {
      const their = theirs[tensor]
      // Sinusoids are kept as the checkpoint has them, and these checkpoints have random numbers in their place.
      if (their === undefined || kept.some(({ tensors }) => tensors.test(tensor))) continue
      compared++
      const ours = Math.sqrt(sum / count)
      // Of n deviates the root mean square errs by 1 / sqrt(2 n) of itself; ours and theirs, five times that.
      const tolerance = their * 5 * Math.sqrt(2 / (2 * count)) + 1e-4 * their + 1e-12
      expect(Math.abs(ours - their), `${tensor}: ours ${ours}, theirs ${their}`).toBeLessThanOrEqual(tolerance)
    }
    expect(compared).toBeGreaterThan(config.distinctBlocks * 4)
  })
})

test('a twin has an identity of its own for every seed, and says what it is', async () => {
  const folder = 'test/fixtures/parity/bert'
  const infos = []
  for (const seed of [null, 1, 2, 1]) {
    const model = await loadModel(folder, true, seed)
    infos.push(model.info)
    model.dispose()
  }
  expect(new Set(infos.map(({ id }) => id)).size).toBe(3)
  expect(infos[1]!.id).toBe(infos[3]!.id)
  expect(infos[1]).toMatchObject({
    name: 'bert (untrained, seed 1)',
    untrained: 1,
    bundled: false,
    kind: 'transformer',
    path: infos[0]!.path
  })
  expect(infos[0]).toMatchObject({ untrained: null, bundled: true })
})

test('no trained value is read for a twin', () => {
  const folder = 'test/fixtures/parity/gpt2'
  const json = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>
  const family = familyOf('gpt2')
  const reader = new ConfigReader(json)
  const checkpoint = openWeights(folder, folder)
  const shapesAlone: Checkpoint = {
    ...checkpoint,
    read: (name) => {
      throw new Error(`'${name}' was read.`)
    }
  }
  const config = family.config(reader)
  const values = untrainedValues(shapesAlone, family, reader, config, 3)
  const source = new WeightReader(shapesAlone, family.title, activeKernels(), values)
  const { weights } = loadWeights(source, family, config, true)
  tf.dispose(weights as unknown as tf.TensorContainer)
  checkpoint.close()
})

test('normal deviates: mean, deviation, tails and cutoff', () => {
  const values = new Float32Array(200_001)
  fillNormal(values, 2, seededRandom(9))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  expect(Math.abs(mean)).toBeLessThan(0.02)
  expect(deviation).toBeCloseTo(2, 1)
  // Of a normal, 4.55 % lie beyond two deviations.
  expect(values.filter((value) => Math.abs(value) > 4).length / values.length).toBeCloseTo(0.0455, 2)
  fillNormal(values, 2, seededRandom(9), 1.5)
  expect(values.every((value) => Math.abs(value) <= 3)).toBe(true)
})
