import type { Tensor } from '@tensorflow/tfjs-core'
import type { SentenceInside } from '@shared/inside'
import { hasValues } from '@shared/model'
import type { SentenceAnalysis, SentenceRef, TokenAnswers } from '@shared/sentence'
import { tensorData, type FloatTensor } from '@shared/tensorData'
import { RecentCache } from '@shared/recentCache'
import { UserError } from '@shared/userError'
import { tokenAnswers } from '../ablations/tokenAnswers'
import { joinWindows } from '../activations/extract'
import { insideSentence } from '../activations/insideSentence'
import { tellsSentences, type LoadedModel } from '../models/model'
import { alignedTokens } from '../tokenizers/alignedTokens'
import type { ReadSentence } from '../tokenizers/encodedSentence'
import type { SentenceEncoder } from '../tokenizers/sentenceEncoder'
import type { ModelService } from './modelService'
import { cosineDistance, meanEntropy, thumbnail } from '../activations/sentenceSummary'

/** Attention maps kept in memory over all sentences; beyond it a layer is computed again when needed. */
const cacheBytes = 192 * 2 ** 20

/** Runs single sentences: what the attention view, the rail and the inspector show. */
export class SentenceService {
  /** Maps of one block of one sentence, [heads, tokens, tokens], the least recently used first. */
  private readonly maps = new RecentCache<Float32Array>(cacheBytes, (map) => map.byteLength)

  constructor(
    private readonly models: ModelService,
    private readonly encoder: SentenceEncoder
  ) {}

  analyze(modelId: string, sentence: SentenceRef, thumbnailSize: number): Promise<SentenceAnalysis> {
    return this.models.use(modelId, (model) => this.analysis(model, sentence, thumbnailSize))
  }

  private async analysis(model: LoadedModel, sentence: SentenceRef, thumbnailSize: number): Promise<SentenceAnalysis> {
    const started = performance.now()
    const encoded = await this.encode(model, sentence)
    const tokens = encoded.ids.length
    const { layers, heads, width } = model.shape
    const size = Math.min(thumbnailSize, tokens)
    const thumbnails = new Uint8Array(layers * heads * size * size)
    const entropy = new Float32Array(layers * heads)
    const largest = new Float32Array(layers * heads)
    const isSpecial = (token: number): boolean => encoded.wordOfToken[token] === -1
    const run = model.run(joinWindows([encoded]), {
      hiddenStates: true,
      attentions: true,
      takeAttention: (block, pattern, firstHead) => {
        const count = pattern.shape[1]
        const map = take(pattern)
        for (let i = 0; i < count; i++) {
          const head = block * heads + firstHead + i
          largest[head] = thumbnail(map, i * tokens * tokens, tokens, thumbnails, head * size * size, size)
          entropy[head] = meanEntropy(map, i * tokens * tokens, tokens, isSpecial)
        }
        // Heads of a long sentence come one by one; a layer of them is too large to keep.
        if (count === heads) this.maps.put(mapKey(model.info.id, sentence, block), map)
      }
    })
    const movement = new Float32Array((layers + 1) * tokens)
    let below: Float32Array | null = null
    run.hiddenStates.forEach((tensor, layer) => {
      const hidden = take(tensor)
      if (below) for (let t = 0; t < tokens; t++) movement[layer * tokens + t] = cosineDistance(below, hidden, t, width)
      below = hidden
    })
    const tokenizer = model.needTokenizer()
    return {
      words: [...encoded.words],
      spaceAfter: [...encoded.spaceAfter],
      tokens: alignedTokens(tokenizer, encoded),
      truncatedWords: encoded.words.length - encoded.wordsTaken,
      emptyWords: encoded.wordsTaken - new Set(encoded.wordOfToken.filter((word) => word >= 0)).size,
      note: encoded.note,
      movement: tensorData([layers + 1, tokens], movement),
      entropy: tensorData([layers, heads], entropy),
      thumbnails: tensorData([layers, heads, size, size], thumbnails),
      largest: tensorData([layers, heads], largest),
      milliseconds: performance.now() - started
    }
  }

  /** One head: [tokens, tokens], rows are queries. Layers count from 1. */
  head(modelId: string, sentence: SentenceRef, layer: number, head: number): Promise<FloatTensor> {
    return this.models.use(modelId, async (model) => {
      if (head >= model.shape.heads)
        throw new UserError(`Head ${head + 1} does not exist; the model has ${model.shape.heads} heads a layer.`)
      const { map, tokens, heads } = await this.layerMap(model, sentence, layer, head)
      return tensorData(
        [tokens, tokens],
        heads === 1 ? map : map.slice(head * tokens * tokens, (head + 1) * tokens * tokens)
      )
    })
  }

  /** All heads of a layer: [heads, tokens, tokens]. */
  layer(modelId: string, sentence: SentenceRef, layer: number): Promise<FloatTensor> {
    return this.models.use(modelId, async (model) => {
      const { map, tokens } = await this.layerMap(model, sentence, layer)
      return tensorData([model.shape.heads, tokens, tokens], map)
    })
  }

  /** Gates, states and routers of one sentence. */
  inside(modelId: string, sentence: SentenceRef): Promise<SentenceInside> {
    return this.models.use(modelId, async (model) => {
      const encoded = await this.encode(model, sentence)
      return {
        tokens: alignedTokens(model.needTokenizer(), encoded),
        ...insideSentence(model, joinWindows([encoded]))
      }
    })
  }

