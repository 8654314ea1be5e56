import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { PatchGrid } from '@shared/ablation'
import type { HookName } from '@shared/hookNames'
import type { JobHandle } from '@shared/jobs'
import type { PatchMeasure, Receiver } from '@shared/patching'
import { meanOf } from '@shared/spread'
import { tensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import { Hooks, type Hook } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import { needTransformer, type TransformerModel } from '../models/transformer/transformerModel'
import { logitsAt } from './logitsAt'
import { headResults, PathPatching } from './pathPatching'
import { captureValues } from './resources'

/** Where the answer is read, and the two tokens that are compared. */
export interface Watched {
  /** Token of the sentence whose scores are read. */
  place: number
  first: number
  second: number
}

/** Two sentences with the same number of tokens. */
export interface PatchedPair {
  /** The sentence that is run. */
  sentence: { ids: Int32Array }
  /** The sentence whose values are patched in. */
  source: { ids: Int32Array }
  watched: Watched
}

/** Which values are patched where, and how their effect is judged. */
export interface Patching {
  pairs: readonly PatchedPair[]
  kind: PatchGrid['kind']
  measure?: PatchMeasure
  /** Where paths end. */
  receiver?: Receiver
}

/** The run of a cell of the grid: its hooks are made when it is its turn. */
interface CellRun {
  row: number
  column: number
  hooks(): Hooks
}

/**
 * Patches values of one sentence into the run of another, place by place, and measures how much of the difference of
 * the two answers each carries (Meng et al. 2022; Wang et al. 2023): 0 is the answer of the unchanged sentence, 1 that
 * of the other. Of several pairs, the mean change is divided by the mean difference.
 * @throws UserError if the sentences of a pair differ in length, or pairs do where tokens are patched, or if the
 * answers do not differ
 */
export async function patchGrid(
  loaded: LoadedModel,
  { pairs, kind, measure = 'difference', receiver = { part: 'logits' } }: Patching,
  job: JobHandle
): Promise<PatchGrid> {
  const model = needTransformer(loaded)
  const { layers, heads } = model.config
  const byHead = kind === 'head' || kind === 'path'
  const tokens = requireLengths(pairs, byHead)
  const answers = pairs.map((pair) => new Answer(model, pair, measure))
  const plain = meanOf(answers.map((answer) => answer.plain))
  const target = meanOf(answers.map((answer) => answer.target))
  if (Math.abs(target - plain) < 1e-4)
    throw new UserError(
      'Both sentences give the same answer for these two tokens, so there is nothing to carry over. Choose ' +
        'other tokens.'
    )
  const rows = kind === 'resid' ? layers + 1 : layers
  const columns = byHead ? heads : tokens
  const changes = Array.from({ length: rows * columns }, () => new Array<number>(pairs.length).fill(0))
  for (const [p, pair] of pairs.entries()) {
    const answer = answers[p]!
    const runs = kind === 'path' ? pathRuns(model, pair, receiver) : placeRuns(model, pair, kind)
    for (const { row, column, hooks } of runs) {
      const cell = row * columns + column
      job.progress(p * rows * columns + cell, pairs.length * rows * columns, `Patching layer ${row}`)
      await job.yield()
      changes[cell]![p] = answer.of(hooks()) - answer.plain
    }
  }
  const restored = Float32Array.from(changes, (change) => meanOf(change) / (target - plain))
  const tokenizer = model.needTokenizer()
  const texts = (ids: Int32Array): string[] => Array.from(ids, (id) => tokenizer.tokenText(id))
  const [{ sentence, source }] = pairs as [PatchedPair]
  return {
    kind,
    tokens: texts(sentence.ids),
    sourceTokens: texts(source.ids),
    plain,
    source: target,
    restored: tensorData([rows, columns], restored)
  }
}

/** The number of tokens. @throws UserError for sentences that do not fit together */
function requireLengths(pairs: readonly PatchedPair[], byHead: boolean): number {
  const tokens = pairs[0]!.sentence.ids.length
  for (const [p, { sentence, source }] of pairs.entries()) {
    const which = pairs.length === 1 ? 'The sentences' : `The sentences of pair ${p + 1}`
    if (source.ids.length !== sentence.ids.length)
      throw new UserError(
        `${which} have ${sentence.ids.length} and ${source.ids.length} tokens; values can be patched only between ` +
          'sentences with the same number of tokens. Choose words that are split into as many tokens.'
      )
    if (!byHead && sentence.ids.length !== tokens)
      throw new UserError(
        `${which} have ${sentence.ids.length} tokens, those of the first pair ${tokens}. A grid of tokens is for ` +
          'pairs of one length; patch heads or paths, or put pairs of each length into a file of their own.'
      )
  }
  return tokens
}

/** What a run of a pair's sentence answers. */
class Answer {
  readonly plain: number
  /** Of the sentence whose values are patched in. */
  readonly target: number
  /** Logarithms of the predictions there. */
  private readonly theirs: Float32Array

  constructor(
    private readonly model: TransformerModel,
    private readonly pair: PatchedPair,
    private readonly measure: PatchMeasure
  ) {
    const source = this.scores(pair.source.ids)
    this.theirs = measure === 'kl' ? logSoftmax(source) : source
    this.target = measure === 'kl' ? 0 : this.difference(source)
    this.plain = this.of()
  }

  /** log p(first) - log p(second), or the divergence of the predictions from the other sentence's, in nats. */
  of(hooks?: Hooks): number {
    const scores = this.scores(this.pair.sentence.ids, hooks)
    if (this.measure === 'difference') return this.difference(scores)
    const ours = logSoftmax(scores)
    return this.theirs.reduce((sum, log, token) => sum + Math.exp(log) * (log - ours[token]!), 0)
  }

  private difference(scores: Float32Array): number {
    const { first, second } = this.pair.watched
    return scores[first]! - scores[second]!
  }

  /** The head's scores at the watched place. */
  private scores(ids: Int32Array, hooks?: Hooks): Float32Array {
    const logits = logitsAt(this.model, ids, this.pair.watched.place, hooks)
    const scores = logits.dataSync<'float32'>()
    logits.dispose()
    return scores
  }
}

function logSoftmax(scores: Float32Array): Float32Array {
  const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity)
  const sum = scores.reduce((total, score) => total + Math.exp(score - largest), 0)
  return scores.map((score) => score - largest - Math.log(sum))
}

