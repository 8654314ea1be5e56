import * as tf from '@tensorflow/tfjs-core'
import type { GraphicsAdapter } from '@shared/backend'
import { UserError } from '@shared/userError'
import { forwardOperations } from '../forwardOperations'

/** Of the largest value; what single precision loses in these short sums is a hundredth of it. */
const tolerance = 1e-4

/**
 * Computes each operation of a forward pass on the card and on the processor: drivers of graphics cards have faults of
 * their own, which would otherwise be found in a figure.
 * @throws UserError that names the operations that differ
 */
export async function checkOperations(
  card: Pick<GraphicsAdapter, 'name'>,
  names = { card: 'webgpu', processor: 'cpu' }
) {
  const expected = await valuesOn(names.processor)
  const computed = await valuesOn(names.card)
  const wrong = Object.entries(computed).flatMap(([operation, values]) => {
    const difference = values instanceof Error ? values.message : differenceOf(values, expected[operation]!)
    return difference === null ? [] : [`${operation} (${difference})`]
  })
  if (wrong.length > 0)
    throw new UserError(
      `WebGPU on ${card.name} does not compute what the processor computes, so it is not used: ${wrong.join(', ')}.`
    )
}

type Values = Float32Array | Error

async function valuesOn(backend: string): Promise<Record<string, Values>> {
  await tf.setBackend(backend)
  return Object.fromEntries(
    Object.entries(forwardOperations).map(([name, run]): [string, Values] => {
      try {
        return [name, tf.tidy(() => run().dataSync<'float32'>())]
      } catch (error) {
        return [name, error as Error]
      }
    })
  )
}

/** How far values are off, in words; null where they agree. */
function differenceOf(values: Float32Array, expected: Values): string | null {
  if (expected instanceof Error) throw expected
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  const off = values.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i]!)), 0)
  if (values.length === expected.length && off <= tolerance * largest && !values.some(Number.isNaN)) return null
  return values.some(Number.isNaN) ? 'not a number' : `off by ${off.toPrecision(2)}`
}
