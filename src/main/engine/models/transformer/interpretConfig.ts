import { quoted, UserError } from '@shared/userError'
import type { TransformerConfig } from './config'
import { ConfigReader } from './configReader'
import { refuseOtherArchitecture, refuseUnreadFields } from './contradictions'
import { families, familyOf } from './families'
import type { ModelFamily } from './family'

/**
 * What a checkpoint's config.json says, before any weight is read.
 * @throws UserError naming what is missing, contradictory or not implemented
 */
export function interpretConfig(json: Record<string, unknown>): {
  family: ModelFamily
  config: TransformerConfig
  reader: ConfigReader
} {
  const family = familyOf(json['model_type'])
  const reader = new ConfigReader(json)
  if (reader.has('quantization_config')) {
    const method = reader.object('quantization_config')!.text('quant_method', '')
    throw new UserError(
      `config.json: the weights are quantised${method && ` (${quoted(method)})`}, as 'quantization_config' says. ` +
        'Layerscope reads weights as F32, F16 or BF16; open the checkpoint that this one was made from.'
    )
  }
  const config = family.config(reader)
  refuseUnreadFields(reader, family)
  refuseOtherArchitecture(json, family, config, families)
  if (config.causal) reader.only('is_causal', [true])
  checkSizes(config)
  return { family, config, reader }
}

/** @throws UserError where the config's numbers contradict each other */
function checkSizes({ width, heads, keyValueHeads, headWidth, blocks }: TransformerConfig): void {
  if (heads === 0) return
  if (!Number.isInteger(headWidth))
    throw new UserError(`config.json: a width of ${width} cannot be split over ${heads} attention heads.`)
  for (const { rotary, headWidth: blockWidth = headWidth, keyValueHeads: blockHeads = keyValueHeads } of blocks) {
    if (heads % blockHeads !== 0)
      throw new UserError(
        `config.json: ${heads} attention heads cannot share ${blockHeads} heads of keys and values evenly.`
      )
    const turned = rotary?.width ?? 0
    if (turned % 2 !== 0 || turned > blockWidth)
      throw new UserError(
        `config.json: rotary positions need ${turned} values of a head that is ${blockWidth} wide; expected an even ` +
          'number that fits.'
      )
  }
}
