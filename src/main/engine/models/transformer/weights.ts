import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { loadAdapter, type AdapterWeights } from './adapters'
import { configOfBlock, type TransformerConfig } from './config'
import { loadDiscriminator, type DiscriminatorWeights } from './discriminator'
import type { FeedForward } from './feedForward'
import type { ModelFamily, WeightNames } from './family'
import { headNames, loadHead, type HeadWeights } from './headWeights'
import { loadLatent, type LatentWeights } from './latentAttention'
import { loadLayerInputGate, loadLayerInputs, type LayerInputGate, type LayerInputWeights } from './layerInputWeights'
import { loadChannelMix } from './mixers/channelMix'
import { loadMixer } from './mixers'
import type { Mixer } from './mixers/mixer'
import { makesTokens } from './localAttention'
import { loadMarks, loadPositions, loadRotaryTable } from './embeddingTables'
import { loadMixture } from './mixture/load'
import type { Norm } from './norms'
import {
  loadHeadNorm,
  loadOutputGate,
  loadQueryKeyValue,
  loadTransformerXl,
  storedInOut,
  type TransformerXlWeights
} from './queryKeyValue'
import { streamedBlocks, type StreamedBlocks } from './streamedBlocks'
import {
  loadAugmented,
  loadBlockStreams,
  loadStreams,
  type AugmentedWeights,
  type BlockStreams,
  type StreamWeights
} from './streamWeights'
import { loadXielu, type XieluWeights } from './xielu'
import { refuseTwice, refuseUnreadBlocks } from './unreadWeights'
import { wholeMatrix, type Linear, type Outputs, type TokenTable, type WeightSource } from './weightSource'

export type { Linear } from './weightSource'

/** Fields that a config does without are null. */
export interface BlockWeights {
  attentionNorm: Norm | null
  /**
   * [width, (heads + 2 * keyValueHeads) * headWidth]: one product for queries, keys and values. Null in a block without
   * attention.
   */
  qkv: Linear | null
  /** The same of global tokens. */
  globalQkv: Linear | null
  queryNorm: Norm | null
  keyNorm: Norm | null
  /** Makes queries, keys and values in place of `qkv`. */
  latent: LatentWeights | null
  /** [heads] */
  sinks: Tensor1D | null
  /** [width, heads * headWidth] */
  outputGate: Linear | null
  attentionInnerNorm: Norm | null
  attentionOut: Linear | null
  /** In place of attention, or beside it. */
  mixer: Mixer | null
  attentionOutputNorm: Norm | null
  mlpNorm: Norm | null
  /** Null where something else is in place of the MLP, or nothing. */
  mlpIn: Linear | null
  mlpGate: Linear | null
  xielu: XieluWeights | null
  mlpInnerNorm: Norm | null
  mlpOut: Linear | null
  feedForward: FeedForward | null
  mlpOutputNorm: Norm | null
  /** Null in a model with one residual stream. */
  streams: BlockStreams | null
  augmented: AugmentedWeights | null
  layerInput: LayerInputGate | null
  /** [1] */
  layerFactor: Tensor1D | null
  attentionAdapter: AdapterWeights | null
  mlpAdapter: AdapterWeights | null
  /** [buckets, heads] */
  relativeTable: Tensor2D | null
  madeNorm: Norm | null
  relativeKey: Linear | null
  relativeQuery: Linear | null
  transformerXl: TransformerXlWeights | null
}

export interface TransformerWeights {
  /** [vocabulary, width] in pieces one below another. */
  tokenEmbedding: TokenTable[]
  positionEmbedding: Tensor2D | null
  segmentEmbedding: Tensor2D | null
  /** [tasks or languages, width] */
  markEmbedding: Tensor2D | null
  /** [places, width of a head] */
  rotaryTable: Tensor2D | null
  embeddingNorm: Norm | null
  embeddingProjection: Linear | null
  /** [buckets, heads] or [2 span, width]. */
  relativeTable: Tensor2D | null
  relativeNorm: Norm | null
  /** [buckets, heads] of tokens and those made of several. */
  madeTable: Tensor2D | null
  layerInputs: LayerInputWeights | null
  streams: StreamWeights | null
  blocks: Blocks
  finalNorm: Norm | null
  outputProjection: Linear | null
  /** Null where the checkpoint has no head. */
  head: HeadWeights | null
  /** Null where it is not trained to find replaced tokens, or was saved without that head. */
  discriminator: DiscriminatorWeights | null
}

/** The weights of a model's blocks, in memory or read when a pass comes to them. */
export interface Blocks {
  /** Of block `index` (0-based); to be used before another block's are asked for. */
  at(index: number): BlockWeights | undefined
}

