import { resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { expect } from 'vitest'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { headScores, type HeadObjective } from '../../../src/main/engine/training/heads'
import type { Adaptation } from '../../../src/main/engine/training/recipe'
import { headOf } from '../../../src/main/engine/training/saved/classes'
import { openOwnHead } from '../../../src/main/engine/training/saved/ownHead'
import type { TaskHead } from '../../../src/main/engine/training/saved/placeHead'
import { writeCheckpoint, type TrainedHead } from '../../../src/main/engine/training/saved/writeCheckpoint'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'
import { trainingBatch } from '../../../src/main/engine/training/trainingBatch'

export const first: TaskHead = {
  task: 'sequence',
  name: 'main',
  pooling: 'first token',
  kind: 'dense, tanh, linear',
  hiddenState: 'last',
  labels: ['no', 'yes', 'maybe']
}
export const last: TaskHead = { ...first, pooling: 'last token', kind: 'linear' }
export const tokens: TaskHead = { ...first, task: 'token', pooling: null, kind: 'linear' }
export const houlsby = {
  kind: 'adapters',
  size: 5,
  activation: 'gelu',
  places: ['attention', 'mlp'],
  reads: 'output'
} satisfies Adaptation
export const pfeiffer = { ...houlsby, places: ['mlp'], reads: 'sum' } satisfies Adaptation
export const lora = { kind: 'lora', rank: 2, alpha: 6, parts: ['query', 'value'] } satisfies Adaptation

interface Trained {
  class: string
  note: string
  /** Scores of the head on the sentences before the model is written. */
  scores: number[][]
}

/** Every number of the model moves a little, and a head comes on top. */
export async function trained(
  source: string,
  head: TrainedHead,
  out: string,
  adaptation: Adaptation | null = null,
  moved = true
): Promise<Trained> {
  const model = await TrainableTransformer.open(source)
  const { parameters, config } = model
  try {
    for (const [index, name] of moved ? parameters.names.entries() : [])
      tf.tidy(() => {
        const variable = parameters.get(name)
        variable.assign(tf.add(variable, tf.mul(wave(variable.shape, index), 0.01)))
      })
    if (head.task === 'sequence' || head.task === 'token') {
      const width = config.outputWidth ?? config.width
      const add = (name: string, shape: number[], seed: number): void =>
        tf.tidy(() => void parameters.add(`heads.${head.name}.${name}`, tf.mul(wave(shape, seed), 0.3)))
      const outputs = Math.max(1, head.labels.length)
      add('weight', [outputs, width], 1)
      if (headOf(model.family.type, head.task)?.bias ?? true) add('bias', [outputs], 2)
      if (head.kind !== 'linear') {
        add('dense.weight', [width, width], 3)
        add('dense.bias', [width], 4)
      }
      if (head.hiddenState === 'scalar mix') {
        tf.tidy(() => void parameters.add('mix.weights', wave([config.layers + 1], 5)))
        tf.tidy(() => void parameters.add('mix.gamma', tf.tensor1d([1.5])))
      }
    }
    if (adaptation) adapt(model, adaptation)
    const scores = head.task === 'sequence' || head.task === 'token' ? trainedScores(model, head) : []
    const written = writeCheckpoint(model, {
      sourceFolder: source,
      folder: out,
      head,
      lineage: { base: { name: 'base', path: resolve(source) }, recipe: 'test', data: 'waves', seed: 3, step: 10 }
    })
    return { ...written, scores }
  } finally {
    model.dispose()
  }
}

function adapt(model: TrainableTransformer, adaptation: Adaptation): void {
  const { parameters, config } = model
  const add = (name: string, shape: number[]): void =>
    tf.tidy(() => void parameters.add(name, tf.mul(wave(shape, parameters.names.length), 0.2)))
  if (adaptation.kind === 'lora')
    for (const { part, inputs } of model.attentionSites()) {
      if (!adaptation.parts.includes(part.name)) continue
      const outputs = (part.name === 'query' ? config.heads : config.keyValueHeads) * config.headWidth
      add(`lora.${part.block}.${part.name}.a`, [adaptation.rank, inputs])
      add(`lora.${part.block}.${part.name}.b`, [outputs, adaptation.rank])
    }
  else
    for (let layer = 0; layer < config.layers; layer++)
      for (const place of adaptation.places) {
        const name = `adapters.${layer}.${place}`
        add(`${name}.down.weight`, [adaptation.size, config.width])
        add(`${name}.down.bias`, [adaptation.size])
        add(`${name}.up.weight`, [config.width, adaptation.size])
        add(`${name}.up.bias`, [config.width])
      }
  model.adaptation = adaptation
}

function trainedScores(model: TrainableTransformer, { task, name, pooling, kind, hiddenState }: TaskHead): number[][] {
  const shared = { head: kind, hidden_state: hiddenState, classes: 1 }
  const objective: HeadObjective =
    task === 'token'
      ? { kind: 'word tagging', ...shared }
      : { kind: 'sentence classification', pooling: pooling!, ...shared }
  return sentences.map((ids) => {
    const batch = trainingBatch({ input_ids: [ids], labels: {} })
    const scores = tf.tidy(() =>
      headScores(objective, `heads.${name}`, model.run(batch.tokens), batch, model.parameters).dataSync<'float32'>()
    )
    return [...scores]
  })
}

function wave(shape: number[], seed: number): tf.Tensor {
  const count = shape.reduce((product, extent) => product * extent, 1)
  return tf.tensor(
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed * 0.9)),
    shape
  )
}

export const sentences = [
  [5, 17, 9, 23, 4],
  [7, 8, 30]
]

export async function ownScores(path: string): Promise<number[][]> {
  const model = await loadModel(path)
  const head = openOwnHead(path)!
  try {
    return sentences.map((ids) => [
      ...head.scores(model, { lengths: [ids.length], ids: Int32Array.from(ids), mask: null, segments: null })
    ])
  } finally {
    head.dispose()
    model.dispose()
  }
}

export function farthest(ours: readonly number[][], theirs: readonly (number | number[])[]): number {
  expect(ours.length).toBe(theirs.length)
  return Math.max(
    ...ours.map((row, i) => {
      const other = (theirs[i] as number[] | number[][]).flat()
      expect(row.length).toBe(other.length)
      return Math.max(...row.map((value, j) => Math.abs(value - other[j]!)))
    })
  )
}

export async function hidden(path: string): Promise<number[]> {
  const model = await loadModel(path)
  const ids = Int32Array.from(sentences[0]!)
  const tokens = { lengths: [ids.length], ids, mask: null, segments: null }
  const { hiddenStates } = model.run(tokens, { hiddenStates: true, attentions: false })
  const values = [...hiddenStates.at(-1)!.dataSync<'float32'>()]
  tf.dispose(hiddenStates)
  model.dispose()
  return values
}
