import type { JobHandle } from '@shared/jobs'
import type { ModelInfo, Pooling } from '@shared/model'
import { availableMemory } from '../models/memory/memoryPlan'
import { currentBackend } from '../backends/pick'
import type { Hooks } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import type { TokenBatch } from '../models/transformer/transformer'
import type { ReadSentence } from '../tokenizers/encodedSentence'
import { localRunner, type BatchRunner, type WordBatch } from './batchRunner'
import { wordSpans } from './pooling'
import { runnerFor } from './workerRunner'
import { batchesOf, windowsOf, type Window } from './windows'

/** Consecutive sentences that are computed, pooled and handed on together. */
export interface Chunk {
  /** Sentences [first, last). */
  first: number
  last: number
  /** Row of the first word among all words. */
  row: number
  words: number
}

/**
 * The word vectors of one chunk: for every layer [words, width], and the words (rows of the chunk) that had no token at
 * all.
 */
export interface ChunkVectors {
  chunk: Chunk
  layers: Float32Array[]
  missing: number[]
  subwords: number
}

/** Word vectors held at a time, over all layers: what keeps memory flat however large the corpus. */
const chunkBytes = 96 * 2 ** 20

/** Words of one chunk: as many as `chunkBytes` holds over all layers, and no more than keep progress steady. */
export function chunkWords(layers: number, width: number): number {
  return Math.min(8192, Math.max(256, Math.floor(chunkBytes / ((layers + 1) * width * 4))))
}

/** Of a model whose blocks are read once for each chunk: as many as a share of the memory that is free holds. */
function streamedChunkWords(layers: number, width: number): number {
  const { available } = availableMemory()
  return Math.min(65_536, Math.max(16, Math.floor((available * streamedShare) / ((layers + 1) * width * 4))))
}

/** A chunk is in memory as 32-bit and as 16-bit numbers, and the one before may not have been let go. */
const streamedShare = 1 / 4

/** Words of one chunk of a model. */
export function chunkWordsOf({ layers, width, memory }: Pick<ModelInfo, 'layers' | 'width' | 'memory'>): number {
  return memory.streamed ? streamedChunkWords(layers, width) : chunkWords(layers, width)
}

/** Splits sentences into chunks of about `limit` words, whole sentences each. */
export function chunksOf(sentenceLengths: readonly number[], limit: number): Chunk[] {
  const chunks: Chunk[] = []
  let current: Chunk = { first: 0, last: 0, row: 0, words: 0 }
  for (const [i, length] of sentenceLengths.entries()) {
    if (current.words && current.words + length > limit) {
      chunks.push(current)
      current = { first: i, last: i, row: current.row + current.words, words: 0 }
    }
    current.words += length
    current.last = i + 1
  }
  if (current.words) chunks.push(current)
  return chunks
}

/**
 * Tokens of one batch, padding included. Large batches keep a native matrix product busy; wasm and plain JavaScript
 * take small ones, because a batch cannot be interrupted and a cancel must be heard within half a second.
 */
export function tokenBudget(): number {
  const backend = currentBackend()?.name
  return backend === 'cpu' ? 64 : backend === 'wasm' ? 256 : 2048
}

/** Runs the model over the sentences of one chunk and pools every hidden state to words. */
export async function extractChunk(
  model: Pick<LoadedModel, 'shape' | 'needTokenizer'>,
  runner: BatchRunner,
  sentences: readonly (readonly string[])[],
  chunk: Chunk,
  pooling: Pooling,
  onTokens: (tokens: number) => Promise<void>
): Promise<ChunkVectors> {
  const { layers, width } = model.shape
  const tokenizer = model.needTokenizer()
  const mine = sentences.slice(chunk.first, chunk.last)
  await tokenizer.prepare(words(mine))
  const rowOf: number[] = []
  let row = 0
  for (const sentence of mine) {
    rowOf.push(row)
    row += sentence.length
  }
  const vectors = Array.from({ length: layers + 1 }, () => new Float32Array(chunk.words * width))
  const windows = mine.flatMap((sentence, i) => windowsOf(tokenizer, i, sentence))
  let subwords = 0
  const batches = batchesOf(windows, tokenBudget())
  const wordBatch = (batch: Window[]): WordBatch => ({
    input: joinWindows(batch),
    spans: wordSpans(batch, pooling, rowOf)
  })
  const waiting = batches.values()
  const runBatches = async (): Promise<void> => {
    for (const batch of waiting) {
      await runner.run(wordBatch(batch), vectors)
      const tokens = tokensOf(batch)
      subwords += tokens
      await onTokens(tokens)
    }
  }
  if (runner.runTogether) {
    subwords = batches.reduce((sum, batch) => sum + tokensOf(batch), 0)
    await runner.runTogether(batches.map(wordBatch), vectors, onTokens)
  } else await Promise.all(Array.from({ length: runner.parallel }, runBatches))
  const missing: number[] = []
  mine.forEach((sentence, i) =>
    sentence.forEach((word, w) => (tokenizer.piecesOf(word).length ? 0 : missing.push(rowOf[i]! + w)))
  )
  return { chunk, layers: vectors, missing, subwords }
}

