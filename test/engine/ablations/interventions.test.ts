import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { UnitKind } from '@shared/ablation'
import type { Edit } from '@shared/intervention'
import { silentJob } from '@shared/jobs'
import { evaluate } from '../../../src/main/engine/ablations/evaluate'
import { languageModelLoss } from '../../../src/main/engine/ablations/measures/languageModelLoss'
import { prepareResources } from '../../../src/main/engine/ablations/resources'
import { mapColumn, mapUnits, mapVariants } from '../../../src/main/engine/ablations/taskMap'
import { unitIntervention, variantOf } from '../../../src/main/engine/ablations/variants'
import type { Window } from '../../../src/main/engine/activations/windows'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { needTransformer } from '../../../src/main/engine/models/transformer/transformerModel'
import { resourcePath } from '../../../src/main/engine/paths'

/** What PyTorch computed of the bundled decoder with hooks, by bench/peers/interventions_peer.py. */
interface Reference extends Record<'zero' | 'mean' | 'resample', number[][]> {
  seed: number
  sentences: number[][]
  plain: number[]
  units: { kind: Exclude<UnitKind, 'block'>; block: number; head: number | null }[]
  skip: number[][]
}
const theirs = JSON.parse(readFileSync('test/fixtures/ablations/interventions.json', 'utf8')) as Reference
const windows: Window[] = theirs.sentences.map((ids, sentence) => ({
  sentence,
  ids: Int32Array.from(ids),
  wordOfToken: Int32Array.from(ids.keys()),
  from: 0,
  to: ids.length
}))
const sentences = windows.length
const measure = languageModelLoss('next', 1)
let model: LoadedModel

beforeAll(async () => {
  await pickBackend()
  model = await loadModel(resourcePath('models', 'gpt2-ud-tiny'))
})
afterAll(() => model.dispose())

const near = (ours: number, expected: number, what: string): void =>
  expect(Math.abs(ours - expected), `${what}: ${ours} against ${expected}`).toBeLessThanOrEqual(2e-4)

describe('with every head, attention and MLP changed, losses are those of PyTorch', () => {
  test.each<[string, Exclude<Edit, { kind: 'skip' }>, number[][]]>([
    ['zero', { kind: 'zero' }, theirs.zero],
    ['the mean over the corpus', { kind: 'mean' }, theirs.mean],
    ['values of other tokens', { kind: 'resample', seed: theirs.seed }, theirs.resample]
  ])('%s', async (_, edit, losses) => {
    const { config } = needTransformer(model)
    const sets = theirs.units.map((unit) => [unitIntervention(unit.kind, unit, edit, config)])
    const resources = await prepareResources(
      model,
      sets.flat(),
      { corpus: windows, known: new Map(), encode: () => Promise.reject(new Error('no text')) },
      silentJob()
    )
    // A sentence at a time, as PyTorch ran them: the draws for one sentence follow those for the one before it.
    const ours: number[][] = theirs.units.map(() => [])
    const variants = sets.map((set) => variantOf(set, config, resources))
    for (const window of windows) {
      const { plain, variants: sums } = await evaluate(model, [window], variants, [measure], silentJob())
      near(plain[0]!.sum[0]!, theirs.plain[window.sentence]!, 'plain')
      sums[0]!.forEach((sum, unit) => ours[unit]!.push(sum))
    }
    losses.forEach((row, unit) =>
      row.forEach((loss, s) => near(ours[unit]![s]!, loss, `${JSON.stringify(theirs.units[unit])}, sentence ${s}`))
    )
    // The edit is felt: a change of nothing would agree with PyTorch's plain loss.
    expect(
      Math.max(...losses.flatMap((row) => row.map((loss, s) => Math.abs(loss - theirs.plain[s]!))))
    ).toBeGreaterThan(1)
  })
})

test('the map of all parts has the effects that PyTorch finds, blocks that are left out included', async () => {
  const { config } = needTransformer(model)
  const units = mapUnits(config)
  const variants = mapVariants(units, { edit: { kind: 'zero' }, randomDraws: 0, seed: 1 }, config, {
    statistics: () => expect.unreachable('zero needs no corpus'),
    valueIn: () => expect.unreachable('zero needs no text')
  })
  const { plain, variants: sums } = await evaluate(model, windows, variants, [measure], silentJob())
  const { effects } = mapColumn(
    { measure, plain: plain[0]!, sums: sums[0]! },
    { units, draws: 0, seed: 1, clusterOf: Array.from({ length: sentences }, (_, s) => s) }
  )
  const tokens = plain[0]!.count.reduce((sum, count) => sum + count, 0)
  expect(tokens).toBe(windows.reduce((sum, { ids }) => sum + ids.length - 1, 0))
  const total = (losses: readonly number[]): number => losses.reduce((sum, loss) => sum + loss, 0)
  units.forEach(({ kind, block, head }, i) => {
    const at = theirs.units.findIndex((unit) => unit.kind === kind && unit.block === block && unit.head === head)
    const losses = kind === 'block' ? theirs.skip[block]! : theirs.zero[at]!
    near(effects[i]!.difference, (total(losses) - total(theirs.plain)) / tokens, `${kind} ${block} ${head}`)
  })
})
