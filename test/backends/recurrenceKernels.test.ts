import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { describeKernels, expectClose, tensor, vector } from './kernelFixture'
import { matrix } from './reference'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

describeKernels((fixture) => {
  test.each([
    [[5], 3, 1, false],
    [[7, 1, 2], 21, 4, true],
    [[70, 130], 40, 3, true]
  ] as const)('convolution over sequences of %j tokens, %i channels, %i taps', (lengths, channels, kernel, silu) => {
    const rows = lengths.reduce<number>((sum, length) => sum + length, 0)
    const [x, weight, bias] = [fixture.draw(rows, channels), fixture.draw(kernel, channels), fixture.draw(1, channels)]
    const placeOf = lengths.flatMap((length) => Array.from({ length }, (_, t) => t))
    const theirs = matrix(rows, channels, (row, c) => {
      let sum = bias.data[c]!
      for (let k = Math.max(0, kernel - 1 - placeOf[row]!); k < kernel; k++)
        sum += weight.data[k * channels + c]! * x.data[(row - (kernel - 1 - k)) * channels + c]!
      return silu ? sum * sigmoid(sum) : sum
    })
    tf.tidy(() => {
      const ours = fixture.kernels.convolve({ x: tensor(x), weight: tensor(weight), bias: vector(bias), silu, lengths })
      expectClose(ours, theirs.data)
    })
  })

  test.each([
    // Sequences, channels, heads, groups, numbers of a state; whether each number decays by its own.
    { lengths: [6], channels: 3, heads: 3, groups: 1, state: 4, own: true },
    { lengths: [1, 5, 9], channels: 37, heads: 37, groups: 1, state: 16, own: true },
    { lengths: [4, 8], channels: 32, heads: 4, groups: 2, state: 6, own: false },
    { lengths: [12], channels: 72, heads: 6, groups: 3, state: 5, own: false }
  ])('state space: %j', ({ lengths, channels, heads, groups, state, own }) => {
    const rows = lengths.reduce((sum, length) => sum + length, 0)
    const width = channels / heads
    const decays = own ? state : 1
    const positive = (height: number, across: number): ReturnType<typeof matrix> =>
      matrix(height, across, () => Math.fround(0.1 + Math.abs(fixture.random())))
    const x = fixture.draw(rows, channels)
    const step = positive(rows, heads)
    const decay = matrix(heads, decays, () => Math.fround(-0.1 - 3 * Math.abs(fixture.random())))
    const [input, output] = [fixture.draw(rows, groups * state), fixture.draw(rows, groups * state)]
    const skip = fixture.draw(1, heads)
    const result = new Float64Array(rows * channels)
    const states = new Float64Array(rows * channels * state)
    let row = 0
    for (const length of lengths)
      for (let t = 0; t < length; t++, row++)
        for (let c = 0; c < channels; c++) {
          const head = Math.floor(c / width)
          const group = Math.floor((head * groups) / heads)
          const dt = step.data[row * heads + head]!
          const value = x.data[row * channels + c]!
          let sum = skip.data[head]! * value
          for (let n = 0; n < state; n++) {
            const at = (row * channels + c) * state + n
            const before = t === 0 ? 0 : states[at - channels * state]!
            const a = decay.data[head * decays + (own ? n : 0)]!
            states[at] = Math.exp(dt * a) * before + dt * value * input.data[(row * groups + group) * state + n]!
            sum += states[at] * output.data[(row * groups + group) * state + n]!
          }
          result[row * channels + c] = sum
        }
    tf.tidy(() => {
      const scan = {
        x: tensor(x),
        step: tensor(step),
        decay: tensor(decay),
        input: tensor(input),
        output: tensor(output),
        skip: vector(skip),
        groups,
        lengths
      }
      const ours = fixture.kernels.scan({ ...scan, wantStates: true })
      expectClose(ours.result, result)
      expectClose(ours.states!, states)
      const alone = fixture.kernels.scan({ ...scan, wantStates: false })
      expect(alone.states).toBeNull()
      expectClose(alone.result, result)
    })
  })
})