/** Weights that are all in memory. */
export interface HeldWeights extends TransformerWeights {
  blocks: BlockWeights[]
}

/**
 * A family's weights. Every shape is checked against the config before the backend sees it.
 * @param drawn whether the values are not the checkpoint's
 * @returns the weights, the names of unused tensors, and notes on what was read
 * @throws UserError naming the tensor that is missing, has another shape, holds values that are not numbers,
 * or belongs to a block and would be left unread
 */
export function loadWeights(
  source: WeightSource,
  given: ModelFamily,
  config: TransformerConfig,
  drawn = false
): LoadedWeights<HeldWeights> {
  const family = ofConfig(given, config)
  const blockOf = blockReader(source, family, config)
  const blocks = Array.from({ length: config.distinctBlocks }, (_, i) => blockOf(i))
  const held = Array.from({ length: config.layers }, (_, i) => ({
    ...blocks[distinctBlock(config, i)]!,
    ...adaptersOf(source, config, i)
  }))
  return loadWithBlocks(source, family, config, drawn, held)
}

/**
 * The same, but for the blocks: each is read once, which checks it, and let go; later it is read whenever a pass comes
 * to it, and takes the place of the one before.
 * @param beforeRead may throw where what is read is not what was checked
 */
export function loadStreamedWeights(
  source: WeightSource,
  given: ModelFamily,
  config: TransformerConfig,
  beforeRead: () => void
): LoadedWeights<TransformerWeights & { blocks: StreamedBlocks<BlockWeights> }> {
  const family = ofConfig(given, config)
  const blockOf = blockReader(source, family, config)
  const blocks = streamedBlocks(
    (i) => ({ ...blockOf(distinctBlock(config, i)), ...adaptersOf(source, config, i) }),
    beforeRead
  )
  for (let i = 0; i < config.layers; i++) blocks.at(i)
  blocks.release()
  return loadWithBlocks(source, family, config, false, blocks)
}

/** The family with the names of weights that a config of it has. */
function ofConfig(family: ModelFamily, config: TransformerConfig): ModelFamily {
  return family.weightsOf ? { ...family, weights: family.weightsOf(config) } : family
}

/** Weights, the names of unused tensors, and notes on what was read. */
interface LoadedWeights<W extends TransformerWeights> {
  weights: W
  unused: string[]
  notes: string[]
}

/** Reads one of the blocks that have weights of their own. */
function blockReader(source: WeightSource, family: ModelFamily, config: TransformerConfig) {
  const { prefix } = findEmbedding(source, family)
  return (i: number): OwnWeights =>
    loadBlock(source, family, configOfBlock(config, i), (name) => `${prefix}${name.replace('{i}', String(i))}`, i)
}

/** Which of the blocks that have weights of their own a layer has. */
function distinctBlock({ distinctBlocks, layers }: TransformerConfig, layer: number): number {
  return Math.floor((layer * distinctBlocks) / layers)
}

/** Layers that share their weights have adapters of their own. */
function adaptersOf(
  source: WeightSource,
  config: TransformerConfig,
  layer: number
): Pick<BlockWeights, 'attentionAdapter' | 'mlpAdapter'> {
  return {
    attentionAdapter: loadAdapter(source, config, layer, 'attention'),
    mlpAdapter: loadAdapter(source, config, layer, 'mlp')
  }
}

type OwnWeights = Omit<BlockWeights, 'attentionAdapter' | 'mlpAdapter'>

