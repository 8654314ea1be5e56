import { createHash } from 'node:crypto'
import { basename, resolve } from 'node:path'
import type { JobHandle } from '@shared/jobs'
import type {
  PairLength,
  PairPreview,
  PairRequest,
  PairSet,
  ScoredPair,
  TokenProbabilities
} from '@shared/minimalPairs'
import type { Computed } from '@shared/results'
import { currentBackend } from '../backends/pick'
import type { ResultLibrary } from '../results/resultLibrary'
import { accuracies, clozeScores } from '../minimalPairs/accuracy'
import { packPairs, unpackPairs } from '../minimalPairs/packPairs'
import type { PairColumns } from '../minimalPairs/pairColumns'
import type { MinimalPair } from '../minimalPairs/minimalPair'
import { bundledPairSets } from '../minimalPairs/pairSets'
import { previewPairs } from '../minimalPairs/previewPairs'
import { Notes } from '../datasets/notes'
import { readPairs } from '../minimalPairs/readPairs'
import { ScoreCache, scoreKey, type ParadigmScores } from '../minimalPairs/scoreCache'
import { tokenScores, type ScoreKind, type TextToScore } from '../minimalPairs/sentenceScores'
import { textTokenizer } from '../minimalPairs/specialTokens'
import type { LoadedModel } from '../models/model'
import type { ModelService } from './modelService'
import { alignedTokens, surfacesOf } from '../tokenizers/alignedTokens'
import type { RunOutcome } from '../results/kind'
import { partOfJob } from '../jobs/partOfJob'

export interface MinimalPairRequest extends PairRequest {
  modelId: string
  /** A file, or a folder of them. */
  path: string
}

export interface PairPageRequest {
  runId: string
  /** Null for all. */
  paradigm: string | null
  offset: number
  limit: number
}

/** A pair that is read token by token. */
interface PairToRead extends Pick<ScoredPair, 'good' | 'bad' | 'completions'> {
  modelId: string
  withinWord?: boolean | undefined
}

/** Pairs whose subwords are counted before a run. */
const counted = 200

/** Which of two sentences a language model prefers, paradigm by paradigm. */
export class MinimalPairService {
  private readonly cache = new ScoreCache()

  constructor(
    private readonly models: ModelService,
    private readonly library: ResultLibrary
  ) {}

  sets(): Promise<PairSet[]> {
    return bundledPairSets()
  }
  preview({ path, ...columns }: PairColumns & { path: string }): Promise<PairPreview> {
    return previewPairs(path, columns)
  }
  /** What a run would cover: the SHA-256 of its pairs, the name of their set, and how many paradigms they have. */
  async identify(
    path: string,
    { pairs: limit, good, bad, paradigm }: PairRequest
  ): Promise<{ hash: string; name: string; paradigms: number }> {
    const pairs = firstPairs(await readPairs(path, { good, bad, paradigm }), limit)
    return {
      hash: hashOf(pairs),
      name: await nameOf(path),
      paradigms: new Set(pairs.map(({ paradigm }) => paradigm)).size
    }
  }

  /**
   * Subwords that a run feeds to the model: each sentence once, or once a token of it where the model masks them.
   * Estimated from sentences spread over the pairs.
   */
  async subwords({ modelId, path, pairs: limit, ...columns }: MinimalPairRequest): Promise<number> {
    const pairs = firstPairs(await readPairs(path, columns), limit)
    const step = Math.max(1, Math.ceil(pairs.length / counted))
    const texts = pairs.filter((_, i) => i % step === 0).flatMap((pair) => textsOf(pair).map(({ text }) => text))
    return this.models.use(modelId, async (model) => {
      const lengths = (await textTokenizer(model).encodeTexts(texts)).map((ids) => ids.length)
      const each = lengths.reduce((sum, length) => sum + (model.shape.causal ? length : length * length), 0)
      return each * step
    })
  }

