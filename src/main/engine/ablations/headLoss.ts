import { UserError } from '@shared/userError'
import type { LoadedModel } from '../models/model'
import type { Disguise } from './evaluate'
import { languageModelLoss } from './measures/languageModelLoss'
import { maskWindows } from './measures/questions'
import type { Measure } from './measures/measure'

/**
 * The loss that fits a model's head, and the input it is measured on if that is not the text itself.
 * @throws UserError for a masked language model whose tokenizer has no mask
 */
export function headLoss(model: LoadedModel, seed: number): { measure: Measure; disguise?: Disguise } {
  if (model.shape.causal) return { measure: languageModelLoss('next', seed) }
  const mask = model.needTokenizer().maskId
  if (mask === null)
    throw new UserError(
      'The tokenizer has no mask token, so the loss of masked tokens cannot be computed; omit the loss.'
    )
  return { measure: languageModelLoss('masked', seed), disguise: (given) => maskWindows(given, seed, mask) }
}
