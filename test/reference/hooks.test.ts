import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BackendName } from '@shared/backend'
import type { HookName } from '@shared/hookNames'
import { compileInterventions } from '../../src/main/engine/ablations/compile'
import type { EditResources } from '../../src/main/engine/ablations/edits/edit'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { openSafetensors } from '../../src/main/engine/checkpoints/safetensors'
import { blockSites, hasMap } from '../../src/main/engine/models/transformer/blockSites'
import { canStartAt, configOfBlock } from '../../src/main/engine/models/transformer/config'
import { familyOf } from '../../src/main/engine/models/transformer/families'
import { Hooks, type Hook } from '../../src/main/engine/models/transformer/hooks'
import { loadModel } from '../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../src/main/engine/models/model'
import { needTransformer } from '../../src/main/engine/models/transformer/transformerModel'
import { parityCases } from '../../src/main/engine/models/parityCases'
import type { ForwardResult, TokenBatch } from '../../src/main/engine/models/transformer/transformer'

/**
 * What holds of hooks in every family: those that change nothing change nothing, and a head switched off is a head
 * whose output weights are 0.
 */
const committed = 'test/fixtures/parity'
const shared = '../shared/parity'
const folders = [committed, ...(existsSync(shared) ? [shared] : [])]
/** Of the further families those with something of their own in their blocks. */
const further = '../shared/parity-more'
const unlike =
  /^(apertus|cohere2|deberta|esm|falcon--40b|gemma4_text|glm4|hunyuan_v1_dense|longformer|ministral3|mpt|roformer|umt5)$/
const cases = folders
  .flatMap((folder) => parityCases(folder))
  .concat(existsSync(further) ? parityCases(further).filter(({ name }) => unlike.test(name)) : [])
  .filter(({ folder }) => existsSync(join(folder, 'config.json')))
  .filter(({ name }, i, all) => all.findIndex((other) => other.name === name) === i)
if (folders.length === 1) console.warn(`Hooks were not checked on the families of ${shared}: the folder is not there.`)

const everything = { hiddenStates: true, attentions: true }
const sentences = [[7, 5, 6, 9, 11, 12, 13], [8, 7, 9], [30]]
const input: TokenBatch = {
  lengths: sentences.map(({ length }) => length),
  ids: Int32Array.from(sentences.flat()),
  mask: null,
  segments: null
}
const nothing: EditResources = {
  statistics: () => {
    throw new Error('No statistics are needed here.')
  },
  valueIn: () => {
    throw new Error('No other sentence is needed here.')
  }
}

describe.each<BackendName>(['tensorflow', 'wasm'])('hooks on %s', (backend) => {
  let available = true
  beforeAll(async () => {
    const report = await pickBackend({ prefer: backend })
    available = report.name === backend
    if (!available) console.warn(`Hooks on ${backend} were not checked: ${report.tried[0]?.reason}`)
  })

  describe.each(cases)('$name', ({ folder }) => {
    let model: LoadedModel
    let plain: ForwardResult
    beforeAll(async () => {
      if (!available) return
      model = await loadModel(folder)
      plain = model.run(input, everything)
    })
    afterAll(() => {
      if (!available) return
      dispose(plain)
      model.dispose()
    })

    test('a hook on every value that gives it back changes no output', (context) => {
      if (!available) return context.skip(`${backend} is not available on this machine`)
      const met = new Set<string>()
      const scaled: Hook = (value, { name }) => {
        met.add(name)
        return tf.mul(value, 1)
      }
      const before = tf.memory().numTensors
      const run = model.run(input, everything, { hooks: new Hooks(everyPlace(model).map((name) => [name, scaled])) })
      expect([...met].sort()).toEqual(everyPlace(model).sort())
      expect(largest(run.hiddenStates, plain.hiddenStates)).toBeLessThan(1e-6)
      expect(largest(present(run.attentions), present(plain.attentions))).toBeLessThan(1e-6)
      dispose(run)
      expect(tf.memory().numTensors).toBe(before)
    })

    test('a head switched off gives what a checkpoint without its output weights gives', async (context) => {
      if (!available) return context.skip(`${backend} is not available on this machine`)
      const { layers, heads, distinctBlocks } = needTransformer(model).config
      const block = lastWithHeads(model)
      if (block < 0) return
      const head = heads - 1
      const without = await loadWithoutHead(folder, model, Math.floor((block * distinctBlocks) / layers), head)
      const theirs = without.run(input, everything)
      // A block whose weights others share is switched off wherever they are used.
      const blocks = Array.from({ length: layers }, (_, i) => i).filter(
        (i) => Math.floor((i * distinctBlocks) / layers) === Math.floor((block * distinctBlocks) / layers)
      )
      const hooks = compileInterventions(
        blocks.map((b) => ({ at: `blocks.${b}.attn.result`, heads: [head], edit: { kind: 'zero' } })),
        needTransformer(model).config,
        nothing
      )
      const ours = model.run(input, everything, { hooks })
      expect(largest(ours.hiddenStates, theirs.hiddenStates)).toBeLessThan(1e-5)
      expect(largest(ours.hiddenStates, plain.hiddenStates)).toBeGreaterThan(1e-4)
      dispose(ours)
      dispose(theirs)
      without.dispose()
    })

    test('a run from the middle gives what a whole run gives', (context) => {
      if (!available) return context.skip(`${backend} is not available on this machine`)
      const block = lastWithHeads(model)
      if (block < 0) return
      let attended: Tensor2D | null = null
      const keep: Hook = (value) => {
        attended = tf.keep(tf.clone(value)) as Tensor2D
        return value
      }
      const residual = plain.hiddenStates[block]!
      if (!canStartAt(needTransformer(model).config, block)) {
        const start = { block, residual }
        expect(() => model.run(input, everything, { start })).toThrow('A run cannot start at block')
        return
      }
      dispose(model.run(input, everything, { hooks: new Hooks([[`blocks.${block}.attn.result`, keep]]) }))
      for (const start of [
        { block, residual },
        { block, residual, attended: attended! }
      ]) {
        const run = model.run(input, { hiddenStates: true, attentions: false, logits: model.hasHead }, { start })
        expect(largest(run.hiddenStates, plain.hiddenStates.slice(block + 1))).toBeLessThan(1e-6)
        dispose(run)
      }
      attended!.dispose()
    })

    test('a block that is skipped leaves the residual stream as it is', (context) => {
      if (!available) return context.skip(`${backend} is not available on this machine`)
      const run = model.run(input, everything, { hooks: new Hooks([], [0]) })
      const [before, after] = run.hiddenStates
      if (model.shape.layers > 1) expect(largest([after!], [before!])).toBe(0)
      dispose(run)
    })
  })
})

