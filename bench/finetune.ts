import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs-core'
import { pickBackend } from '../src/main/engine/backends/pick'
import { Dropout } from '../src/main/engine/training/dropout'
import type { Adaptation, Stage } from '../src/main/engine/training/recipe'
import { trainStage, type StepReport } from '../src/main/engine/training/train'
import { TrainableTransformer } from '../src/main/engine/training/trainableTransformer'
import { trainingBatch } from '../src/main/engine/training/trainingBatch'
import { lineProcess, startPeer } from './lib/peerProcess'
import { median, miniLm, report } from './support'

/**
 * Training steps of the bundled 6 x 384 model (16 x 32 and 32 x 64 tokens; forward, backward, AdamW; a classifier of
 * sentences) against PyTorch on two threads, which takes turns with us (peers/finetune_peer.py). Both sides run in
 * processes of their own, so that the most memory is that of this method alone. Without dropout, which draws other
 * numbers on each side, the losses of all steps have to agree; DROPOUT=1 measures with it.
 */
const rounds = Number(process.env['ROUNDS'] ?? 5)
const threads = Number((process.env['LAYERSCOPE_THREADS'] ??= '2'))
const dropout = process.env['DROPOUT'] === '1'
/** Steps of one in a row before the next has its turn. */
const times = 3
const classes = 10
const sizes = [
  [16, 32],
  [32, 64]
] as const
const methods = ['full', 'lower-frozen', 'adapters', 'lora', 'frozen'] as const
type Method = (typeof methods)[number]

interface Settings {
  folder: string
  method: Method
  batch: number
  tokens: number
  threads: number
  dropout: boolean
}

interface Loaded {
  trained: number
  loaded: number
}

interface Steps {
  wall: number[]
  processor: number[]
  losses: number[]
  peak: number
}

const adaptations: Partial<Record<Method, Adaptation>> = {
  adapters: { kind: 'adapters', size: 48, activation: 'gelu', places: ['attention', 'mlp'], reads: 'output' },
  lora: { kind: 'lora', rank: 8, alpha: 16, parts: ['query', 'value'] }
}

/** A parameter that the checkpoint lacks: its first values by their place. */
function add(model: TrainableTransformer, name: string, shape: number[], valueAt: (i: number) => number): void {
  tf.tidy(() => {
    const count = shape.reduce((product, extent) => product * extent, 1)
    const values = Float32Array.from({ length: count }, (_, i) => valueAt(i))
    model.parameters.add(name, tf.tensor(values, shape))
  })
}

/** Adds what the method and the head need; returns the names of what trains. */
function addParameters(model: TrainableTransformer, method: Method): string[] {
  const { width, layers } = model.config
  if (method === 'adapters')
    for (let block = 0; block < layers; block++)
      for (const place of ['attention', 'mlp']) {
        const prefix = `adapters.${block}.${place}`
        add(model, `${prefix}.down.weight`, [48, width], (i) => 1e-3 * Math.sin(i))
        add(model, `${prefix}.down.bias`, [48], () => 0)
        add(model, `${prefix}.up.weight`, [width, 48], (i) => 1e-3 * Math.cos(i))
        add(model, `${prefix}.up.bias`, [width], () => 0)
      }
  if (method === 'lora')
    for (let block = 0; block < layers; block++)
      for (const part of ['query', 'value']) {
        add(model, `lora.${block}.${part}.a`, [8, width], (i) => Math.sin(i) / 8)
        add(model, `lora.${block}.${part}.b`, [width, 8], () => 0)
      }
  const trainsHere: Record<Method, (name: string) => boolean> = {
    full: () => true,
    'lower-frozen': (name) => (/^encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? '0') >= String(layers / 2),
    adapters: (name) => name.startsWith('adapters.') || name.includes('LayerNorm'),
    lora: (name) => name.startsWith('lora.'),
    frozen: () => false
  }
  const trained = model.parameters.names.filter(trainsHere[method])
  add(model, 'heads.main.weight', [classes, width], (i) => 0.02 * Math.sin(i))
  add(model, 'heads.main.bias', [classes], () => 0)
  return [...trained, 'heads.main.weight', 'heads.main.bias']
}

const peak = (): number => process.resourceUsage().maxRSS / 1024