export interface ExtractOptions {
  pooling: Pooling
  /** Words of a chunk; by default as many as memory allows. */
  chunkWords?: number
  /** Sentences that are already done; their chunks are skipped. */
  skipSentences?: number
  /** Changes of the forward pass, which only this process makes. */
  hooks?: Hooks
}

/** All chunks one after the other; `take` keeps or stores each before the next is computed. */
export async function extractAll(
  model: LoadedModel,
  sentences: readonly (readonly string[])[],
  options: ExtractOptions,
  job: JobHandle,
  take: (vectors: ChunkVectors) => void | Promise<void>
): Promise<void> {
  const limit = options.chunkWords ?? chunkWordsOf(model.info)
  const lengths = sentences.map((sentence) => sentence.length)
  const total = sum(lengths)
  // Chunks begin where an earlier run stopped, whatever their size was then.
  const skipped = options.skipSentences ?? 0
  const rowsDone = sum(lengths.slice(0, skipped))
  const open = chunksOf(lengths.slice(skipped), limit).map(({ first, last, row, words }): Chunk => ({
    first: first + skipped,
    last: last + skipped,
    row: row + rowsDone,
    words
  }))
  const runner = options.hooks ? localRunner(model, options.hooks) : await runnerFor(model, total - rowsDone)
  try {
    for (const chunk of open) {
      // Progress is shown in words; within a chunk it is estimated from its tokens.
      const subwords = await countSubwords(model, sentences, chunk)
      let tokens = 0
      const vectors = await extractChunk(model, runner, sentences, chunk, options.pooling, async (done) => {
        tokens += done
        job.progress(
          chunk.row + Math.round(chunk.words * Math.min(1, tokens / Math.max(1, subwords))),
          total,
          'Running the model'
        )
        await job.yield()
      })
      await take(vectors)
    }
  } finally {
    runner.close()
  }
}

/** Subwords of the sentences of a chunk, special tokens included, overlaps of long sentences not. */
export async function countSubwords(
  model: LoadedModel,
  sentences: readonly (readonly string[])[],
  { first, last }: { first: number; last: number }
): Promise<number> {
  const tokenizer = model.needTokenizer()
  const mine = sentences.slice(first, last)
  await tokenizer.prepare(words(mine))
  let count = 0
  for (const sentence of mine) {
    count += tokenizer.specialCount
    for (const word of sentence) count += tokenizer.piecesOf(word).length
  }
  return count
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function tokensOf(batch: readonly Window[]): number {
  return batch.reduce((sum, { ids }) => sum + ids.length, 0)
}

/** The model's input for some windows, one after another and without padding. */
export function joinWindows(
  windows: readonly (Pick<Window, 'ids'> & Pick<ReadSentence, 'segments' | 'hidden'>)[]
): TokenBatch {
  const lengths = windows.map((window) => window.ids.length)
  const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0))
  const mask = windows.some(({ hidden }) => hidden?.length) ? new Uint8Array(ids.length).fill(1) : null
  const segments = windows.some((window) => window.segments) ? new Int32Array(ids.length) : null
  let row = 0
  for (const window of windows) {
    ids.set(window.ids, row)
    if (window.segments) segments?.set(window.segments, row)
    for (const token of window.hidden ?? []) mask![row + token] = 0
    row += window.ids.length
  }
  return { lengths, ids, mask, segments }
}

function* words(sentences: readonly (readonly string[])[]): Generator<string> {
  for (const sentence of sentences) yield* sentence
}
