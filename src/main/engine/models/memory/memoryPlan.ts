import * as tf from '@tensorflow/tfjs-core'
import { MemoryShort, UserError } from '@shared/userError'
import { activeKernels } from '../../backends/activeKernels'
import type { HalfType } from '../../backends/kernels'
import { elementsOf, type Checkpoint } from '../../checkpoints/checkpoint'
import type { TransformerConfig } from '../transformer/config'
import type { ModelFamily } from '../transformer/family'
import { matrixGroups } from '../transformer/matrixGroups'
import { findEmbedding } from '../transformer/weights'
import { requireArray } from '../../processes/largestArray'
import { memorySetting, systemMemory } from './systemMemory'

/** Memory that a checkpoint will need, known from its header before any weight is read. */
export interface MemoryPlan {
  parameters: number
  /** Bytes of its weights in memory, the head's matrix again where it is tied. */
  held: number
  /** The most at any moment while they are read. */
  peak: number
  /**
   * Bytes of the largest matrix that is held in one piece: all but the head and the tables of tokens, and of a tensor
   * that stacks experts the matrix of one.
   */
  largest: number
  /** The type of matrices and token tables that stay 16-bit numbers in memory; null where all weights are float32. */
  kept: HalfType | null
  /** What it takes with one of its blocks in memory at a time; absent where that is not possible. */
  streamed?: { held: number; peak: number }
}

/** How a model is opened, by the memory that there is. */
export interface Opening {
  streamed: boolean
  peak: number
}

/** Bytes still available. */
export interface AvailableMemory {
  available: number
  total: number
  of: 'machine' | 'container' | 'setting' | 'wasm'
}

/** Of TensorFlow.js' WebAssembly build: 65,535 pages of 64 KiB (`getHeapMax` in its JavaScript). */
const wasmLimit = 65_535 * 65_536
/**
 * What reading takes beside the tensors, measured: pieces of a file, arrays that are thrown away and not yet collected.
 */
const overhead = 192 * 2 ** 20

/** The same where the arrays of one block serve the next, measured. */
const streamedOverhead = 64 * 2 ** 20

/** Bytes of the word vectors of the smallest chunk that is worth reading all blocks for. */
const smallestChunk = 32 * 2 ** 20

/**
 * Predicts a checkpoint's memory from the shapes in its header. Unused tensors become known only while
 * reading; what a family is known to leave unread is not counted.
 * @param drawn whether the values are drawn, as those of an untrained twin, in float32
 */
export function planMemory(
  checkpoint: Checkpoint,
  family: ModelFamily,
  config: TransformerConfig,
  drawn = false
): MemoryPlan {
  const read = checkpoint.names().filter((name) => counts(name, family, config))
  const stored = (name: string): number => elementsOf(checkpoint.describe(name).shape)
  // A block-diagonal matrix is held with its zeros.
  const size = (name: string): number => stored(name) * matrixGroups(name, family, config)
  const { prefix, tokenEmbedding } = findEmbedding(checkpoint, family)
  const keptAs = drawn ? () => null : halfMatrices(checkpoint, family, prefix)
  const bytes = (name: string): number => (keptAs(name) ? 2 : 4) * size(name)
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
  const parameters = sum(read.map(stored))
  const unembedding = config.vocabulary * (config.outputWidth ?? config.embeddingWidth)
  // Packed for products when the first logits are requested, beside the rows that tokens are looked up in.
  const embedding = `${tokenEmbedding}.weight`
  const tied = hasTiedHead(checkpoint, family, config) ? unembedding * (keptAs(embedding) ? 2 : 4) : 0
  // On its way a matrix is an array of JavaScript's and, where packing rearranges it, a tensor too. One of 16-bit
  // numbers is packed from the array, a table of them filled from the file.
  const copies = activeKernels().packCopies() && tf.getBackend() !== 'wasm' ? 2 : 1
  const onTheWay = (name: string): number =>
    keptAs(name) ? (name === embedding ? 0 : bytes(name)) : copies * bytes(name)
  // A tensor that stacks experts counts whole: that of an untrained twin is drawn whole.
  const most = read.reduce((most, name) => Math.max(most, onTheWay(name)), keptAs(embedding) ? 0 : copies * tied)
  const heldBytes = (name: string): number => bytes(name) * (isReadTwice(name, family, config) ? 2 : 1)
  const held = sum(read.map(heldBytes)) + tied
  const stacked = stackedMatrices(family, config, prefix)
  const { layerInputs } = family.weights
  const tables = [tokenEmbedding, family.head?.unembedding, layerInputs && `${prefix}${layerInputs.table}`]
  const inPieces = tables.flatMap((name) => (name ? [name, `${name}.weight`] : []))
  const whole = read
    .filter((name) => !inPieces.includes(name))
    .reduce((most, name) => Math.max(most, bytes(name) / (stacked.get(name) ?? 1)), 0)
  const kept = read.map(keptAs).find((type) => type !== null) ?? null
  const plan = { parameters, held, peak: held + most + overhead, largest: whole, kept }
  if (drawn || !activeKernels().halves) return plan
  const oneBlock = tied + sharedAndLargestBlock(read, heldBytes)
  return { ...plan, streamed: { held: oneBlock, peak: oneBlock + most + streamedOverhead + smallestChunk } }
}

