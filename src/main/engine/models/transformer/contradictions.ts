import { isDeepStrictEqual } from 'node:util'
import { quoted, UserError } from '@shared/userError'
import type { TransformerConfig } from './config'
import { ConfigReader } from './configReader'
import type { ModelFamily } from './family'

/**
 * Fields of single families that change what is computed, and the values that change nothing. A family that does not
 * ask for one of them cannot be the one that config.json is of.
 */
const telling: Readonly<Record<string, (value: unknown) => boolean>> = {
  embedding_multiplier: (value) => value === 1,
  residual_multiplier: (value) => value === 1,
  attention_multiplier: () => false,
  logits_scaling: (value) => value === 1,
  logit_scale: (value) => value === 1,
  no_rope_layers: (value) => every(value, 1),
  layer_types: (value) => every(value, 'full_attention'),
  clip_qkv: () => false,
  query_pre_attn_scalar: () => false,
  final_logit_softcapping: () => false,
  attn_logit_softcapping: () => false,
  use_qk_norm: (value) => value === false,
  alibi: (value) => value === false,
  pre_norm: (value) => value === false,
  token_dropout: (value) => value === false,
  attention_type: (value) => value === 'original_full',
  encoder_attention_type: () => false,
  altup_num_inputs: () => false,
  use_parallel_residual: (value) => value === false,
  new_decoder_architecture: (value) => value === false
}

function every(value: unknown, neutral: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => entry === neutral)
}

/** @throws UserError naming a field that would change numbers and that the family does not know */
export function refuseUnreadFields(reader: ConfigReader, { title }: ModelFamily): void {
  for (const [field, changesNothing] of Object.entries(telling)) {
    if (reader.wasAsked(field)) continue
    const value = reader.value(field)
    if (value === undefined || changesNothing(value)) continue
    throw reader.refusal(field, `which no ${title} model has; 'model_type' is most likely not that of this checkpoint`)
  }
}

/**
 * `architectures` names the class that the checkpoint was saved from. Where that is of another family, and the other
 * family computes something else, one of the two fields is wrong.
 * @throws UserError naming both
 */
export function refuseOtherArchitecture(
  json: Record<string, unknown>,
  family: ModelFamily,
  config: TransformerConfig,
  families: readonly ModelFamily[]
): void {
  const named = Array.isArray(json['architectures']) ? (json['architectures'] as unknown[])[0] : undefined
  if (typeof named !== 'string') return
  const stem = stemOf(named.replace(classEnding, ''))
  const meant = families.filter((candidate) => stemOf(candidate.className ?? candidate.type) === stem)
  if (!meant.length || meant.includes(family)) return
  if (meant.some((candidate) => computesSame(json, candidate, config))) return
  throw new UserError(
    `config.json: 'architectures' is ${quoted(named)}, a class of ${meant[0]!.title}, but 'model_type' is ` +
      `${quoted(family.type)}, and the two compute different things. Correct the field that is wrong.`
  )
}

const classEnding = /(For[A-Z]\w*|(With)?LMHeadModel|EncoderModel|MTModel|Model)$/

/** Classes and types without what differs between their spellings. */
function stemOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/text(model)?$/, '')
}

function computesSame(json: Record<string, unknown>, family: ModelFamily, config: TransformerConfig): boolean {
  try {
    const { maxTokens } = config
    return isDeepStrictEqual({ ...family.config(new ConfigReader(json)), maxTokens }, config)
  } catch {
    return false
  }
}