  /**
   * @param fresh whether every pair is scored, also what was before
   * @throws UserError for a model without a head, and for data that holds no pairs
   */
  async run(
    { modelId, path, pairs: limit, withinWord = false, length, ...columns }: MinimalPairRequest,
    job: JobHandle,
    { fresh = false } = {}
  ): Promise<RunOutcome<'pairs'>> {
    const started = performance.now()
    const notes = new Notes()
    const pairs = firstPairs(await readPairs(path, columns, notes), limit)
    const { kind, ...scored } = await this.models.use(modelId, (model) =>
      this.score(model, pairs, { withinWord, length, fresh }, job)
    )
    const model = this.models.info(modelId)
    const cloze = clozeScores(pairs, scored)
    const result: Computed<'pairs'> = {
      model: { id: model.id, name: model.name },
      data: await nameOf(path),
      dataHash: hashOf(pairs),
      kind,
      ...(withinWord && { withinWord }),
      ...(length && { length }),
      limit,
      ...accuracies(pairs, scored.scores),
      ...(cloze.length > 0 ? { cloze } : {}),
      notes: notes.all(),
      backend: currentBackend()?.title ?? '',
      seconds: (performance.now() - started) / 1000
    }
    const tables = {
      pairs: packPairs(pairs),
      scores: { shape: [pairs.length, 2], data: Float32Array.from(scored.scores) }
    }
    return { result, tables }
  }

  /** Pairs of a kept run, the most strongly preferred unacceptable sentences first. */
  page({ runId, paradigm, offset, limit }: PairPageRequest): { total: number; rows: ScoredPair[] } {
    const [packed, stored] = this.library.tensors(runId, ['pairs', 'scores'])
    const [pairs, scores] = [unpackPairs(packed!.data), stored!.data]
    const margin = (index: number): number => scores[2 * index]! - scores[2 * index + 1]!
    const order = pairs
      .flatMap((pair, index) => (paradigm === null || pair.paradigm === paradigm ? [index] : []))
      .sort((a, b) => margin(a) - margin(b) || a - b)
    return {
      total: order.length,
      rows: order.slice(offset, offset + limit).map((index) => {
        const { paradigm: name, good, bad, completions } = pairs[index]!
        return {
          index,
          paradigm: name,
          good,
          bad,
          goodScore: scores[2 * index]!,
          badScore: scores[2 * index + 1]!,
          ...(completions ? { completions: { good: completions.good, bad: completions.bad } } : {})
        }
      })
    }
  }

  /** Both sentences of one pair token by token. @throws UserError for a model without a head */
  tokens(
    { modelId, good, bad, completions, withinWord = false }: PairToRead,
    job: JobHandle
  ): Promise<{ good: TokenProbabilities; bad: TokenProbabilities }> {
    return this.models.use(modelId, async (model) => {
      const tokenizer = textTokenizer(model)
      const both = textsOf({
        paradigm: '',
        good,
        bad,
        ...(completions ? { completions: { ...completions, condition: '' } } : {})
      })
      const { texts } = await tokenScores(model, both, job, { withinWord })
      const whole = await tokenizer.encodeTexts(both.map(({ text }) => text))
      const read = await Promise.all(both.map(({ text }) => tokenizer.encodeText(text)))
      const [first, second] = whole.map((ids, i): TokenProbabilities => {
        const outside = tokenizer.around.prefix.length
        const surfaces = surfacesOf(alignedTokens(tokenizer, read[i]!).slice(outside, outside + ids.length))
        const { tokens, logProbabilities, scored } = texts[i]!
        const before = ids.length - tokens.length
        // A causal model without a token at the beginning has no context for the first one.
        const unscored = tokens.length - scored
        return {
          tokens: Array.from(ids, (id) => tokenizer.tokenText(id)),
          ...(surfaces && { surfaces }),
          logProbabilities: Array.from(ids, (_, at) => (at < before + unscored ? null : logProbabilities[at - before]!))
        }
      })
      return { good: first!, bad: second! }
    })
  }