/** Whether attention and the convolution beside it each hold a tensor: the one that their queries come from. */
function isReadTwice(name: string, { weights }: ModelFamily, { blocks }: TransformerConfig): boolean {
  const { queryKeyValue } = weights
  if (!queryKeyValue || 'fused' in queryKeyValue) return false
  if (blocks.every(({ beside }) => beside?.kind !== 'spanConvolution')) return false
  return ['weight', 'bias'].some((part) => name.replace(/\.\d+\./, '.{i}.').endsWith(`${queryKeyValue.query}.${part}`))
}

/** Bytes of what belongs to no block and of the largest block: its tensors have its number in their names. */
function sharedAndLargestBlock(names: readonly string[], bytes: (name: string) => number): number {
  const blocks = new Map<string, number>()
  for (const name of names) {
    const block = name.match(/\.(\d+)\./)?.[1] ?? ''
    blocks.set(block, (blocks.get(block) ?? 0) + bytes(name))
  }
  const shared = blocks.get('') ?? 0
  blocks.delete('')
  return shared + Math.max(0, ...blocks.values())
}

/**
 * Which tensors stay 16-bit numbers in memory: matrices and token tables that are stored so, where the backend computes
 * with them.
 */
function halfMatrices(
  checkpoint: Checkpoint,
  { weights }: ModelFamily,
  prefix: string
): (name: string) => HalfType | null {
  if (!activeKernels().halves) return () => null
  const { positionEmbedding, segmentEmbedding, taskEmbedding, languageEmbedding, relativeTable, rotaryTable } = weights
  const tables = [positionEmbedding, segmentEmbedding, taskEmbedding, languageEmbedding, relativeTable, rotaryTable]
  const widened = new Set(tables.map((table) => `${prefix}${table}.weight`))
  return (name) => {
    if (checkpoint.describe(name).shape.length < 2 || widened.has(name.replace(/\.\d+\./, '.{i}.'))) return null
    return checkpoint.halves?.(name)?.type ?? null
  }
}

/** Tensors that hold the matrices of all experts of a block, and how many matrices are read out of each. */
function stackedMatrices({ weights }: ModelFamily, { blocks }: TransformerConfig, prefix: string): Map<string, number> {
  const { mixture } = weights
  if (!mixture?.stacked) return new Map()
  const { gate, up, down } = mixture.experts
  const matrices = new Map([
    [up, gate === up ? 2 : 1],
    [down, 1]
  ])
  if (gate !== undefined && gate !== up) matrices.set(gate, 1)
  return new Map(
    blocks.flatMap(({ feedForward }, block) => {
      if (!feedForward || feedForward === 'none' || feedForward.kind !== 'mixture') return []
      return [...matrices].flatMap(([name, each]) => {
        const full = `${prefix}${name.replace('{i}', String(block))}`
        return [full, `${full}.weight`].map((spelling): [string, number] => [spelling, each * feedForward.experts])
      })
    })
  )
}

/**
 * The plan of a model that holds each of its tensors once.
 * @param names tensors that are held; one that is held twice is listed twice
 */