function loadWithBlocks<B extends Blocks>(
  source: WeightSource,
  family: ModelFamily,
  config: TransformerConfig,
  drawn: boolean,
  blocks: B
): LoadedWeights<TransformerWeights & { blocks: B }> {
  const { prefix, tokenEmbedding } = findEmbedding(source, family)
  const { weights: names } = family
  const { width, embeddingWidth, relative } = config
  const at = (name: string): string => `${prefix}${name}`
  // A projection of the sum comes after the norm, one of the token rows before everything else.
  const sumWidth = config.embeddingProjection === 'sum' ? embeddingWidth : width
  const weights: TransformerWeights & { blocks: B } = {
    tokenEmbedding: source.tokenTable(tokenEmbedding, config.vocabulary, embeddingWidth),
    positionEmbedding:
      config.positions && loadPositions(source, at(names.positionEmbedding!), config.positions, sumWidth),
    segmentEmbedding: config.segments ? source.table(at(names.segmentEmbedding!), config.segments, sumWidth) : null,
    markEmbedding: loadMarks(source, names, at, config, sumWidth),
    rotaryTable: loadRotaryTable(source, at(names.rotaryTable ?? ''), config),
    embeddingNorm: config.embeddingNorm ? source.norm(at(names.embeddingNorm!), sumWidth, config.norm) : null,
    embeddingProjection:
      config.embeddingProjection === 'none'
        ? null
        : source.linear(
            [wholeMatrix(at(names.embeddingProjection!), width)],
            embeddingWidth * (config.embeddingNeighbours ? 3 : 1),
            { bias: config.embeddingProjectionBias }
          ),
    relativeTable:
      relative?.kind === 'buckets' && !relative.byBlock
        ? source.table(at(names.relativeTable!), relative.buckets, config.heads)
        : relative?.kind === 'disentangled'
          ? source.table(
              at(names.relativeTable!),
              2 * (relative.buckets > 0 ? relative.buckets : relative.maxDistance),
              width
            )
          : null,
    relativeNorm:
      relative?.kind === 'disentangled' && relative.normed
        ? source.norm(at(names.relativeNorm!), width, config.norm)
        : null,
    madeTable:
      relative?.kind === 'buckets' && makesTokens(config)
        ? source.table(at(names.madeTable!), relative.buckets, config.heads)
        : null,
    streams: loadStreams(source, names.streams!, config, at),
    layerInputs: loadLayerInputs(source, names.layerInputs!, config, at),
    blocks,
    finalNorm: config.finalNorm ? source.norm(at(names.finalNorm!), width, config.norm) : null,
    outputProjection: config.outputWidth
      ? source.linear([wholeMatrix(at(names.outputProjection!), config.outputWidth)], width, { bias: false })
      : null,
    head: null,
    discriminator: loadDiscriminator(source, family.discriminator, config)
  }
  const notes: string[] = []
  if (family.head) weights.head = loadHead(source, headNames(source, family), config, tokenEmbedding, !drawn, notes)
  const unused = source.unused().filter((name) => !family.ignored.some((pattern) => pattern.test(name)))
  refuseTwice(source, family, prefix, tokenEmbedding)
  refuseUnreadBlocks(unused, family, config, prefix)
  return { weights, unused, notes }
}

/** The prefix under which this checkpoint keeps the family's names, recognised by its token embeddings. */
export function findEmbedding(
  source: Pick<WeightSource, 'has'>,
  { prefixes, weights }: ModelFamily
): { prefix: string; tokenEmbedding: string } {
  const spellings = typeof weights.tokenEmbedding === 'string' ? [weights.tokenEmbedding] : weights.tokenEmbedding
  for (const prefix of prefixes) {
    for (const spelling of spellings)
      if (source.has(`${prefix}${spelling}.weight`)) return { prefix, tokenEmbedding: `${prefix}${spelling}` }
  }
  return { prefix: prefixes[0]!, tokenEmbedding: `${prefixes[0]!}${spellings[0]!}` }
}

/** Keys and values that a checkpoint may have where those of another block are taken. */
function passKeys(source: WeightSource, names: WeightNames, at: (name: string) => string): void {
  const { queryKeyValue, keyNorm = '', valueNorm = '' } = names
  if (!queryKeyValue || 'fused' in queryKeyValue) throw new Error('Queries have a matrix of their own.')
  for (const name of [queryKeyValue.key, queryKeyValue.value, keyNorm, valueNorm])
    for (const ending of ['weight', 'bias']) source.pass(`${at(name)}.${ending}`)
}

