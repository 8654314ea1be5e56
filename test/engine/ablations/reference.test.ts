import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Intervention } from '@shared/intervention'
import { silentJob } from '@shared/jobs'
import { compileInterventions } from '../../../src/main/engine/ablations/compile'
import type { EditResources } from '../../../src/main/engine/ablations/edits/edit'
import { evaluate } from '../../../src/main/engine/ablations/evaluate'
import { headImportance, maskedHeads } from '../../../src/main/engine/ablations/headImportance'
import { scoreHeads, type HeadPattern } from '../../../src/main/engine/ablations/headScores'
import { logitLens } from '../../../src/main/engine/ablations/logitLens'
import { languageModelLoss } from '../../../src/main/engine/ablations/measures/languageModelLoss'
import { patchGrid } from '../../../src/main/engine/ablations/patchGrid'
import { prepareResources } from '../../../src/main/engine/ablations/resources'
import { bestGuesses } from '../../../src/main/engine/ablations/sentenceEffect'
import { unitIntervention, unitsOf, variantOf } from '../../../src/main/engine/ablations/variants'
import { joinWindows } from '../../../src/main/engine/activations/extract'
import type { Window } from '../../../src/main/engine/activations/windows'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { needTransformer } from '../../../src/main/engine/models/transformer/transformerModel'
import { resourcePath } from '../../../src/main/engine/paths'
import { readOut } from '../../../src/main/engine/probes/solvers/readOut'

/** What PyTorch computed of the bundled decoder, by bench/peers/ablation_peer.py. */
interface Reference {
  sentences: number[][]
  trees: number[][]
  plain: number[]
  heads: { block: number; head: number; loss: number[] }[]
  /** By block and head, by the gradient of a mask. */
  importance: number[]
  watched: number[]
  lens: { best: number[]; probability: number[]; watched: number[][]; rank: number[][] }[]
  patching: {
    sentence: number[]
    source: number[]
    first: number
    second: number
    plain: number
    target: number
    resid: number[][]
    head: number[][]
  }
  scores: Record<string, number[]>
}

const theirs = JSON.parse(readFileSync('test/fixtures/ablations/gpt2-ud-tiny.json', 'utf8')) as Reference
const windows: Window[] = theirs.sentences.map((ids, sentence) => ({
  sentence,
  ids: Int32Array.from(ids),
  wordOfToken: Int32Array.from(ids.keys()),
  from: 0,
  to: ids.length
}))
let model: LoadedModel

beforeAll(async () => {
  await pickBackend()
  model = await loadModel(resourcePath('models', 'gpt2-ud-tiny'))
})
afterAll(() => model.dispose())

const near = (ours: number, expected: number, tolerance: number): void =>
  expect(Math.abs(ours - expected), `${ours} against ${expected}`).toBeLessThanOrEqual(tolerance)

test('the loss with a head off is that of PyTorch with the rows of its output weights at zero', async () => {
  const variants = theirs.heads.map((unit) =>
    variantOf(
      [unitIntervention('head', unit, { kind: 'zero' }, needTransformer(model).config)],
      needTransformer(model).config,
      {} as EditResources
    )
  )
  const ours = await evaluate(model, windows, variants, [languageModelLoss('next', 1)], silentJob())
  theirs.plain.forEach((loss, s) => near(ours.plain[0]!.sum[s]!, loss, 1e-4))
  theirs.heads.forEach(({ loss }, v) => {
    loss.forEach((sum, s) =>
      near(ours.variants[0]![v * windows.length + s]! - ours.plain[0]!.sum[s]!, sum - theirs.plain[s]!, 1e-4)
    )
  })
})

test('the importance of heads is that of PyTorch by the gradient of a mask', async () => {
  const heads = unitsOf('head', needTransformer(model).config)
  const variants = maskedHeads(heads).map((set) => variantOf(set, needTransformer(model).config, {} as EditResources))
  const { plain, variants: sums } = await evaluate(
    model,
    windows,
    variants,
    [languageModelLoss('next', 1)],
    silentJob()
  )
  const ours = headImportance({ plain: plain[0]!, sums: sums[0]! }, heads)
  // A share of a norm, between 0 and 1; the central difference and sums in single precision are what is left.
  theirs.importance.forEach((value, h) => near(ours[h]!, value, 1e-3))
})