  /**
   * What the head answers at some tokens. @param places tokens, from 0 @throws UserError for one that is not there
   */
  guesses(modelId: string, sentence: SentenceRef, places: readonly number[], count: number): Promise<TokenAnswers[]> {
    return this.models.use(modelId, async (model) => {
      if (!model.hasHead || places.length === 0) return []
      const encoded = await this.encode(model, sentence)
      const plain = sentence.masked?.length ? await this.encode(model, { ...sentence, masked: undefined }) : encoded
      const actual = plain.ids
      const tokens = actual.length
      const beyond = places.find((place) => place >= tokens)
      if (beyond !== undefined)
        throw new UserError(`The sentence has ${tokens} tokens, counted from 0; there is no token ${beyond}.`)
      const { logits } = model.run(joinWindows([encoded]), {
        hiddenStates: false,
        attentions: false,
        logits: true,
        logitRows: Int32Array.from(places)
      })
      const tokenizer = model.needTokenizer()
      const text = (id: number): string => tokenizer.tokenText(id)
      try {
        return tokenAnswers(logits!, places, count, (place) => actual[model.shape.causal ? place + 1 : place], text)
      } finally {
        logits!.dispose()
      }
    })
  }

  /** Hidden states of one sentence, not pooled: [tokens, width] a layer, with the sentence as the model reads it. */
  hiddenStates(modelId: string, sentence: SentenceRef): Promise<{ encoded: ReadSentence; layers: Float32Array[] }> {
    return this.models.use(modelId, async (model) => {
      const encoded = await this.encode(model, sentence)
      const { hiddenStates } = model.run(joinWindows([encoded]), { hiddenStates: true, attentions: false })
      return { encoded, layers: hiddenStates.map(take) }
    })
  }

  /**
   * 1 - cosine of the hidden states that two models have at the same token: [layers + 1, tokens].
   * @throws UserError where the models differ in layers or width, or split the sentence into other tokens
   */
  async distances(modelA: string, modelB: string, sentence: SentenceRef): Promise<FloatTensor> {
    const [a, b] = [await this.hiddenStates(modelA, sentence), await this.hiddenStates(modelB, sentence)]
    const tokens = a.encoded.ids.length
    const places = ({ wordOfToken, spans }: ReadSentence): string => JSON.stringify([[...wordOfToken], spans])
    if (places(a.encoded) !== places(b.encoded))
      throw new UserError(
        'Hidden states can only be compared token by token, and the two models split this sentence into different ' +
          'tokens.'
      )
    const width = a.layers[0]!.length / tokens
    if (a.layers.length !== b.layers.length || a.layers[0]!.length !== b.layers[0]!.length)
      throw new UserError(
        `Hidden states can only be compared between models of one shape: one has ${a.layers.length - 1} layers of ` +
          `width ${width}, the other ${b.layers.length - 1} of width ${b.layers[0]!.length / tokens}.`
      )
    const values = a.layers.flatMap((layer, i) =>
      Array.from({ length: tokens }, (_, token) => cosineDistance(layer, b.layers[i]!, token, width))
    )
    return tensorData([a.layers.length, tokens], Float32Array.from(values))
  }

  /** The map of a layer, or where it is too large to keep, of the one requested head. */
  private async layerMap(
    model: LoadedModel,
    sentence: SentenceRef,
    layer: number,
    only: number | null = null
  ): Promise<{ map: Float32Array; tokens: number; heads: number }> {
    if (!hasValues(model.info, 'attention')) throw new UserError(`${model.info.name} has no attention maps.`)
    if (layer < 1 || layer > model.shape.layers) {
      throw new UserError(
        `Layer ${layer} has no attention map; the model's attention layers are 1 to ${model.shape.layers}.`
      )
    }
    if (!model.info.values.some((value) => value.kind === 'attention' && value.layer === layer))
      throw new UserError(withoutMap(model.info, layer))
    const { heads } = model.shape
    const key = mapKey(model.info.id, sentence, layer - 1)
    const headKey = `${key}|${only}`
    const kept = this.maps.get(key)
    if (kept) return this.found(key, kept, heads)
    const keptHead = this.maps.get(headKey)
    if (keptHead) return this.found(headKey, keptHead, 1)

    const encoded = await this.encode(model, sentence)
    const tokens = encoded.ids.length
    let map: Float32Array | null = null
    let mapHeads = heads
    model.run(joinWindows([encoded]), {
      hiddenStates: false,
      attentions: new Set([layer - 1]),
      takeAttention: (_block, pattern, firstHead) => {
        const count = pattern.shape[1]
        if (count === heads) map = take(pattern)
        else if (only === null)
          (map ??= new Float32Array(heads * tokens * tokens)).set(take(pattern), firstHead * tokens * tokens)
        else if (firstHead === only) {
          map = take(pattern)
          mapHeads = 1
        } else pattern.dispose()
      }
    })
    return this.found(mapHeads === heads ? key : headKey, map!, mapHeads)
  }

  private found(key: string, map: Float32Array, heads: number): { map: Float32Array; tokens: number; heads: number } {
    this.maps.put(key, map)
    return { map, tokens: Math.round(Math.sqrt(map.length / heads)), heads }
  }

  private encode(model: LoadedModel, sentence: SentenceRef): Promise<ReadSentence> {
    return this.encoder.encode(model.needTokenizer(), sentence, tellsSentences(model.shape))
  }
}

/** Why a layer has no map, and what it has instead. */
function withoutMap({ name, values }: LoadedModel['info'], layer: number): string {
  const others = values.filter((value) => value.layer === layer && ['gate', 'state', 'router'].includes(value.kind))
  const instead = others.length ? ` It has ${others.map((value) => value.name).join(', ')} instead.` : ''
  return `Layer ${layer} of ${name} has no attention, so it has no map.${instead}`
}

function take(tensor: Tensor): Float32Array {
  const values = tensor.dataSync() as Float32Array
  tensor.dispose()
  return values
}

function mapKey(modelId: string, sentence: SentenceRef, block: number): string {
  return `${modelId}|${block}|${JSON.stringify(sentence)}`
}
