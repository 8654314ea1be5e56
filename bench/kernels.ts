/**
 * Time of the forward pass's kernels at MiniLM's shape (6 blocks, 384 wide, 12 heads, MLP 1536) on 32 sequences of 64
 * tokens, for each implementation that is here. Best and median of a number of runs: other programs only ever make a
 * run slower.
 *
 *   npx vite build --config bench/vite.config.ts && node out/bench/kernels.js [runs]
 */
import * as tf from '@tensorflow/tfjs-core'
import { activeKernels } from '../src/main/engine/backends/activeKernels'
import type { Kernels, LinearWeights, NormWeights } from '../src/main/engine/backends/kernels'
import { pickBackend } from '../src/main/engine/backends/pick'
import { portableKernels } from '../src/main/engine/backends/portableKernels'

const layers = 6
const width = 384
const heads = 12
const middle = 1536
const sequences = 32
const tokens = 64
const rows = sequences * tokens

interface Block {
  qkv: LinearWeights
  out: LinearWeights
  up: LinearWeights
  down: LinearWeights
  norm: NormWeights
}

function linear(kernels: Kernels, inputs: number, outputs: number): LinearWeights {
  const weight = tf.randomNormal<tf.Rank.R2>([inputs, outputs], 0, 0.05)
  const packed = kernels.pack(weight)
  weight.dispose()
  return { weight: packed, bias: tf.zeros<tf.Rank.R1>([outputs]) }
}

function block(kernels: Kernels): Block {
  return {
    qkv: linear(kernels, width, 3 * width),
    out: linear(kernels, width, width),
    up: linear(kernels, width, middle),
    down: linear(kernels, middle, width),
    norm: { gamma: tf.ones([width]), beta: tf.zeros([width]) }
  }
}

function forward(kernels: Kernels, blocks: readonly Block[], input: tf.Tensor2D, fused: boolean): tf.Tensor2D[] {
  const states = [input]
  for (const { qkv, out, up, down, norm } of blocks) {
    const x = states.at(-1)!
    states.push(
      tf.tidy(() => {
        const shape = {
          batch: sequences,
          tokens,
          heads,
          scale: 1 / Math.sqrt(width / heads),
          bias: null,
          wantPattern: false
        }
        if (fused) {
          const mixed = kernels.attentionSublayer({
            x,
            inputNorm: null,
            qkv,
            angles: null,
            out,
            sumNorm: { ...norm, kind: 'layer', epsilon: 1e-12 },
            ...shape
          }).result
          return kernels.feedForward({
            x: mixed,
            inputNorm: null,
            gate: null,
            activation: 'gelu',
            up,
            down,
            sumNorm: { ...norm, kind: 'layer', epsilon: 1e-12 }
          })
        }
        const projected = kernels.dense(x, qkv.weight, qkv.bias, 'none')
        const { result } = kernels.attention({ qkv: projected, ...shape })
        const mixed = kernels.addLayerNorm(
          kernels.dense(result, out.weight, out.bias, 'none'),
          x,
          norm.gamma,
          norm.beta,
          1e-12
        )
        const grown = kernels.dense(mixed, up.weight, up.bias, 'gelu')
        return kernels.addLayerNorm(
          kernels.dense(grown, down.weight, down.bias, 'none'),
          mixed,
          norm.gamma,
          norm.beta,
          1e-12
        )
      })
    )
  }
  return states.slice(1)
}

interface Timing {
  best: number
  median: number
  /** Processor time over the number of threads: what it would take if nothing else ran. */
  processor: number
}

function time(runs: number, threads: number, work: () => void): Timing {
  work()
  const wall: number[] = []
  const processor: number[] = []
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    const before = process.cpuUsage()
    work()
    const used = process.cpuUsage(before)
    wall.push(performance.now() - start)
    processor.push((used.user + used.system) / 1000 / threads)
  }
  wall.sort((a, b) => a - b)
  processor.sort((a, b) => a - b)
  return { best: wall[0]!, median: wall[runs >> 1]!, processor: processor[runs >> 1]! }
}