test('the logit lens reads every layer as PyTorch does, watched tokens included', () => {
  const ours = logitLens(model, joinWindows([{ ids: windows[0]!.ids }]), theirs.watched, undefined)
  const tokens = windows[0]!.ids.length
  theirs.lens.forEach(({ best, probability, watched, rank }, layer) => {
    expect(ours.best[layer]!.map(({ text }) => text)).toEqual(best.map((id) => model.needTokenizer().tokenText(id)))
    probability.forEach((value, t) => near(ours.best[layer]![t]!.probability, value, 1e-4))
    watched.forEach((row, w) =>
      row.forEach((value, t) => near(ours.watched[w]!.logProbability.data[layer * tokens + t]!, value, 1e-3))
    )
    rank.forEach((row, w) =>
      expect([...ours.watched[w]!.rank.data.subarray(layer * tokens, (layer + 1) * tokens)]).toEqual(row)
    )
  })
})

test('the top row of the lens is what the head itself says', () => {
  const input = joinWindows([{ ids: windows[0]!.ids }])
  const ours = logitLens(model, input, theirs.watched, undefined)
  const { logits } = model.run(input, { hiddenStates: false, attentions: false, logits: true })
  const guesses = bestGuesses(logits!, 1, (id) => model.needTokenizer().tokenText(id))
  ours.best.at(-1)!.forEach((guess, t) => {
    expect(guess.text).toBe(guesses[t]![0]!.text)
    near(guess.probability, guesses[t]![0]!.probability, 1e-5)
  })
  const logs = tf.tidy(() => tf.logSoftmax(logits!).arraySync() as number[][])
  const tokens = windows[0]!.ids.length
  theirs.watched.forEach((id, w) => {
    for (let t = 0; t < tokens; t++) {
      near(ours.watched[w]!.logProbability.data[model.shape.layers * tokens + t]!, logs[t]![id]!, 1e-5)
      expect(ours.watched[w]!.rank.data[model.shape.layers * tokens + t]).toBe(
        1 + logs[t]!.filter((other) => other > logs[t]![id]!).length
      )
    }
  })
  logits!.dispose()
})

test.each(['resid', 'head'] as const)('a patching grid of %s is that of PyTorch', async (kind) => {
  const { sentence, source, first, second, plain, target, ...grids } = theirs.patching
  const ours = await patchGrid(
    model,
    {
      pairs: [
        {
          sentence: { ids: Int32Array.from(sentence) },
          source: { ids: Int32Array.from(source) },
          watched: { place: sentence.length - 1, first, second }
        }
      ],
      kind
    },
    silentJob()
  )
  near(ours.plain, plain, 1e-4)
  near(ours.source, target, 1e-4)
  expect(ours.restored.shape).toEqual([grids[kind].length, grids[kind][0]!.length])
  grids[kind].flat().forEach((value, i) => near(ours.restored.data[i]!, value, 1e-3))
})

test.each(['embed', 'blocks.0.resid_post', 'blocks.2.resid_post'] as const)(
  'all tokens patched at %s give the answer of the other sentence, those of the sentence itself change nothing',
  async (at) => {
    const { sentence, source } = theirs.patching
    const given: Record<string, Int32Array> = { itself: Int32Array.from(sentence), other: Int32Array.from(source) }
    const logits = (ids: Int32Array, interventions: Intervention[], resources: EditResources): Float32Array => {
      const run = model.run(
        joinWindows([{ ids }]),
        { hiddenStates: false, attentions: false, logits: true },
        { hooks: compileInterventions(interventions, needTransformer(model).config, resources) }
      )
      return readOut(run.logits!)
    }
    for (const text of ['itself', 'other']) {
      const interventions: Intervention[] = [{ at, edit: { kind: 'patch', text } }]
      const resources = await prepareResources(
        model,
        interventions,
        { corpus: null, known: new Map(), encode: async (name) => ({ ids: given[name]! }) },
        silentJob()
      )
      const ours = logits(given['itself']!, interventions, resources)
      logits(given[text]!, [], resources).forEach((value, i) => near(ours[i]!, value, 1e-5))
    }
  }
)

test('scores of heads are those of plain loops over the maps of PyTorch', async () => {
  const ours = await scoreHeads(
    model,
    windows,
    (sentence) => ({
      heads: Int32Array.from(theirs.trees[sentence]!),
      relations: theirs.trees[sentence]!.map(() => 'dep')
    }),
    silentJob()
  )
  for (const [name, values] of Object.entries(theirs.scores))
    values.forEach((value, cell) => near(ours.scores.get(name as HeadPattern)![cell]!, value, 1e-5))
})
