import { probeKinds } from '@shared/probeMethods'
import type { SentenceRef } from '@shared/sentence'
import { tensorData, type FloatTensor, type TensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import { poolWords } from '../activations/pooling'
import { answerOf } from '../probes/keptNetworks'
import { mixedStates } from '../probes/methods/mixedStates'
import { itemNames } from '../tasks/itemNames'
import type { ProbeLibrary } from './probeLibrary'
import type { SentenceService } from './sentenceService'

/** Predicts the labels of a sentence's words by the probes of kept runs. */
export class ProbePredictor {
  constructor(
    private readonly library: ProbeLibrary,
    private readonly sentences: SentenceService
  ) {}

  /** Every layer's answer for every word of one sentence, by the probes of a kept run. */
  async predict(
    runId: string,
    sentence: SentenceRef
  ): Promise<{ layers: number[]; classes: string[]; predicted: TensorData<Int32Array>; probability: FloatTensor }> {
    const result = this.library.result(runId)
    if (result.task.unit !== 'token')
      throw new UserError(
        `'${result.task.title}' labels ${itemNames[result.task.unit]}; its probes do not label single words.`
      )
    const layers = result.layers.map((layer) => layer.layer)
    const { encoded, layers: hidden } = await this.sentences.hiddenStates(result.model.id, sentence)
    const network = this.library.network(runId)
    if (network.length === 0)
      throw new UserError(
        `A probe of kind '${probeKinds[result.options.probe.kind].title}' is not kept; ` +
          'it has predictions only for the test words of its run.'
      )
    const mix = result.options.probe.kind === 'mix' ? this.library.tensor(runId, 'mix') : null
    const { words } = encoded
    const width = hidden[0]!.length / encoded.ids.length
    const predicted = new Int32Array(layers.length * words.length).fill(-1)
    const probability = new Float32Array(layers.length * words.length)
    const window = { sentence: 0, ids: encoded.ids, wordOfToken: encoded.wordOfToken, from: 0, to: encoded.wordsTaken }
    const known = new Set(encoded.wordOfToken)
    layers.forEach((layer, i) => {
      const vectors = new Float32Array(words.length * width)
      poolWords(mix ? mixedStates(hidden, mix, i) : hidden[layer]!, 0, width, window, result.pool, vectors, 0)
      words.forEach((_, word) => {
        if (!known.has(word)) return
        const answer = answerOf(vectors.subarray(word * width, (word + 1) * width), network, i)
        predicted[i * words.length + word] = answer.label
        probability[i * words.length + word] = answer.probability
      })
    })
    const shape = [layers.length, words.length]
    return {
      layers,
      classes: result.classes,
      predicted: tensorData(shape, predicted),
      probability: tensorData(shape, probability)
    }
  }
}
