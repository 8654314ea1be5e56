import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { InsideSeries, SentenceInside } from '@shared/inside'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { openSafetensors } from '../../../src/main/engine/checkpoints/safetensors'
import { insideSentence } from '../../../src/main/engine/activations/insideSentence'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { createServices, type Services } from '../../../src/main/engine/services'

// Gates, states and routers over a sentence, against values that PyTorch computed or against what they are made of.

const root = mkdtempSync(join(tmpdir(), 'layerscope-inside-'))
let services: Services

beforeAll(async () => {
  process.env.LAYERSCOPE_CACHE = root
  await pickBackend()
  services = createServices(() => undefined, join(root, 'results'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const folders = {
  elmo: 'test/fixtures/recurrent/elmo/released',
  awd: 'test/fixtures/recurrent/awd_lstm/fastai2',
  flair: 'test/fixtures/recurrent/flair/flair',
  mamba: 'test/fixtures/parity/mamba',
  mixtral: 'test/fixtures/parity/mixtral'
}

async function inside(path: string, text: string): Promise<SentenceInside> {
  const { id } = await services.models.open(path, silentJob())
  return services.sentences.inside(id, { kind: 'text', text })
}
const seriesOf = ({ series }: Pick<SentenceInside, 'series'>, site: string): InsideSeries =>
  series.find((one) => one.site === site)!

describe('an LSTM of two directions', () => {
  test('has a gate of each kind and direction, a cell as its state, and no output', async () => {
    const { tokens, series, routing } = await inside(folders.elmo, 'The keys are here')
    expect(tokens.map(({ text }) => text)).toEqual(['<S>', 'The', 'keys', 'are', 'here', '</S>'])
    const parts = ['i', 'f', 'g', 'o', 'c']
    expect(series.map(({ site }) => site)).toEqual([
      ...parts.map((part) => `lstm.forward.${part}`),
      ...parts.map((part) => `lstm.backward.${part}`),
      'hidden'
    ])
    expect(series.map(({ kind }) => kind).filter((kind) => kind === 'state')).toHaveLength(2)
    expect(seriesOf({ series }, 'lstm.backward.f')).toMatchObject({ layers: [1, 2], values: { shape: [2, 6] } })
    expect(seriesOf({ series }, 'hidden')).toMatchObject({ layers: [0, 1, 2], values: { shape: [3, 6] } })
    expect(routing).toEqual([])
  })
  test('a token keeps its column, whichever end it is read from', async () => {
    const [short, long] = [await inside(folders.elmo, 'keys here'), await inside(folders.elmo, 'keys here now')]
    const [first, second] = [seriesOf(short, 'lstm.forward.i'), seriesOf(long, 'lstm.forward.i')]
    // From the left the first three tokens are the same in both sentences; from the right the last is.
    for (const t of [0, 1, 2]) expect(first.values.data[t]).toBeCloseTo(second.values.data[t]!, 5)
    const [back, backLong] = [seriesOf(short, 'lstm.backward.i'), seriesOf(long, 'lstm.backward.i')]
    expect(back.values.data[3]).toBeCloseTo(backLong.values.data[4]!, 5)
    expect(back.values.data[2]).not.toBeCloseTo(backLong.values.data[2]!, 5)
  })
})

test('a character model has the norms of its hidden states alone', async () => {
  const { series, routing } = await inside(folders.flair, 'keys here')
  expect(series.map(({ site }) => site)).toEqual(['hidden'])
  expect(routing).toEqual([])
})

/** Runs the first sentence of a reference. */
async function withReference(
  folder: string,
  check: (model: LoadedModel, seen: ReturnType<typeof insideSentence>, read: (name: string) => Float32Array) => void
): Promise<void> {
  const model = await loadModel(folder)
  const { input_ids } = JSON.parse(readFileSync(join(folder, 'inputs.json'), 'utf8')) as { input_ids: number[][] }
  const expected = openSafetensors(join(folder, 'expected.safetensors'))
  try {
    const ids = Int32Array.from(input_ids[0]!)
    const seen = insideSentence(model, { lengths: [ids.length], ids, mask: null, segments: null })
    check(model, seen, (name) => Float32Array.from(expected.read(name)))
  } finally {
    expected.close()
    model.dispose()
  }
}

/** Norms of the first rows of a reference. */
const norms = (values: Float32Array, count: number, width: number): number[] =>
  Array.from({ length: count }, (_, t) => Math.hypot(...values.subarray(t * width, (t + 1) * width)))

function expectClose(values: Float32Array, expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length)
  values.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4))
}

test('a router gives each token the weights of PyTorch, and hidden states have its norms', async () => {
  await withReference(folders.mixtral, (model, { routing, series }, read) => {
    expect(routing.map(({ layer, site }) => [layer, site])).toEqual([
      [1, 'mlp.router_weights'],
      [2, 'mlp.router_weights']
    ])
    routing.forEach(({ weights }, block) =>
      expectClose(weights.data, [...read(`router_weights.${block}`).subarray(0, weights.data.length)])
    )
    expect(series.map(({ site }) => site)).toEqual(['hidden'])
    const { values } = series[0]!
    expectClose(
      values.data,
      [0, 1, 2].flatMap((layer) => norms(read(`hidden_states.${layer}`), values.shape[1]!, model.info.width))
    )
  })
})

test('states have the norms that they have in PyTorch', async () => {
  await withReference(folders.mamba, (_model, { series }, read) => {
    expect(series.map(({ kind, site, layers }) => [kind, site, layers])).toEqual([
      ['gate', 'mixer.gate', [1, 2]],
      ['state', 'mixer.state', [1, 2]],
      ['hidden', 'hidden', [0, 1, 2]]
    ])
    const { values } = seriesOf({ series }, 'mixer.state')
    expectClose(
      values.data,
      [0, 1].flatMap((block) => norms(read(`states.${block}`), values.shape[1]!, 64 * 4))
    )
  })
})