export function planTensors(checkpoint: Checkpoint, names = checkpoint.names()): MemoryPlan {
  const sizes = names.map((name) => elementsOf(checkpoint.describe(name).shape))
  const parameters = sizes.reduce((sum, size) => sum + size, 0)
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0)
  const copies = tf.getBackend() === 'wasm' ? 1 : 2
  const held = 4 * parameters
  return { parameters, held, peak: held + copies * 4 * largest + overhead, largest: 4 * largest, kept: null }
}

/** A head that shares the embeddings is recognised by the dense layer before them, where it has one. */
function hasTiedHead(checkpoint: Checkpoint, family: ModelFamily, { head }: TransformerConfig): boolean {
  if (!head?.tied || !family.head) return false
  return head.transform === null || checkpoint.has(`${family.head.dense!}.weight`)
}

function counts(name: string, family: ModelFamily, config: TransformerConfig): boolean {
  // The head is among what may be left unread, for checkpoints that have one where the family has none.
  const head = family.head
  if (head && config.head) {
    if (name === `${head.unembedding}.weight`) return !config.head.tied
    const { dense, norm, bias = [] } = head
    if (bias.includes(name) || [dense, norm].some((layer) => layer && name.startsWith(`${layer}.`))) return true
  }
  return !family.ignored.some((pattern) => pattern.test(name))
}

/** Memory available to the backend in use. */
export function availableMemory(): AvailableMemory {
  const system = systemMemory()
  if (tf.getBackend() !== 'wasm') return system
  const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }
  const used = tf.memory().numBytes
  const remaining = wasmLimit - used
  // WebAssembly's memory never shrinks: memory that tensors released is reused first.
  const reachable = system.available + Math.max(0, wasm.HEAPU8.length - used)
  return remaining < reachable
    ? { available: remaining, total: wasmLimit, of: 'wasm' }
    : { ...system, available: reachable }
}

/**
 * Whether a model is held whole or a block at a time.
 * @param releasable bytes of models that would make room
 * @throws UserError with both numbers where neither fits
 */
export function planOpening(name: string, plan: MemoryPlan, memory: AvailableMemory, releasable = 0): Opening {
  const free = memory.available + releasable
  if (plan.peak > free && plan.streamed && plan.streamed.peak <= free) {
    requireArray(plan.largest, `The largest matrix of ${name}`)
    return { streamed: true, peak: plan.streamed.peak }
  }
  requireMemory(name, plan, memory, releasable)
  return { streamed: false, peak: plan.peak }
}

/**
 * Refuses a model that will not fit, before loading begins.
 * @param releasable bytes of models that would make room
 * @throws UserError with both numbers
 */
export function requireMemory(name: string, plan: MemoryPlan, memory: AvailableMemory, releasable = 0): void {
  requireArray(plan.largest, `The largest matrix of ${name}`)
  if (plan.peak <= memory.available + releasable) return
  const needed =
    `${name} needs ${gibibytes(plan.peak)} of memory to open (${(plan.parameters / 1e6).toFixed(1)} million ` +
    `parameters as ${plan.kept ? `${plan.kept} numbers, as they are stored` : '32-bit numbers'})`
  const free = gibibytes(memory.available + releasable)
  if (memory.of === 'wasm')
    throw new UserError(
      `${needed}, but of the ${gibibytes(memory.total)} that WebAssembly can hold ${free} are free. Set up ` +
        "native TensorFlow (npm run setup), which can use all of the machine's memory, or open a smaller model."
    )
  const streamed = plan.streamed ? `, or ${gibibytes(plan.streamed.peak)} a block at a time` : ''
  if (memory.of === 'setting')
    throw new MemoryShort(
      `${needed}${streamed}, but of the ${gibibytes(memory.total)} that ${memorySetting} allows only ${free} are ` +
        'free. Allow more, or open a smaller model.'
    )
  throw new MemoryShort(
    `${needed}${streamed}, but of this ${memory.of}'s ${gibibytes(memory.total)} only ${free} are free. Close other ` +
      'programs, open a smaller model, or open it where there is more memory.'
  )
}

export function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`
}