  /** Paradigm by paradigm; what was scored before is not scored again. */
  private async score(
    model: LoadedModel,
    pairs: readonly MinimalPair[],
    { withinWord, length, fresh }: { withinWord: boolean; length: PairLength | undefined; fresh: boolean },
    job: JobHandle
  ): Promise<ParadigmScores & { kind: ScoreKind }> {
    const scores = new Array<number>(2 * pairs.length).fill(0)
    const better = new Array<number>(2 * pairs.length).fill(-1)
    const paradigms = new Map<string, number[]>()
    pairs.forEach(({ paradigm }, index) => {
      const members = paradigms.get(paradigm)
      if (members) members.push(index)
      else paradigms.set(paradigm, [index])
    })
    // A model without a head is refused before anything is read.
    const { kind } = await tokenScores(model, [], job, { withinWord })
    let done = 0
    for (const [name, members] of paradigms) {
      await job.yield()
      const texts = members.flatMap((index) => textsOf(pairs[index]!))
      const key = scoreKey(model.info.id, currentBackend()?.name ?? '', withinWord ? { withinWord, texts } : texts)
      const part = partOfJob(job, done / pairs.length, (done + members.length) / pairs.length, `Scoring ${name}`)
      const kept = fresh ? null : this.cache.find(key)
      const cached = length === undefined || kept?.tokens ? kept : null
      const scored = cached ?? (await this.scoreTexts(model, texts, withinWord, part))
      if (!cached) this.cache.keep(key, scored)
      members.forEach((index, at) => {
        for (const side of [0, 1]) {
          const text = 2 * at + side
          scores[2 * index + side] = byLength(scored.scores[text]!, scored.tokens?.[text], length)
          better[2 * index + side] = scored.better[text]!
        }
      })
      done += members.length
      part.progress(1, 1)
    }
    return { kind, scores, better }
  }

  private async scoreTexts(
    model: LoadedModel,
    texts: readonly TextToScore[],
    withinWord: boolean,
    job: JobHandle
  ): Promise<ParadigmScores> {
    const { texts: scored } = await tokenScores(model, texts, job, {
      withinWord,
      ranks: texts.some(({ context }) => context !== undefined)
    })
    return {
      scores: scored.map(({ logProbabilities }) => logProbabilities.reduce((sum, value) => sum + value, 0)),
      better: scored.map(({ better }) => better),
      tokens: scored.map(({ scored: count }) => count)
    }
  }
}

/** A score divided by the length of its text. */
export function byLength(score: number, tokens: number | undefined, length: PairLength | undefined): number {
  if (length === undefined || !tokens) return score
  return score / (length === 'mean' ? tokens : ((5 + tokens) / 6) ** 0.8)
}

/** Of the set that comes with the app, or of the file or folder. */
async function nameOf(path: string): Promise<string> {
  return (await bundledPairSets()).find((set) => set.path === resolve(path))?.name ?? basename(path)
}

function hashOf(pairs: readonly MinimalPair[]): string {
  return createHash('sha256').update(JSON.stringify(pairs)).digest('hex')
}

/** Both sentences of a pair as they are scored. */
export function textsOf({ good, bad, completions }: MinimalPair): [TextToScore, TextToScore] {
  const text = (sentence: string, completion: string | undefined): TextToScore => ({
    text: sentence,
    ...(completion === undefined ? {} : { context: sentence.slice(0, -completion.length).trimEnd() })
  })
  return [text(good, completions?.good), text(bad, completions?.bad)]
}

/** The first pairs of each paradigm; null for all. */
export function firstPairs(pairs: readonly MinimalPair[], limit: number | null): MinimalPair[] {
  const taken = new Map<string, number>()
  return pairs.filter(({ paradigm }) => {
    const before = taken.get(paradigm) ?? 0
    taken.set(paradigm, before + 1)
    return limit === null || before < limit
  })
}
