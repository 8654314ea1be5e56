import { sizes } from './config'
import type { ConfigReader } from './configReader'

/** Of a model without attention. */
export const noHeads = { heads: 0, keyValueHeads: 0, headWidth: 0 } as const

/**
 * The shape by the spelling of most families.
 * @param given what a family spells in its own way; its usual field is not read
 * @throws UserError for a field that is missing or wrong
 */
export function readSizes(
  reader: ConfigReader,
  given: Partial<Parameters<typeof sizes>[0]> = {}
): ReturnType<typeof sizes> {
  return sizes({
    layers: given.layers ?? reader.count('num_hidden_layers'),
    heads: given.heads ?? reader.count('num_attention_heads'),
    width: given.width ?? reader.count('hidden_size'),
    mlpWidth: given.mlpWidth ?? reader.count('intermediate_size'),
    vocabulary: given.vocabulary ?? reader.count('vocab_size'),
    maxTokens: given.maxTokens ?? reader.count('max_position_embeddings'),
    headWidth: given.headWidth,
    keyValueHeads: given.keyValueHeads
  })
}
