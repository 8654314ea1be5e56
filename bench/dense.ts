import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { pickBackend } from '../src/main/engine/backends/pick'
import { loadModel } from '../src/main/engine/models/loadModel'
import type { TokenBatch } from '../src/main/engine/models/transformer/transformer'
import { startPeer } from './lib/peerProcess'
import { writeRandomCheckpoint, type RandomFamily, type RandomShape } from './lib/randomCheckpoint'
import { median, report } from './support'

/**
 * All hidden states of 32 sequences of 64 tokens, nothing to save from padding, through 6 layers 384 wide of several
 * families with random weights; against PyTorch sdpa and, of those that it exports, ONNX Runtime, two threads each
 * (peers/dense_peer.py). The
 * three take turns; best and processor time are what to look at where the machine has other work. What is timed ends
 * when every hidden state lies in the memory of the library that made it; `readBack` has ours as JavaScript's arrays
 * too.
 */
const rounds = Number(process.env['ROUNDS'] ?? 12)
/**
 * Of each. With one thread nobody waits for another, and processor time says how much work there is, however busy the
 * machine.
 */
const threads = Number((process.env['LAYERSCOPE_THREADS'] ??= '2'))
/** Passes of one in a row before the next has its turn. */
const times = 3
const sequences = 32
const tokens = 64
const usual = { layers: 6, width: 384, heads: 12, mlpWidth: 1536, vocabulary: 30_522, maxTokens: 512 }
// Llama's MLP has three matrices: 1,024 wide it has as many weights as the others' two of 1,536.
const shapes: [string, RandomFamily, RandomShape][] = [
  ['bert', 'bert', usual],
  ['gpt2', 'gpt2', usual],
  ['llama', 'llama', { ...usual, mlpWidth: 1024 }],
  ['llama, 4 key-value heads', 'llama', { ...usual, mlpWidth: 1024, keyValueHeads: 4 }],
  ['mamba', 'mamba', usual],
  // Of eight experts a token goes through two.
  ['mixtral', 'mixtral', { ...usual, mlpWidth: 1024, keyValueHeads: 4 }]
]
/** Families that are compared with transformers alone, on its own path for processors. */
const torchOnly: ReadonlySet<RandomFamily> = new Set(['mamba', 'mixtral'])

interface Times {
  wall: number[]
  processor: number[]
}

interface Loaded {
  torch: string
  onnxruntime?: string
  onnx_error?: string
  checksums: Record<string, number>
}

const only = process.env['ONLY']
const backend = await pickBackend()
const peer = startPeer('dense_peer.py')
for (const [name, family, shape] of shapes) {
  if (only && name !== only) continue
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-dense-'))
  writeRandomCheckpoint(folder, family, shape)
  const theirs = await peer?.ask<Loaded>({ folder, sequences, tokens, threads, onnx: !torchOnly.has(family) })
  const model = await loadModel(folder)
  rmSync(folder, { recursive: true })
  const ids = Int32Array.from({ length: sequences * tokens }, (_, i) => (i * 7 + 13) % shape.vocabulary)
  const input: TokenBatch = { lengths: new Array<number>(sequences).fill(tokens), ids, mask: null, segments: null }
  const run = (): tf.Tensor2D[] => model.run(input, { hiddenStates: true, attentions: false }).hiddenStates

  const measured: Record<string, Times> = {}
  const add = (who: string, { wall, processor }: Times): void => {
    const all = (measured[who] ??= { wall: [], processor: [] })
    all.wall.push(...wall)
    all.processor.push(...processor)
  }
  const time = (work: () => void): Times => {
    const found: Times = { wall: [], processor: [] }
    for (let i = 0; i < times; i++) {
      const start = performance.now()
      const before = process.cpuUsage()
      work()
      const used = process.cpuUsage(before)
      found.wall.push(performance.now() - start)
      found.processor.push((used.user + used.system) / 1000)
    }
    return found
  }

  const states = run()
  const last = states.at(-1)!.dataSync<'float32'>()
  const checksum = last.reduce((sum, value) => sum + Math.abs(value), 0) / last.length
  tf.dispose(states)
  for (const [peerName, value] of Object.entries(theirs?.checksums ?? {}))
    if (Math.abs(value - checksum) > 1e-4 * checksum)
      throw new Error(`${name}: ${peerName} computed something else: ${value} where ours is ${checksum}.`)

  for (let round = 0; round < rounds; round++) {
    add(
      'layerscope',
      time(() => tf.dispose(run()))
    )
    add(
      'readBack',
      time(() => {
        for (const tensor of run()) {
          tensor.dataSync()
          tensor.dispose()
        }
      })
    )
    for (const who of Object.keys(theirs?.checksums ?? {})) add(who, await peer!.ask<Times>({ run: who, times }))
  }
  model.dispose()
  const figures = Object.fromEntries(
    Object.entries(measured).map(([who, { wall, processor }]) => [
      who,
      {
        median: median(wall),
        best: Math.min(...wall),
        processor: median(processor),
        leastProcessor: Math.min(...processor)
      }
    ])
  )
  const against = (who: string): object | null =>
    figures[who]
      ? Object.fromEntries(
          (['median', 'best', 'processor', 'leastProcessor'] as const).map((key) => [
            key,
            figures[who]![key] / figures['layerscope']![key]
          ])
        )
      : null
  report(`dense ${name}`, {
    backend: backend.title,
    threads,
    milliseconds: figures,
    ratioTorch: against('torch'),
    ratioOnnx: against('onnx'),
    wanted: torchOnly.has(family) ? '1 times PyTorch' : '1.5 times PyTorch, 1 times ONNX Runtime',
    peers: theirs
      ? {
          torch: theirs.torch,
          ...(theirs.onnxruntime ? { onnxruntime: theirs.onnxruntime } : {}),
          ...(theirs.onnx_error ? { onnx: theirs.onnx_error } : {})
        }
      : null
  })
}
peer?.end()