/** The last block (0-based) that has attention; -1 where none has. */
function lastWithHeads(model: LoadedModel): number {
  const { config } = needTransformer(model)
  return config.blocks.findLastIndex((_, block) => hasMap(config, block))
}

function everyPlace(model: LoadedModel): HookName[] {
  const { config } = needTransformer(model)
  return [
    'embed',
    ...Array.from({ length: config.layers }, (_, block) =>
      blockSites(config, block).map((site): HookName => `blocks.${block}.${site}`)
    ).flat()
  ]
}

/** The checkpoint again, from a copy of its file in which the output weights of one head are 0. */
async function loadWithoutHead(folder: string, model: LoadedModel, block: number, head: number): Promise<LoadedModel> {
  const { config, info } = needTransformer(model)
  const family = familyOf(info.family)
  const copy = mkdtempSync(join(tmpdir(), 'layerscope-head-'))
  try {
    const file = openSafetensors(join(folder, 'model.safetensors'))
    const names = family.weightsOf?.(config) ?? family.weights
    const stem = names.attentionOut!.replace('{i}', String(block))
    // XLNet's has no '.weight' at its end; where a model has two stacks, the family's prefixes tell the one that is
    // read.
    const spellings = family.prefixes.flatMap((prefix) => [`${prefix}${stem}.weight`, `${prefix}${stem}`])
    const name = file.names().find((candidate) => spellings.includes(candidate))!
    const { shape, begin, dtype } = file.describe(name)
    const size = dtype === 'F32' ? 4 : 2
    file.close()
    const bytes = readFileSync(join(folder, 'model.safetensors'))
    const data = 8 + Number(bytes.readBigUInt64LE(0)) + begin
    const inputsFirst = family.storedInOut?.includes('attentionOut') ?? false
    // XLNet stores [width, heads, head width]: the same order as [width, inputs].
    const outputs = inputsFirst ? shape.at(-1)! : shape[0]!
    const inputs = shape.reduce((product, extent) => product * extent, 1) / outputs
    const { headWidth } = configOfBlock(config, block)
    for (let i = head * headWidth; i < (head + 1) * headWidth; i++)
      for (let o = 0; o < outputs; o++) {
        const at = data + size * (inputsFirst ? i * outputs + o : o * inputs + i)
        bytes.fill(0, at, at + size)
      }
    writeFileSync(join(copy, 'model.safetensors'), bytes)
    for (const other of readdirSync(folder).filter((entry) => entry === 'config.json'))
      symlinkSync(resolve(folder, other), join(copy, other))
    return await loadModel(copy)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function present(maps: readonly (tf.Tensor | null)[]): tf.Tensor[] {
  return maps.filter((map) => map !== null)
}

function largest(ours: readonly tf.Tensor[], theirs: readonly tf.Tensor[]): number {
  expect(ours).toHaveLength(theirs.length)
  return tf.tidy(() => Math.max(...ours.map((tensor, i) => tf.max(tf.abs(tf.sub(tensor, theirs[i]!))).dataSync()[0]!)))
}

function dispose({ hiddenStates, attentions, logits, projected }: ForwardResult): void {
  tf.dispose([hiddenStates, present(attentions)])
  logits?.dispose()
  projected?.dispose()
}
