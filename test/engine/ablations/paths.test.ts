import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { receiverOf } from '@shared/patching'
import { directLogits } from '../../../src/main/engine/ablations/directLogits'
import { patchGrid, type PatchedPair } from '../../../src/main/engine/ablations/patchGrid'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { needTransformer, type TransformerModel } from '../../../src/main/engine/models/transformer/transformerModel'
import { resourcePath } from '../../../src/main/engine/paths'

interface Parts {
  byHead: number[]
  biases: number[]
  mlps: number[]
  embeddings: number
  offset: number
  total: number
}
interface Grid {
  plain: number
  source: number
  restored: number[]
}
/** What PyTorch computed of the bundled decoder, by bench/peers/paths_peer.py. */
const theirs = JSON.parse(readFileSync('test/fixtures/ablations/paths.json', 'utf8')) as {
  pairs: { sentence: number[]; source: number[]; first: number; second: number }[]
  direct: Parts[]
  alone: Parts
  paths: Record<string, Grid>
  several: Grid
  kl: Grid
}
const pairs = theirs.pairs.map(({ sentence, source, first, second }): PatchedPair => ({
  sentence: { ids: Int32Array.from(sentence) },
  source: { ids: Int32Array.from(source) },
  watched: { place: sentence.length - 1, first, second }
}))
let model: TransformerModel

beforeAll(async () => {
  await pickBackend()
  model = needTransformer(await loadModel(resourcePath('models', 'gpt2-ud-tiny')))
})
afterAll(() => model.dispose())

const near = (ours: ArrayLike<number>, expected: readonly number[], tolerance: number): void => {
  expect(ours).toHaveLength(expected.length)
  expected.forEach((value, i) =>
    expect(Math.abs(ours[i]! - value), `${i}: ${ours[i]} against ${value}`).toBeLessThanOrEqual(tolerance)
  )
}

describe('direct logits', () => {
  const compare = (ours: ReturnType<typeof directLogits>, parts: Parts): void => {
    near(ours.heads, parts.byHead, 1e-4)
    near(ours.attentionBiases, parts.biases, 1e-4)
    near(ours.mlps, parts.mlps, 1e-4)
    near([ours.embeddings, ours.offset, ours.total], [parts.embeddings, parts.offset, parts.total], 1e-4)
  }

  test('of a difference and of one token are those of PyTorch', () => {
    pairs.forEach(({ sentence: { ids }, watched: { place, first, second } }, p) =>
      compare(directLogits(model, ids, place, first, second), theirs.direct[p]!)
    )
    const [{ sentence, watched }] = pairs as [PatchedPair]
    compare(directLogits(model, sentence.ids, watched.place, watched.first, null), theirs.alone)
  })

  test('are refused where parts do not add up', async () => {
    const masked = needTransformer(await loadModel('../shared/models/minilm-ud-mlm'))
    expect(() => directLogits(masked, Int32Array.of(101, 2158, 102), 1, 2158, null)).toThrow(
      'The parts of minilm-ud-mlm do not add up to its answer'
    )
    await expect(patchGrid(masked, { pairs, kind: 'path', receiver: { part: 'logits' } }, silentJob())).rejects.toThrow(
      'path patching is for models whose residual stream is a plain sum'
    )
    masked.dispose()
  })
})

test('a model whose blocks have no heads is refused by name of the value', async () => {
  const recurrent = needTransformer(await loadModel('../shared/parity-more/mamba'))
  expect(() => directLogits(recurrent, Int32Array.of(5, 6), 1, 5, null)).toThrow(
    "mamba has no value 'blocks.0.attn.result': that block is made of other parts."
  )
  recurrent.dispose()
})

describe('paths', () => {
  test.each(Object.keys(theirs.paths))('to %s are those of PyTorch with everything else frozen', async (receiver) => {
    const grid = await patchGrid(
      model,
      { pairs: pairs.slice(0, 1), kind: 'path', receiver: receiverOf(receiver) },
      silentJob()
    )
    near(grid.restored.data, theirs.paths[receiver]!.restored, 1e-3)
  })

  test.each(['several', 'kl'] as const)('over pairs of sentences: %s', async (name) => {
    const measure = name === 'kl' ? 'kl' : 'difference'
    const grid = await patchGrid(model, { pairs, kind: 'path', measure }, silentJob())
    near([grid.plain, grid.source], [theirs[name].plain, theirs[name].source], 1e-4)
    near(grid.restored.data, theirs[name].restored, 1e-3)
  })

  test('a receiver that is not there is refused', async () => {
    const to = (text: string) => patchGrid(model, { pairs, kind: 'path', receiver: receiverOf(text) }, silentJob())
    await expect(to('mlp:5')).rejects.toThrow('There is no layer 5; the model has layers 1 to 4.')
    await expect(to('q:2.5')).rejects.toThrow('There is no head 5; the model has 4 heads a layer.')
  })
})

test('a grid of tokens over pairs of different lengths is refused', async () => {
  const short = { ...pairs[0]!, sentence: { ids: Int32Array.of(1, 2) }, source: { ids: Int32Array.of(1, 3) } }
  const mixed = [pairs[0]!, { ...short, watched: { ...short.watched, place: 1 } }]
  await expect(patchGrid(model, { pairs: mixed, kind: 'resid' }, silentJob())).rejects.toThrow(
    'The sentences of pair 2 have 2 tokens, those of the first pair 5.'
  )
})
