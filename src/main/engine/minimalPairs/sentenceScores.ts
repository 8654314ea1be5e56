import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { joinWindows, tokenBudget } from '../activations/extract'
import type { Hooks } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import { tokenLogProbabilities, tokenRanks } from '../models/transformer/rowMeasures'
import type { WordTokenizer } from '../tokenizers/wordTokenizer'
import { beginningToken, textTokenizer } from './specialTokens'

/** How a model scores a sentence. */
export type ScoreKind = 'causal' | 'masked'

/** Scores of one batch, [rows, vocabulary]: what is held at a time, 64 MiB. */
const scoresAtOnce = 2 ** 24

/** A text to be scored, or only what follows its beginning. */
export interface TextToScore {
  text: string
  /** The context before the scored part; without it all of the text is scored. */
  context?: string | undefined
}

/** A model's scores of the scored tokens of one text, in their order. */
export interface TokenScores {
  tokens: Int32Array
  /** Of each, in nats. */
  logProbabilities: Float64Array
  /** How many of them the model scored: a causal model without a token that begins a text leaves out the first. */
  scored: number
  /**
   * How many tokens of the vocabulary the model finds more probable in the place of the first one; -1 where that was
   * not asked for.
   */
  better: number
}

/**
 * One input of the model, and the rows whose scores count: at `rows[i]` the token `targets[i]` is to be predicted,
 * which is number `places[i]` of the sentence.
 */
interface Scored {
  sentence: number
  ids: Int32Array
  rows: number[]
  targets: number[]
  places: number[]
}

/**
 * The log-probability that a model's own head gives to each text, in nats.
 *
 * `causal`: the sum of log p(token | tokens before it), after the token that begins a text. `masked`: the
 * pseudo-log-likelihood of Salazar et al. (2020), section 2: the sum of log p(token | all others), each token masked in
 * a run of its own; special tokens are not scored.
 * @param hooks changes of the forward pass
 * @throws UserError for a model without a head, a masked model without a mask token, and a text longer than the model's
 * window
 */
export async function sentenceScores(
  model: LoadedModel,
  texts: readonly string[],
  job: JobHandle,
  hooks?: Hooks
): Promise<{ kind: ScoreKind; scores: Float64Array }> {
  const { kind, texts: scored } = await tokenScores(
    model,
    texts.map((text) => ({ text })),
    job,
    { hooks }
  )
  return {
    kind,
    scores: Float64Array.from(scored, ({ logProbabilities }) => logProbabilities.reduce((sum, value) => sum + value, 0))
  }
}

interface ScoreOptions {
  ranks?: boolean
  withinWord?: boolean
  hooks?: Hooks | undefined
}

/**
 * The same token by token, and after a context. A masked model reads a context with a mask in the place of every token
 * that is scored and not yet predicted, so a word of several tokens is predicted from left to right (Kauf & Ivanova
 * 2023, within the word).
 * @param options.withinWord whether a masked model also has a mask in the place of the tokens of a word that follow the
 * one it predicts: PLL-word-l2r (Kauf & Ivanova 2023), of words as the pre-tokenizer cuts them
 * @param options.ranks whether to count what is more probable than the first token that counts
 * @param options.hooks changes of the forward pass
 */
export async function tokenScores(
  model: LoadedModel,
  texts: readonly TextToScore[],
  job: JobHandle,
  { ranks = false, withinWord = false, hooks }: ScoreOptions = {}
): Promise<{ kind: ScoreKind; texts: TokenScores[] }> {
  if (!model.hasHead)
    throw new UserError(
      `${model.info.name} has no language-model head, so it cannot score sentences; open a ` +
        'checkpoint that was saved with its head.'
    )
  const kind: ScoreKind = model.shape.causal ? 'causal' : 'masked'
  if (withinWord && kind === 'causal')
    throw new UserError(
      `${model.info.name} reads from left to right and masks nothing; masks within words are for masked models.`
    )
  const prepare = kind === 'causal' ? causalInputs(model) : maskedInputs(model, withinWord)
  const encoded = await encode(
    model,
    texts.map(({ text }) => text)
  )
  const tokens = encoded.map(({ ids }) => ids)
  const from = await startsOf(model, texts, tokens)
  const inputs = encoded.flatMap((read, text) => prepare(read, text, from[text]!, texts[text]!.context !== undefined))
  const found = tokens.map((ids, text): TokenScores => ({
    tokens: ids.slice(from[text]),
    logProbabilities: new Float64Array(ids.length - from[text]!),
    scored: 0,
    better: -1
  }))
  for (const { sentence, rows } of inputs) found[sentence]!.scored += rows.length
  let done = 0
  for (const batch of batchesOf(inputs, scoresAtOnce / model.shape.vocabulary)) {
    await job.yield()
    scoreBatch(model, batch, found, ranks, hooks)
    done += batch.length
    job.progress(
      done,
      inputs.length,
      kind === 'causal' ? 'Scoring sentences' : 'Scoring sentences, one masked token at a time'
    )
  }
  return { kind, texts: found }
}

