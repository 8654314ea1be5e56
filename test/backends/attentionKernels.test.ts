import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { describeKernels, expectClose, tensor, vector } from './kernelFixture'
import * as reference from './reference'

describeKernels((fixture) => {
  test.each([
    { lengths: [1], heads: 1, depth: 1 },
    { lengths: [5], heads: 3, depth: 7 },
    { lengths: [64, 64], heads: 12, depth: 32 },
    { lengths: [33, 33, 33], heads: 2, depth: 64 },
    { lengths: [1, 9, 32, 70, 3], heads: 4, depth: 32 },
    { lengths: [17, 2, 65], heads: 2, depth: 33 }
  ])('attention: sequences of $lengths tokens, $heads heads of $depth', ({ lengths, heads, depth }) => {
    const rows = lengths.reduce((sum, length) => sum + length, 0)
    const qkv = fixture.draw(rows, 3 * heads * depth, 2)
    const scale = 1 / Math.sqrt(depth)
    const theirs = reference.attention(qkv, lengths, heads, scale)
    const longest = Math.max(...lengths)
    tf.tidy(() => {
      const input = { qkv: tensor(qkv), batch: lengths.length, tokens: longest, lengths, heads, scale, bias: null }
      const { result, pattern } = fixture.kernels.attention({ ...input, wantPattern: true })
      expectClose(result, theirs.result.data)
      expect(pattern!.shape).toEqual([lengths.length, heads, longest, longest])
      expectClose(pattern!, theirs.pattern)
      const without = fixture.kernels.attention({ ...input, wantPattern: false })
      expect(without.pattern).toBeNull()
      expectClose(without.result, theirs.result.data)
    })
  })

  test.each([
    { name: 'a mask by key', shape: [2, 1, 1, 10] },
    { name: 'a bias by head and distance', shape: [1, 3, 10, 10] },
    { name: 'one number for all', shape: [1, 1, 1, 1] }
  ])('attention with $name', ({ shape }) => {
    const [batch, tokens, heads, depth] = [2, 10, 3, 8]
    const qkv = fixture.draw(batch * tokens, 3 * heads * depth, 2)
    const size = shape.reduce((product, extent) => product * extent, 1)
    const values = Float32Array.from({ length: size }, (_value, i) =>
      shape[0] === 2 && i % 10 > 6 ? -1e9 : Math.fround(fixture.random())
    )
    const at = (...index: number[]): number =>
      values[index.reduce((offset, i, axis) => offset * shape[axis]! + (shape[axis] === 1 ? 0 : i), 0)]!
    const theirs = reference.attention(qkv, [tokens, tokens], heads, 0.4, at)
    tf.tidy(() => {
      const bias = tf.tensor4d(values, shape as [number, number, number, number])
      const { result, pattern } = fixture.kernels.attention({
        qkv: tensor(qkv),
        batch,
        tokens,
        heads,
        scale: 0.4,
        bias,
        wantPattern: true
      })
      expectClose(result, theirs.result.data)
      expectClose(pattern!, theirs.pattern)
    })
  })

  test.each([
    { lengths: [5], heads: 2, width: 14 },
    { lengths: [40, 40, 40, 40, 40, 40, 40], heads: 3, width: 96 },
    { lengths: [70, 1, 3, 9, 30, 12, 2, 64, 33, 50], heads: 2, width: 66 }
  ])('attention sublayer in one: sequences of $lengths tokens, $width wide', ({ lengths, heads, width }) => {
    const rows = lengths.reduce((sum, length) => sum + length, 0)
    const x = fixture.draw(rows, width)
    const [qkv, out] = [fixture.draw(width, 3 * width, 0.5), fixture.draw(width, width, 0.5)]
    const [qkvBias, outBias, gamma, beta] = [
      fixture.draw(1, 3 * width),
      fixture.draw(1, width),
      fixture.draw(1, width),
      fixture.draw(1, width)
    ]
    const scale = 1 / Math.sqrt(width / heads)
    const mixed = reference.attention(reference.dense(x, qkv, qkvBias, 'none'), lengths, heads, scale)
    const theirs = reference.layerNorm(
      reference.add(reference.dense(mixed.result, out, outBias, 'none'), x),
      gamma,
      beta,
      1e-12
    )
    tf.tidy(() => {
      const layer = {
        qkv: { weight: tensor(qkv), bias: vector(qkvBias) },
        out: { weight: tensor(out), bias: vector(outBias) }
      }
      const sumNorm = { gamma: vector(gamma), beta: vector(beta), kind: 'layer', epsilon: 1e-12 } as const
      const input = {
        x: tensor(x),
        ...layer,
        inputNorm: null,
        angles: null,
        sumNorm,
        batch: lengths.length,
        tokens: Math.max(...lengths),
        lengths,
        heads,
        scale,
        bias: null
      }
      const kept = fixture.kernels.attentionSublayer({ ...input, wantPattern: true })
      // Scores reach 20 here, so that their rounding of 2e-6 passes the exponential tenfold.
      expectClose(kept.result, theirs.data, 2e-5)
      expectClose(kept.pattern!, mixed.pattern, 2e-5)
      const bare = fixture.kernels.attentionSublayer({ ...input, wantPattern: false })
      expect(bare.pattern).toBeNull()
      expectClose(bare.result, theirs.data, 2e-5)
    })
  })

  test.each([
    [70, 3, 8, 4],
    [5, 2, 33, 10],
    [60, 4, 64, 32]
  ])('rotary positions: %i rows, %i heads of %i, %i angles', (rows, heads, depth, half) => {
    const x = fixture.draw(rows, (heads + 1) * depth)
    const angles = fixture.draw(rows, half, 3)
    tf.tidy(() => {
      const of = (f: (x: number) => number): tf.Tensor2D => tf.tensor2d(Float32Array.from(angles.data, f), [rows, half])
      const ours = fixture.kernels.rotate(tensor(x), heads, depth, { cos: of(Math.cos), sin: of(Math.sin) })
      expectClose(ours, reference.rotate(x, heads, depth, angles).data)
    })
  })

  test.each([
    { name: 'causal', lengths: [70, 3, 33], heads: 4, keyValueHeads: 4, causal: true, window: null, scoreCap: null },
    {
      name: 'causal in a window, shared keys and values',
      lengths: [90],
      heads: 6,
      keyValueHeads: 2,
      causal: true,
      window: 17,
      scoreCap: null
    },
    {
      name: 'a window to both sides',
      lengths: [90, 90],
      heads: 2,
      keyValueHeads: 2,
      causal: false,
      window: 20,
      scoreCap: null
    },
    {
      name: 'capped scores, one key for all',
      lengths: [20, 41],
      heads: 3,
      keyValueHeads: 1,
      causal: true,
      window: null,
      scoreCap: 2
    }
  ])('attention: $name', ({ lengths, heads, keyValueHeads, causal, window, scoreCap }) => {
    const depth = 24
    const rows = lengths.reduce((sum, length) => sum + length, 0)
    const qkv = fixture.draw(rows, (heads + 2 * keyValueHeads) * depth, 2)
    const tokens = Math.max(...lengths)
    const far = (q: number, k: number): number =>
      (causal && k > q) || Math.abs(q - k) >= (window ?? Infinity) ? -1e9 : 0
    const theirs = reference.attention(
      reference.everyHead(qkv, heads, keyValueHeads),
      lengths,
      heads,
      0.2,
      (_s, _h, q, k) => far(q, k),
      scoreCap ?? Infinity
    )
    tf.tidy(() => {
      const input = {
        qkv: tensor(qkv),
        batch: lengths.length,
        tokens,
        lengths,
        heads,
        keyValueHeads,
        scale: 0.2,
        causal,
        window,
        scoreCap,
        bias: null
      }
      const { result, pattern } = fixture.kernels.attention({ ...input, wantPattern: true })
      expectClose(result, theirs.result.data)
      expectClose(pattern!, theirs.pattern)
      expectClose(fixture.kernels.attention({ ...input, wantPattern: false }).result, theirs.result.data)
    })
  })

  test.each([{ lengths: [30, 7] }, { lengths: [70, 1, 3, 9, 30, 12, 2, 64, 33, 50] }])(
    'attention sublayer on normed input, turned, with shared keys: $lengths tokens',
    ({ lengths }) => {
      const [heads, keyValueHeads, depth, width, half] = [4, 2, 10, 36, 5]
      const rows = lengths.reduce((sum, length) => sum + length, 0)
      const x = fixture.draw(rows, width)
      const [qkv, out] = [
        fixture.draw(width, (heads + 2 * keyValueHeads) * depth, 0.5),
        fixture.draw(heads * depth, width, 0.5)
      ]
      const [gamma, angles] = [fixture.draw(1, width), fixture.draw(rows, half, 3)]
      const projected = reference.rotate(
        reference.multiply(reference.rmsNorm(x, gamma, 1e-5), qkv),
        heads + keyValueHeads,
        depth,
        angles
      )
      const future = (_s: number, _h: number, q: number, k: number): number => (k > q ? -1e9 : 0)
      const mixed = reference.attention(
        reference.everyHead(projected, heads, keyValueHeads),
        lengths,
        heads,
        0.3,
        future
      )
      const theirs = reference.add(reference.multiply(mixed.result, out), x)
      tf.tidy(() => {
        const of = (f: (x: number) => number): tf.Tensor2D =>
          tf.tensor2d(Float32Array.from(angles.data, f), [rows, half])
        const { result, pattern } = fixture.kernels.attentionSublayer({
          x: tensor(x),
          inputNorm: { gamma: vector(gamma), beta: vector(gamma), kind: 'rms', epsilon: 1e-5 },
          qkv: { weight: tensor(qkv), bias: null },
          angles: { cos: of(Math.cos), sin: of(Math.sin) },
          out: { weight: tensor(out), bias: null },
          sumNorm: null,
          batch: lengths.length,
          tokens: Math.max(...lengths),
          lengths,
          heads,
          keyValueHeads,
          scale: 0.3,
          causal: true,
          bias: null,
          wantPattern: true
        })
        // As above: scores of this size pass their rounding on.
        expectClose(result, theirs.data, 2e-5)
        expectClose(pattern!, mixed.pattern, 2e-5)
      })
    }
  )

  test.each([true, false])('a long input never holds its map: causal %s', async (causal) => {
    // Plain JavaScript is slow, and its operations hold copies of their own: it is held to the values alone.
    const [tokens, heads, depth] = fixture.backend === 'cpu' ? [600, 3, 4] : [1200, 8, 4]
    const qkv = tensor(fixture.draw(tokens, 3 * heads * depth, 2))
    const bias = tf.tensor4d(Float32Array.from({ length: tokens }, fixture.random), [1, 1, 1, tokens])
    const input = { qkv, batch: 1, tokens, heads, scale: 0.5, causal, bias }
    const whole = fixture.kernels.attention({ ...input, wantPattern: true })
    const before = tf.memory().numBytes
    const run = (): tf.Tensor2D => fixture.kernels.attention({ ...input, wantPattern: false }).result
    const { peakBytes, result } =
      fixture.backend === 'cpu' ? { peakBytes: before, result: run() } : await tf.profile(run)
    const ours = result as tf.Tensor2D
    expect(peakBytes - before).toBeLessThan(whole.pattern!.size * 4)
    expectClose(ours, Float64Array.from(whole.result.dataSync()))
    tf.dispose([qkv, bias, whole.result, whole.pattern!, ours])
  })

  test('attention survives scores that would overflow', () => {
    const qkv = fixture.draw(6, 3 * 16, 60)
    const theirs = reference.attention(qkv, [6], 2, 1)
    tf.tidy(() => {
      const { pattern } = fixture.kernels.attention({
        qkv: tensor(qkv),
        batch: 1,
        tokens: 6,
        heads: 2,
        scale: 1,
        bias: null,
        wantPattern: true
      })
      // Scores in the thousands carry 1e-4 of rounding, and the exponential passes it on.
      expectClose(pattern!, theirs.pattern, 2e-3)
    })
  })
})
