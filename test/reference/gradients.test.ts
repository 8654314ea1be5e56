import { existsSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { BackendName } from '@shared/backend'
import { activeKernels } from '../../src/main/engine/backends/activeKernels'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { casesIn } from '../../src/main/engine/models/parity'
import { parityCases } from '../../src/main/engine/models/parityCases'
import { compareGradients, hasGradients, modelOfGradients } from '../../src/main/engine/training/gradientParity'
import type { Differentiated } from '../../src/main/engine/training/trainableTransformer'

/**
 * The gradient of a loss with respect to every parameter and hidden state against PyTorch's, computed in float64. The
 * tolerance is that of gradientParity.ts; typical is below a tenth of it.
 */
const committed = casesIn('test/fixtures/gradients', hasGradients, '')
const shared = '../shared/parity-gradients'
const more = existsSync(shared)
  ? casesIn(shared, hasGradients, '').filter(({ name }) => !committed.some((known) => known.name === name))
  : []
if (!more.length) console.warn(`The gradients of ${shared} were not checked: the folder is not there.`)

describe.each<[BackendName, Differentiated]>([
  ['tensorflow', 'kernels'],
  ['tensorflow', 'operations'],
  ['wasm', 'operations'],
  ['cpu', 'operations']
])('on %s, of %s', (backend, differentiated) => {
  let available = true
  beforeAll(async () => {
    const report = await pickBackend({ prefer: backend })
    available = report.name === backend
    // Keeps one small tensor from then on.
    activeKernels()
    if (!available) console.warn(`Gradients on ${backend} were not checked: ${report.tried[0]?.reason}`)
  })

  test.each([...committed, ...more])('$name', async ({ folder }) => {
    if (!available) return
    const before = tf.memory().numTensors
    const result = await compareGradients(folder, modelOfGradients(folder, undefined), differentiated)
    expect(result, `farthest off: ${result.worst}`).toMatchObject({ ok: true })
    expect(result.compared).toBeGreaterThan(20)
    expect(tf.memory().numTensors).toBe(before)
  })
})

test('at least the families with references for hidden states of the first set have their gradients checked', () => {
  if (!more.length || !existsSync('../shared/parity')) return
  const checked = [...committed, ...more].map(({ name }) => name)
  expect(parityCases('../shared/parity').filter(({ name }) => !checked.includes(name))).toEqual([])
})