/** Every value of a kind by itself: layer by token, or layer by head. */
function* placeRuns(
  model: TransformerModel,
  { sentence, source }: PatchedPair,
  kind: Exclude<PatchGrid['kind'], 'path'>
): Generator<CellRun> {
  const { layers, heads } = model.config
  const tokens = sentence.ids.length
  const blocks = Array.from({ length: layers }, (_, block) => block)
  const names: HookName[] =
    kind === 'resid'
      ? ['embed', ...blocks.map((block): HookName => `blocks.${block}.resid_post`)]
      : blocks.map(
          (block): HookName =>
            `blocks.${block}.${kind === 'head' ? 'attn.result' : kind === 'attention' ? 'attn.out' : 'mlp.out'}`
        )
  const values = captureValues(model, source, names)
  for (const [row, name] of names.entries()) {
    const patched = values.get(name)!
    const width = patched.length / tokens
    const headWidth = width / heads
    for (let column = 0; column < (kind === 'head' ? heads : tokens); column++) {
      const here = (token: number, feature: number): boolean =>
        kind === 'head' ? Math.floor(feature / headWidth) === column : token === column
      const mask = Float32Array.from({ length: tokens * width }, (_, i) =>
        Number(here(Math.floor(i / width), i % width))
      )
      const hook: Hook = (value) => {
        const chosen = tf.tensor2d(mask, [tokens, width])
        return tf.add(tf.mul(tf.tensor2d(patched, [tokens, width]), chosen), tf.mul(value, tf.sub(1, chosen)))
      }
      yield { row, column, hooks: () => new Hooks([[name, hook]]) }
    }
  }
}

/** The path from every head that a receiver can read, to that receiver. */
function* pathRuns(model: TransformerModel, { sentence, source }: PatchedPair, receiver: Receiver): Generator<CellRun> {
  const paths = new PathPatching(model, receiver)
  const { heads, width } = model.config
  const tokens = sentence.ids.length
  const [plain, theirs] = [sentence, source].map(({ ids }) => headResults(model, ids, paths.senders))
  for (let row = 0; row < paths.senders; row++) {
    const changes = paths.changes(row, plain![row]!, theirs![row]!)
    for (let column = 0; column < heads; column++) {
      const change: Tensor2D = tf.slice(changes, [column * tokens, 0], [tokens, width])
      yield { row, column, hooks: () => paths.hooks(sentence.ids, change) }
      change.dispose()
    }
    changes.dispose()
  }
}
