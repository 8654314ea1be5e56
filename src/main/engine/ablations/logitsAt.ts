import type { Tensor2D } from '@tensorflow/tfjs-core'
import { joinWindows } from '../activations/extract'
import type { Hooks } from '../models/transformer/hooks'
import type { TransformerModel } from '../models/transformer/transformerModel'

/** The head's scores at one token of a sentence, [1, vocabulary]. The caller disposes of them. */
export function logitsAt(model: TransformerModel, ids: Int32Array, place: number, hooks?: Hooks): Tensor2D {
  const wanted = { hiddenStates: false, attentions: false, logits: true, logitRows: Int32Array.of(place) }
  return model.run(joinWindows([{ ids }]), wanted, { hooks }).logits!
}