function loadBlock(
  source: WeightSource,
  family: ModelFamily,
  config: TransformerConfig,
  at: (name: string) => string,
  index: number
): OwnWeights {
  const names: WeightNames = config.gated ? { ...family.weights, ...family.gatedWeights } : family.weights
  const { width, mlpWidth, biases, normPlacement, relative, groups } = config
  const attentionWidth = config.heads * config.headWidth
  const norm = (spellings: string | readonly string[]): Norm => {
    const [first, ...others] = [spellings].flat().map(at)
    return source.norm(others.find((name) => source.has(`${name}.weight`)) ?? first!, width, config.norm)
  }
  const linear = (
    name: string,
    inputs: number,
    outputs: number,
    bias: boolean,
    group?: 'attentionOut' | 'mlp',
    groups?: number
  ): Linear =>
    source.linear([wholeMatrix(at(name), outputs, groups)], inputs, {
      bias,
      inOut: group !== undefined && (storedInOut(family, group) || (group === 'mlp' && config.groupsInOut === true))
    })
  const mlpPart = (name: string, half: number): Linear => {
    if (names.mlpGate !== names.mlpIn) return linear(name, width, mlpWidth, biases.mlp, 'mlp', groups?.mlpIn)
    const part: Outputs = {
      name: at(name),
      stored: 2 * mlpWidth,
      count: mlpWidth,
      row: (output) => (family.gateBelow ? 1 - half : half) * mlpWidth + output
    }
    return source.linear([part], width, { bias: biases.mlp, inOut: storedInOut(family, 'mlp') })
  }
  const { feedForward = null, mixer = null, beside, latent, sinks, outputGate, keysOf } = config.blocks[index]!
  if (keysOf !== undefined) passKeys(source, names, at)
  const heads = config.heads * (latent?.valueWidth ?? config.headWidth)
  const mixing = mixer ?? beside ?? null
  const normsInput = normPlacement !== 'output'
  const normsOutput = normPlacement === 'output' || normPlacement === 'both'
  const transformerXl = relative?.kind === 'transformerXl' ? loadTransformerXl(source, names, at, config) : null
  const qkv = mixer || latent ? null : loadQueryKeyValue(source, family, config, at, index)
  const globalNames = config.sparse?.kind === 'globals' ? names.globalQueryKeyValue : undefined
  return {
    attentionNorm:
      normsInput && mixer !== 'none' && (index > 0 || config.firstAttentionNorm) ? norm(names.attentionNorm!) : null,
    qkv: transformerXl && qkv ? { weight: qkv.weight, bias: transformerXl.queryBias } : qkv,
    globalQkv: globalNames ? loadQueryKeyValue(source, family, config, at, index, globalNames) : null,
    queryNorm: mixer ? null : loadHeadNorm(source, config, index, at(names.queryNorm ?? ''), config.heads),
    keyNorm:
      mixer || keysOf !== undefined
        ? null
        : loadHeadNorm(source, config, index, at(names.keyNorm ?? ''), config.keyValueHeads),
    attentionInnerNorm:
      config.innerNorms && !mixer ? source.norm(at(names.attentionInnerNorm!), attentionWidth, config.norm) : null,
    attentionOut: mixer
      ? null
      : beside?.kind === 'spanConvolution'
        ? source.linear([{ ...wholeMatrix(at(names.attentionOut!), width), inputs: { first: 0, of: width } }], heads, {
            bias: biases.attentionOut
          })
        : linear(names.attentionOut!, heads, width, biases.attentionOut, 'attentionOut', groups?.attentionOut),
    mixer: mixing && mixing !== 'none' ? loadMixer(source, mixing, width, at(names.mixer!)) : null,
    latent: latent ? loadLatent(source, latent, width, config.heads, at(names.latent!)) : null,
    sinks: sinks ? source.vector(at(names.sinks!), config.heads) : null,
    outputGate: outputGate ? loadOutputGate(source, family, config, at) : null,
    attentionOutputNorm: normsOutput && mixer !== 'none' ? norm(names.attentionOutputNorm!) : null,
    mlpNorm: normsInput && config.parallel !== 'sharedNorm' && feedForward !== 'none' ? norm(names.mlpNorm!) : null,
    mlpIn: feedForward ? null : mlpPart(names.mlpIn!, 1),
    mlpGate: config.gated && !feedForward ? mlpPart(names.mlpGate!, 0) : null,
    xielu: config.xielu && !feedForward ? loadXielu(source, at(names.xielu!)) : null,
    mlpInnerNorm:
      config.innerNorms && !feedForward ? source.norm(at(names.mlpInnerNorm!), mlpWidth, config.norm) : null,
    mlpOut: feedForward
      ? null
      : linear(names.mlpOut!, mlpWidth, width, biases.mlpOut ?? biases.mlp, 'mlp', groups?.mlpOut),
    feedForward:
      feedForward && feedForward !== 'none'
        ? feedForward.kind === 'mixture'
          ? loadMixture(source, names.mixture!, feedForward, width, at, biases.mlp)
          : loadChannelMix(source, at(names.channelMix!), feedForward, width)
        : null,
    mlpOutputNorm: normsOutput && feedForward !== 'none' ? norm(names.mlpOutputNorm!) : null,
    streams: loadBlockStreams(source, names.streams!, config, at),
    augmented: loadAugmented(source, names.augmented!, config, at),
    layerInput: loadLayerInputGate(source, names.layerInputs!, config, at),
    layerFactor: config.layerFactors ? source.gain(at(names.layerFactor!), 1, 0) : null,
    relativeTable:
      relative?.kind === 'buckets' && relative.byBlock
        ? source.table(at(names.relativeTable!), relative.buckets, config.heads)
        : null,
    madeNorm: makesTokens(config) ? norm(names.madeNorm!) : null,
    relativeKey:
      relative?.kind === 'disentangled' && !relative.sharedProjections && relative.contentToPosition
        ? linear(names.relativeKey!, width, attentionWidth, relative.keyBias)
        : null,
    relativeQuery:
      relative?.kind === 'disentangled' && !relative.sharedProjections && relative.positionToContent
        ? linear(names.relativeQuery!, width, attentionWidth, true)
        : null,
    transformerXl: transformerXl?.weights ?? null
  }
}