function print(name: string, { best, median, processor }: Timing, operations = 0): void {
  const rate = operations > 0 ? `  ${(operations / best / 1e6).toFixed(0).padStart(4)} GFLOP/s` : ''
  console.log(
    `${name.padEnd(46)} best ${best.toFixed(2).padStart(8)} ms  median ${median.toFixed(2).padStart(8)}  processor ${processor.toFixed(2).padStart(8)}${rate}`
  )
}

async function main(): Promise<void> {
  const runs = Number(process.argv[2] ?? 15)
  const report = await pickBackend()
  console.log(`${report.title}, ${report.threads} threads, ${runs} runs`)
  const implementations: [string, Kernels][] = [['plain ops', portableKernels]]
  if (activeKernels() !== portableKernels) implementations.push(['own kernels', activeKernels()])
  const input = tf.randomNormal<tf.Rank.R2>([rows, width])

  for (const [name, kernels] of implementations) {
    const blocks = Array.from({ length: layers }, () => block(kernels))
    const { qkv, out, up, down, norm } = blocks[0]!
    const timed = (what: string, operations: number, work: () => tf.Tensor): void =>
      print(
        `${name}: ${what}`,
        time(runs, report.threads, () => work().dispose()),
        operations
      )
    const product = (inputs: number, outputs: number): number => 2 * rows * inputs * outputs
    const projected = kernels.dense(input, qkv.weight, qkv.bias, 'none')
    const wide = kernels.dense(input, up.weight, up.bias, 'gelu')
    const attention = { qkv: projected, batch: sequences, tokens, heads, scale: 0.18, bias: null }
    timed('queries, keys, values', product(width, 3 * width), () => kernels.dense(input, qkv.weight, qkv.bias, 'none'))
    timed('attention', 4 * rows * tokens * width, () => kernels.attention({ ...attention, wantPattern: false }).result)
    timed('attention, pattern kept', 4 * rows * tokens * width, () => {
      const { result, pattern } = kernels.attention({ ...attention, wantPattern: true })
      pattern?.dispose()
      return result
    })
    timed('attention output', product(width, width), () => kernels.dense(input, out.weight, out.bias, 'none'))
    timed('the same with sum and normalisation', product(width, width), () =>
      kernels.denseAddLayerNorm(input, out, input, norm, 1e-12)
    )
    timed('sum and normalisation', 0, () => kernels.addLayerNorm(input, input, norm.gamma, norm.beta, 1e-12))
    timed('MLP in, without GELU', product(width, middle), () => kernels.dense(input, up.weight, up.bias, 'none'))
    timed('MLP in, with GELU', product(width, middle), () => kernels.dense(input, up.weight, up.bias, 'gelu'))
    timed('MLP out', product(middle, width), () => kernels.dense(wide, down.weight, down.bias, 'none'))
    timed('MLP sublayer in one', 2 * product(width, middle), () =>
      kernels.feedForward({
        x: input,
        inputNorm: null,
        gate: null,
        activation: 'gelu',
        up,
        down,
        sumNorm: { ...norm, kind: 'layer', epsilon: 1e-12 }
      })
    )
    const shape = { batch: sequences, tokens, heads, scale: 0.18, bias: null, wantPattern: false }
    timed(
      'attention sublayer in one',
      product(width, 4 * width) + 4 * rows * tokens * width,
      () =>
        kernels.attentionSublayer({
          x: input,
          inputNorm: null,
          qkv,
          angles: null,
          out,
          sumNorm: { ...norm, kind: 'layer', epsilon: 1e-12 },
          ...shape
        }).result
    )
    const everyRow = Int32Array.from({ length: rows }, (_row, i) => i)
    const spans = { starts: everyRow, counts: new Int32Array(rows).fill(1), targets: everyRow }
    const target = new Float32Array(rows * width)
    print(
      `${name}: all rows read back`,
      time(runs, report.threads, () => kernels.poolRows(input, spans, target))
    )
    const total = layers * (product(width, 4 * width + 2 * middle) + 4 * rows * tokens * width)
    for (const fused of [false, true]) {
      print(
        `${name}: six blocks${fused ? ', sublayers in one' : ''}`,
        time(runs, report.threads, () => tf.dispose(forward(kernels, blocks, input, fused))),
        total
      )
    }
    tf.dispose([projected, wide])
  }
}

await main()