/** Number of the first token of each text that counts: the first one that its context alone does not have. */
async function startsOf(
  model: LoadedModel,
  texts: readonly TextToScore[],
  tokens: readonly Int32Array[]
): Promise<number[]> {
  const contexts = [...new Set(texts.flatMap(({ context }) => context ?? []))]
  const encoded = new Map((await textTokenizer(model).encodeTexts(contexts)).map((ids, i) => [contexts[i]!, ids]))
  return texts.map(({ context }, text) => {
    const before = context === undefined ? null : encoded.get(context)
    if (!before) return 0
    const differs = before.findIndex((id, i) => tokens[text]![i] !== id)
    return Math.min(differs < 0 ? before.length : differs, tokens[text]!.length - 1)
  })
}

type TextTokens = Awaited<ReturnType<WordTokenizer['encodeTextsByWord']>>[number]

async function encode(model: LoadedModel, texts: readonly string[]): Promise<TextTokens[]> {
  const tokenizer = textTokenizer(model)
  const tokens = await tokenizer.encodeTextsByWord(texts)
  // One more than the special tokens: a causal model may get a beginning that its tokenizer does not add.
  const capacity = tokenizer.maxTokens - Math.max(1, tokenizer.specialCount)
  const long = tokens.findIndex(({ ids }) => ids.length > capacity)
  if (long >= 0)
    throw new UserError(
      `A sentence has ${tokens[long]!.ids.length} tokens, but ${model.info.name} reads ${capacity} at a time: ` +
        `"${texts[long]!.slice(0, 60)}…"`
    )
  return tokens
}

type Prepare = (read: TextTokens, sentence: number, from: number, afterContext: boolean) => Scored[]

function causalInputs(model: LoadedModel): Prepare {
  const { prefix } = textTokenizer(model).around
  const bos = prefix.length > 0 ? null : beginningToken(model)
  const before = bos === null ? prefix : [bos]
  return ({ ids: tokens }, sentence, from) => {
    const ids = Int32Array.from([...before, ...tokens])
    // Without a token that begins the text nothing predicts the first one; it rarely differs within a pair.
    const first = Math.max(1, before.length + from)
    const targets = Array.from(ids.subarray(first))
    return targets.length > 0
      ? [
          {
            sentence,
            ids,
            rows: targets.map((_, i) => first + i - 1),
            targets,
            places: targets.map((_, i) => first + i - before.length - from)
          }
        ]
      : []
  }
}

function maskedInputs(model: LoadedModel, withinWord: boolean): Prepare {
  const { around, maskId: mask } = textTokenizer(model)
  const { prefix, suffix } = around
  if (mask === null)
    throw new UserError(`${model.info.name} has no mask token, so its tokens cannot be masked one at a time.`)
  return ({ ids: tokens, wordIds }, sentence, from, afterContext) =>
    Array.from(tokens.subarray(from), (target, place) => {
      const ids = Int32Array.from([...prefix, ...tokens, ...suffix])
      const at = prefix.length + from + place
      if (afterContext) ids.fill(mask, at, prefix.length + tokens.length)
      else ids[at] = mask
      const word = withinWord ? wordIds[from + place] : null
      if (word !== null)
        for (let later = from + place + 1; wordIds[later] === word; later++) ids[prefix.length + later] = mask
      return { sentence, ids, rows: [at], targets: [target], places: [place] }
    })
}

/** Inputs of similar length together, as many as the model takes at once and as their scores fit into memory. */
function batchesOf(inputs: readonly Scored[], mostRows: number): Scored[][] {
  const sorted = [...inputs].sort((a, b) => a.ids.length - b.ids.length)
  const batches: Scored[][] = []
  let current: Scored[] = []
  let rows = 0
  for (const input of sorted) {
    if (
      current.length > 0 &&
      ((current.length + 1) * input.ids.length > tokenBudget() || rows + input.rows.length > mostRows)
    ) {
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

function scoreBatch(
  model: LoadedModel,
  batch: readonly Scored[],
  found: readonly TokenScores[],
  ranks: boolean,
  hooks?: Hooks
): void {
  let start = 0
  const rows: number[] = []
  const targets: number[] = []
  const places: { sentence: number; place: number }[] = []
  for (const input of batch) {
    input.rows.forEach((row, i) => {
      rows.push(start + row)
      targets.push(input.targets[i]!)
      places.push({ sentence: input.sentence, place: input.places[i]! })
    })
    start += input.ids.length
  }
  const { logits } = model.run(
    joinWindows(batch),
    { hiddenStates: false, attentions: false, logits: true, logitRows: Int32Array.from(rows) },
    { hooks }
  )
  const values = tokenLogProbabilities(logits!, Int32Array.from(targets))
  const better = ranks ? tokenRanks(logits!, Int32Array.from(targets)) : null
  const [read, counts] = [values.dataSync(), better?.dataSync()]
  tf.dispose([logits!, values, ...(better ? [better] : [])])
  places.forEach(({ sentence, place }, i) => {
    found[sentence]!.logProbabilities[place] = read[i]!
    if (counts && place === 0) found[sentence]!.better = counts[i]! - 1
  })
}