/** Our side: one JSON line in, one JSON line out, as the peer has them. */
async function serve(): Promise<void> {
  let steps: Iterator<StepReport> | undefined
  for await (const line of createInterface(process.stdin)) {
    const request = JSON.parse(line) as Settings | { times: number }
    if ('times' in request) {
      const answer: Steps = { wall: [], processor: [], losses: [], peak: 0 }
      for (let i = 0; i < request.times; i++) {
        const start = performance.now()
        const before = process.cpuUsage()
        answer.losses.push((steps!.next().value as StepReport).loss)
        const used = process.cpuUsage(before)
        answer.wall.push(performance.now() - start)
        answer.processor.push((used.user + used.system) / 1000)
      }
      console.log(JSON.stringify({ ...answer, peak: peak() }))
      continue
    }
    const { folder, method, batch, tokens } = request
    await pickBackend()
    const model = await TrainableTransformer.open(folder)
    model.adaptation = adaptations[method] ?? null
    if (request.dropout) model.dropout = new Dropout(model.config.layers, 0.1, 1)
    const trained = addParameters(model, method)
    const stage: Stage = {
      name: method,
      optimizer: { kind: 'AdamW', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      schedule: { kind: 'constant' },
      clip_norm: null,
      groups: [{ name: 'all', parameters: trained, learning_rate: 1e-5, weight_decay: 0.01, trains: [[0, 1e6]] }],
      steps: Array.from({ length: 10_000 }, () => [{ objective: 'main', batch: 0, weight: 1 }]),
      fresh_optimizer_at: []
    }
    const only = trainingBatch({
      input_ids: Array.from({ length: batch }, (_, row) =>
        Array.from({ length: tokens }, (__, i) => (((row * tokens + i) * 7919) % 28000) + 1000)
      ),
      labels: { main: Array.from({ length: batch }, (_, row) => row % classes) }
    })
    steps = trainStage(
      {
        model,
        objectives: {
          main: { kind: 'sentence classification', head: 'linear', hidden_state: 'last', pooling: 'mean', classes }
        },
        batches: { length: 1, at: () => only },
        teach: null,
        fisher: () => tf.scalar(0)
      },
      stage
    )
    const count = trained.reduce((sum, name) => sum + model.parameters.get(name).size, 0)
    console.log(JSON.stringify({ trained: count, loaded: peak() } satisfies Loaded))
  }
}

const measured = (
  runs: readonly Steps[]
): Record<'median' | 'best' | 'processor' | 'leastProcessor' | 'peak', number> => {
  const all = (key: 'wall' | 'processor'): number[] => runs.flatMap((run) => run[key])
  return {
    median: median(all('wall')),
    best: Math.min(...all('wall')),
    processor: median(all('processor')),
    leastProcessor: Math.min(...all('processor')),
    peak: Math.max(...runs.map((run) => run.peak))
  }
}

async function compare(): Promise<void> {
  const only = process.env['ONLY']?.split(',')
  for (const [batch, tokens] of sizes) {
    for (const method of methods) {
      const name = `${method} ${batch}x${tokens}`
      if (only && !only.includes(method) && !only.includes(name)) continue
      const settings: Settings = { folder: miniLm, method, batch, tokens, threads, dropout }
      const us = lineProcess(process.execPath, [fileURLToPath(import.meta.url), 'serve'])
      const them = startPeer('finetune_peer.py')
      const ourLoad = await us.ask<Loaded>(settings)
      const theirLoad = await them?.ask<Loaded>(settings)
      const ours: Steps[] = []
      const theirs: Steps[] = []
      // The first round makes what is kept, on both sides, and is not counted.
      for (let round = 0; round <= rounds; round++) {
        ours.push(await us.ask<Steps>({ times }))
        if (them) theirs.push(await them.ask<Steps>({ times }))
      }
      const losses = (runs: readonly Steps[]): number[] => runs.flatMap((run) => run.losses)
      const apart = Math.max(...losses(theirs).map((loss, i) => Math.abs(loss - losses(ours)[i]!)), 0)
      // What is added to the model is drawn on the other side.
      if (!dropout && !adaptations[method] && apart > 1e-4)
        throw new Error(`${name}: the losses of the same steps are up to ${apart} apart.`)
      const [we, they] = [ours, theirs].map((runs) => (runs.length ? measured(runs.slice(1)) : null))
      report(`finetune ${name}`, {
        threads,
        dropout,
        ours: { ...we, loaded: ourLoad.loaded, trained: ourLoad.trained },
        theirs: they && { ...they, loaded: theirLoad!.loaded, trained: theirLoad!.trained },
        ratio: they && {
          median: they.median / we!.median,
          best: they.best / we!.best,
          processor: they.processor / we!.processor,
          leastProcessor: they.leastProcessor / we!.leastProcessor,
          peak: we!.peak / they.peak
        },
        wanted: '1 times PyTorch; peak memory at most 1.2 times'
      })
      us.end()
      them?.end()
    }
  }
}

await (process.argv[2] === 'serve' ? serve() : compare())
