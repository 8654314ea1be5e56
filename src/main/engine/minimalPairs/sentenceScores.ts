import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { joinWindows, tokenBudget } from '../activations/extract'
import type { Hooks } from '../models/hooks'
import type { LoadedModel } from '../models/loadModel'
import { tokenLogProbabilities } from '../models/rowMeasures'
import { beginningToken, textTokenizer } from './specialTokens'

/** How a model scores a sentence. */
export type ScoreKind = 'causal' | 'masked'

/** Scores of one batch, [rows, vocabulary]: what is held at a time, 64 MiB. */
const scoresAtOnce = 2 ** 24

/** One input of the model, and the rows whose scores count: at `rows[i]` the token `targets[i]` is to be told. */
interface Scored {
  sentence: number
  ids: Int32Array
  rows: number[]
  targets: number[]
}

/**
 * The log-probability that a model's own head gives to each text, in nats.
 *
 * `causal`: the sum of log p(token | tokens before it), after the token that begins a text. `masked`: the pseudo-log-likelihood of
 * Salazar et al. (2020), section 2: the sum of log p(token | all others), each token masked in a run of its own; special tokens are not
 * scored.
 * @param hooks changes of the forward pass
 * @throws UserError for a model without a head, a masked model without a mask token, and a text longer than the model's window
 */
export async function sentenceScores(model: LoadedModel, texts: readonly string[], job: JobHandle, hooks?: Hooks): Promise<{ kind: ScoreKind; scores: Float64Array }> {
  if (!model.hasHead)
    throw new UserError(
      `${model.info.name} has no language-model head, so it gives no probability to a sentence; open a checkpoint that was saved with its head.`
    )
  const kind: ScoreKind = model.config.causal ? 'causal' : 'masked'
  const prepare = kind === 'causal' ? causalInputs(model) : maskedInputs(model)
  const tokens = await encode(model, texts)
  const inputs = tokens.flatMap(prepare)
  const scores = new Float64Array(texts.length)
  let done = 0
  for (const batch of batchesOf(inputs, scoresAtOnce / model.config.vocabulary)) {
    await job.yield()
    scoreBatch(model, batch, scores, hooks)
    done += batch.length
    job.progress(done, inputs.length, kind === 'causal' ? 'Scoring sentences' : 'Scoring sentences, one masked token at a time')
  }
  return { kind, scores }
}

async function encode(model: LoadedModel, texts: readonly string[]): Promise<Int32Array[]> {
  const tokenizer = textTokenizer(model)
  const tokens = await tokenizer.encodeTexts(texts)
  // One more than the special tokens: a causal model may get a beginning that its tokenizer does not add.
  const room = tokenizer.maxTokens - Math.max(1, tokenizer.specialCount)
  const long = tokens.findIndex(({ length }) => length > room)
  if (long >= 0)
    throw new UserError(`A sentence has ${tokens[long]!.length} tokens, but ${model.info.name} reads ${room} at a time: "${texts[long]!.slice(0, 60)}…"`)
  return tokens
}

function causalInputs(model: LoadedModel): (tokens: Int32Array, sentence: number) => Scored[] {
  const { prefix } = textTokenizer(model).around
  const bos = prefix.length > 0 ? null : beginningToken(model)
  const before = bos === null ? prefix : [bos]
  return (tokens, sentence) => {
    const ids = Int32Array.from([...before, ...tokens])
    // Without a beginning nothing predicts the first token: it is the same for both sentences of a pair in all but few.
    const first = Math.max(1, before.length)
    const targets = Array.from(ids.subarray(first))
    return targets.length > 0 ? [{ sentence, ids, rows: targets.map((_, i) => first + i - 1), targets }] : []
  }
}

function maskedInputs(model: LoadedModel): (tokens: Int32Array, sentence: number) => Scored[] {
  const { around, maskId: mask } = textTokenizer(model)
  const { prefix, suffix } = around
  if (mask === null)
    throw new UserError(`${model.info.name} has no mask token, so its tokens cannot be masked one at a time.`)
  return (tokens, sentence) =>
    Array.from(tokens, (target, at) => {
      const ids = Int32Array.from([...prefix, ...tokens, ...suffix])
      ids[prefix.length + at] = mask
      return { sentence, ids, rows: [prefix.length + at], targets: [target] }
    })
}

/** Inputs of like length together, as many as the model takes at once and as their scores fit into memory. */
function batchesOf(inputs: readonly Scored[], mostRows: number): Scored[][] {
  const sorted = [...inputs].sort((a, b) => a.ids.length - b.ids.length)
  const batches: Scored[][] = []
  let current: Scored[] = []
  let rows = 0
  for (const input of sorted) {
    if (current.length > 0 && ((current.length + 1) * input.ids.length > tokenBudget() || rows + input.rows.length > mostRows)) {
      batches.push(current)
      current = []
      rows = 0
    }
    current.push(input)
    rows += input.rows.length
  }
  if (current.length > 0) batches.push(current)
  return batches
}

function scoreBatch(model: LoadedModel, batch: readonly Scored[], scores: Float64Array, hooks?: Hooks): void {
  let start = 0
  const rows: number[] = []
  const targets: number[] = []
  const sentences: number[] = []
  for (const input of batch) {
    input.rows.forEach((row, i) => {
      rows.push(start + row)
      targets.push(input.targets[i]!)
      sentences.push(input.sentence)
    })
    start += input.ids.length
  }
  const { logits } = model.run(joinWindows(batch), { hiddenStates: false, attentions: false, logits: true, logitRows: Int32Array.from(rows) }, { hooks })
  const found = tokenLogProbabilities(logits!, Int32Array.from(targets))
  const values = found.dataSync()
  tf.dispose([logits!, found])
  sentences.forEach((sentence, i) => (scores[sentence]! += values[i]!))
}
