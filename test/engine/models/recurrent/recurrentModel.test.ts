import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import type { HookName } from '@shared/hookNames'
import { pickBackend } from '../../../../src/main/engine/backends/pick'
import { loadModel } from '../../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../../src/main/engine/models/model'
import { openVocabulary } from '../../../../src/main/engine/models/recurrent/systems/transfoXlVocabulary'
import { Hooks, type Hook } from '../../../../src/main/engine/models/transformer/hooks'
import { createServices, type Services } from '../../../../src/main/engine/services'

const elmo = 'test/fixtures/recurrent/elmo/released'
const awd = 'test/fixtures/recurrent/awd_lstm/fastai2'
const transfoXl = 'test/fixtures/recurrent/transfo-xl/released'
const root = mkdtempSync(join(tmpdir(), 'layerscope-recurrent-'))
let services: Services

beforeAll(async () => {
  process.env.LAYERSCOPE_CACHE = root
  await pickBackend()
  services = createServices(() => undefined, join(root, 'probes'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function withModel<T>(path: string, work: (model: LoadedModel) => T): Promise<T> {
  const model = await loadModel(path)
  try {
    return work(model)
  } finally {
    model.dispose()
  }
}

/** Hidden states of a sentence's words, layer by layer. */
function statesOf(model: LoadedModel, words: readonly string[], hooks?: Hooks): Float32Array[] {
  return statesOfIds(model, model.needTokenizer().encode(words).ids, hooks)
}

function statesOfIds(model: LoadedModel, ids: Int32Array, hooks?: Hooks): Float32Array[] {
  const input = { lengths: [ids.length], ids, mask: null, segments: null }
  const { hiddenStates } = model.run(input, { hiddenStates: true, attentions: false }, { hooks })
  return hiddenStates.map((state) => {
    const values = state.dataSync<'float32'>()
    state.dispose()
    return values
  })
}

test('a recurrent model says what it is and which values it has', async () => {
  const info = await services.models.open(elmo, silentJob())
  expect(info).toMatchObject({
    kind: 'recurrent',
    family: 'elmo',
    familyTitle: 'ELMo',
    name: 'released',
    layers: 2,
    heads: 0,
    width: 24,
    head: false,
    masked: false,
    untrained: null,
    reference: 'beside'
  })
  const names = info.values.filter(({ kind }) => kind === 'gate').map(({ name }) => name)
  expect(names).toHaveLength(2 * 2 * 6)
  expect(names).toContain('blocks.1.lstm.backward.f')
  expect(info.twin).toMatch(/^[0-9a-f]{16}$/)
  const { sentences: sentence } = services
  const analysis = await sentence.analyze(info.id, { kind: 'text', text: 'The keys, please.' }, 8)
  expect(analysis.tokens.map(({ text }) => text)).toEqual(['<S>', 'The', 'keys', ',', 'please', '.', '</S>'])
  expect(analysis.movement.shape).toEqual([3, 7])
  await expect(sentence.head(info.id, { kind: 'text', text: 'a' }, 1, 0)).rejects.toThrow('does not exist')
})

test('narrower layers end in zeros, which the widest layer has none of', async () => {
  const states = await withModel(awd, (model) => statesOf(model, ['this', 'film']))
  expect(states.map((state) => state.length)).toEqual([3 * 40, 3 * 40, 3 * 40, 3 * 40])
  const tails = states.map((state) => state.subarray(24, 40).some((value) => value !== 0))
  expect(tails).toEqual([false, true, true, false])
})

test.each([elmo, transfoXl])('%s: a word gives the same whatever else is in the batch', async (path) => {
  await withModel(path, (model) => {
    const { width } = model.info
    const encoded =
      path === elmo
        ? [['One', 'small', 'step'], ['Two'], ['One', 'giant', 'leap', 'for', 'mankind']].map(
            (words) => model.needTokenizer().encode(words).ids
          )
        : [[5, 60, 22], [7], [5, 6, 7, 8, 9, 10, 11, 100, 101, 102, 103, 104]].map((ids) => Int32Array.from(ids))
    const input = {
      lengths: encoded.map((ids) => ids.length),
      ids: Int32Array.from(encoded.flatMap((ids) => [...ids])),
      mask: null,
      segments: null
    }
    const joined = model.run(input, { hiddenStates: true, attentions: false }).hiddenStates
    let row = 0
    for (const ids of encoded) {
      statesOfIds(model, ids).forEach((alone, layer) => {
        const mine = tf.tidy(() => tf.slice(joined[layer]!, [row, 0], [ids.length, width]).dataSync())
        alone.forEach((value, i) => expect(Math.abs(value - mine[i]!)).toBeLessThan(1e-5))
      })
      row += ids.length
    }
    tf.dispose(joined)
  })
})

test('a gate is looked at and replaced: with the forget gate shut, a word remembers nothing', async () => {
  await withModel(awd, (model) => {
    const words = ['this', 'is', 'a', 'good', 'film']
    const shut: Hook = (value) => tf.zerosLike(value)
    const hooks = new Hooks([0, 1, 2].map((block): [HookName, Hook] => [`blocks.${block}.lstm.forward.f`, shut]))
    const seen: number[] = []
    const watch = new Hooks([
      [
        'blocks.0.lstm.forward.o',
        (value, { shape }) => {
          seen.push(...shape.places!)
          expect(value.shape).toEqual([1, 40])
          return value
        }
      ]
    ])
    const plain = statesOf(model, words)
    const watched = statesOf(model, words, watch)
    expect(seen).toEqual([0, 1, 2, 3, 4, 5])
    plain[3]!.forEach((value, i) => expect(watched[3]![i]).toBeCloseTo(value, 5))
    const cut = statesOf(model, words, hooks)
    // The first token has nothing to forget.
    expect(cut[1]!.subarray(0, 40)).toEqual(watched[1]!.subarray(0, 40))
    expect(cut[1]!.subarray(40, 80)).not.toEqual(watched[1]!.subarray(40, 80))
  })
})

test('an untrained twin has the shapes of the checkpoint and other numbers, the same on every start', async () => {
  const words = ['good', 'film']
  const twinOf = async (seed: number): Promise<{ id: string; states: Float32Array[] }> => {
    const model = await loadModel(awd, false, seed)
    const result = { id: model.info.id, states: statesOf(model, words) }
    model.dispose()
    return result
  }
  const [first, again, second] = [await twinOf(1), await twinOf(1), await twinOf(2)]
  expect(again).toEqual(first)
  expect(second.id).not.toBe(first.id)
  expect(second.states[3]).not.toEqual(first.states[3])
})

test('a language model scores the next word, and rows alone', async () => {
  await withModel(awd, (model) => {
    const { ids } = model.needTokenizer().encode(['this', 'is', 'a', 'film'])
    const input = { lengths: [ids.length], ids, mask: null, segments: null }
    const wanted = { hiddenStates: false, attentions: false, logits: true }
    const all = model.run(input, wanted).logits!
    const some = model.run(input, { ...wanted, logitRows: Int32Array.of(3, 1) }).logits!
    expect(all.shape).toEqual([5, 88])
    const values = all.dataSync()
    expect([...some.dataSync()]).toEqual([...values.subarray(3 * 88, 4 * 88), ...values.subarray(88, 2 * 88)])
    tf.dispose([all, some])
  })
})

test('Transformer-XL attends: maps of every layer, rows that sum to 1, nothing after a token', async () => {
  await withModel(transfoXl, (model) => {
    expect(model.info).toMatchObject({ heads: 4, layers: 3, head: true, vocabulary: 130 })
    const ids = Int32Array.of(5, 60, 22, 7)
    const input = { lengths: [4], ids, mask: null, segments: null }
    const { attentions, hiddenStates } = model.run(input, { hiddenStates: false, attentions: true })
    expect(hiddenStates).toEqual([])
    expect(attentions.map((map) => map!.shape)).toEqual([1, 2, 3].map(() => [1, 4, 4, 4]))
    const values = attentions[2]!.dataSync<'float32'>()
    for (let row = 0; row < 16; row++) {
      const [query, weights] = [row % 4, values.subarray(row * 4, row * 4 + 4)]
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5)
      weights.forEach((weight, key) => (key > query ? expect(weight).toBe(0) : expect(weight).toBeGreaterThan(0)))
    }
    tf.dispose(attentions.map((map) => map!))
  })
})

test('words of Transformer-XL are those of its list, from each of its files', () => {
  const folder = 'test/fixtures/recurrent/transfo-xl/tokenizer'
  const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as {
    words: { words: string[]; ids: number[] }[]
  }
  for (const file of ['vocab.pkl', 'vocab.bin', 'vocab.txt']) {
    const tokenizer = openVocabulary(join(folder, file))
    for (const { words, ids } of cases.words) expect([...tokenizer.encode(words).ids]).toEqual(ids)
    expect([...tokenizer.encode(['3,141.59']).ids].map((id) => tokenizer.tokenText(id))).toEqual([
      '3',
      '@,@',
      '141',
      '@.@',
      '59'
    ])
  }
  expect(() => openVocabulary(join(folder, 'saved-by-transformers/vocab.pkl'))).toThrow(
    "asks for 'transformers.tokenization_utils.Trie'"
  )
})
