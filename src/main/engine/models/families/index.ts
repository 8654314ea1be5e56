import { UserError } from '@shared/userError'
import type { ModelFamily } from '../family'
import { bert } from './bert'

/** Every family Layerscope can run. A new one is its file and a line here. */
export const families: readonly ModelFamily[] = [bert]

/** @throws UserError naming the model_type and the ones that are known. */
export function familyOf(modelType: unknown): ModelFamily {
  const family = families.find((candidate) => candidate.type === modelType)
  if (family) return family
  const known = families.map((candidate) => candidate.type).join(', ')
  throw new UserError(
    typeof modelType === 'string'
      ? `config.json: 'model_type' is "${modelType}", a family Layerscope does not run; it runs ${known}.`
      : `config.json has no 'model_type'; without it Layerscope cannot tell the family (it runs ${known}).`
  )
}
