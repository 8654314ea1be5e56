import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { families } from '../../../src/main/engine/models/transformer/families'
import { classesOf, headOf } from '../../../src/main/engine/training/saved/classes'
import { openOwnHead } from '../../../src/main/engine/training/saved/ownHead'
import { writeCheckpoint, type TrainedHead } from '../../../src/main/engine/training/saved/writeCheckpoint'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'

// What comes out of training, opened by transformers: its logits are those of the head as it was trained.

const script = 'test/fixtures/training/saved/open_saved.py'
const python = [process.env['LAYERSCOPE_PEER_PYTHON'], 'python3'].find(
  (command) => command && spawnSync(command, ['-c', 'import torch, transformers']).status === 0
)
const shared = '../shared/parity'
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-saved-'))
  await pickBackend()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Every number of the model moves a little, and a head comes on top. */
async function trained(source: string, head: TrainedHead, out: string): Promise<{ class: string; note: string }> {
  const model = await TrainableTransformer.open(source)
  const { parameters, config } = model
  try {
    for (const [index, name] of parameters.names.entries())
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
    return writeCheckpoint(model, {
      sourceFolder: source,
      folder: out,
      head,
      lineage: { base: { name: 'base', path: source }, recipe: 'test', data: 'waves', seed: 3, step: 10 }
    })
  } finally {
    model.dispose()
  }
}

function wave(shape: number[], seed: number): tf.Tensor {
  const count = shape.reduce((product, extent) => product * extent, 1)
  return tf.tensor(
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed * 0.9)),
    shape
  )
}

const sentences = [
  [5, 17, 9, 23, 4],
  [7, 8, 30]
]

interface Opened {
  class: string
  missing: string[]
  logits: number[] | number[][]
}

function openInPython(folders: readonly (readonly [task: string, folder: string])[]): Record<string, Opened> {
  for (const [, path] of folders) writeFileSync(join(path, 'inputs.json'), JSON.stringify({ input_ids: sentences }))
  const named = folders.map(([task, path]) => `${task}=${path}`)
  const { status, stdout, stderr } = spawnSync(python!, [script, ...named], { encoding: 'utf8', maxBuffer: 1 << 28 })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, Opened>
}

async function ownScores(path: string): Promise<number[][]> {
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

function farthest(ours: readonly number[][], theirs: readonly (number | number[])[]): number {
  expect(ours.length).toBe(theirs.length)
  return Math.max(
    ...ours.map((row, i) => {
      const other = (theirs[i] as number[] | number[][]).flat()
      expect(row.length).toBe(other.length)
      return Math.max(...row.map((value, j) => Math.abs(value - other[j]!)))
    })
  )
}

test('every family is in the table of classes', () => {
  expect(families.map(({ type }) => type).filter((type) => classesOf(type) === null)).toEqual([])
})

const cases = existsSync(shared) ? families.map(({ type }) => type) : []
if (!cases.length) console.warn(`Saved models of ${shared} were not checked: the folder is not there.`)
if (!python)
  console.warn('Saved models were not opened by transformers: set LAYERSCOPE_PEER_PYTHON to a Python that has it.')

test.each(['sequence', 'token'] as const)(
  '%s heads of all families open in transformers',
  async (task) => {
    const written: [string, string][] = []
    for (const type of cases) {
      const source = join(shared, type === 'gemma3_text' ? 'gemma3' : type)
      const shape = headOf(type, task)
      if (!shape || !existsSync(source)) continue
      const out = join(folder, `${task}-${type}`)
      const pooling = task === 'token' ? null : shape.pooling
      const labels = ['no', 'yes', 'maybe']
      const result = await trained(
        source,
        { task, name: 'main', pooling, kind: shape.kind, hiddenState: 'last', labels },
        out
      )
      expect(result.note).toContain('its head included')
      written.push([task, out])
    }
    if (!python || !written.length) return
    const theirs = openInPython(written)
    for (const [, path] of written) {
      const opened = theirs[`${task}=${path}`]!
      expect(opened.missing, path).toEqual([])
      expect(farthest(await ownScores(path), opened.logits), path).toBeLessThan(1e-4)
    }
  },
  300_000
)
