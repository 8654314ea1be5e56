import { editDistance } from '@shared/nearest'
import { quoted, UserError } from '@shared/userError'
import type { ModelFamily } from '../family'
import { albert } from './albert'
import { apertus } from './apertus'
import { bart } from './bart'
import { bert } from './bert'
import { bitnet } from './bitnet'
import { bloom } from './bloom'
import { camembert } from './camembert'
import { cohere } from './cohere'
import { cohere2 } from './cohere2'
import { debertaV2 } from './debertaV2'
import { distilbert } from './distilbert'
import { electra } from './electra'
import { ernie45 } from './ernie45'
import { eurobert } from './eurobert'
import { exaone4 } from './exaone4'
import { falcon } from './falcon'
import { falconMamba } from './falconMamba'
import { gemma } from './gemma'
import { gemma2 } from './gemma2'
import { gemma3 } from './gemma3'
import { gemma3Pictures } from './gemma3Pictures'
import { glm } from './glm'
import { glm4 } from './glm4'
import { glm4Moe } from './glm4Moe'
import { gpt2 } from './gpt2'
import { gptj } from './gptj'
import { gptNeo } from './gptNeo'
import { gptNeox } from './gptNeox'
import { granite } from './granite'
import { helium } from './helium'
import { hunyuan } from './hunyuan'
import { internlm3 } from './internlm3'
import { llama } from './llama'
import { mamba } from './mamba'
import { mamba2 } from './mamba2'
import { marian } from './marian'
import { ministral } from './ministral'
import { ministral3 } from './ministral3'
import { mistral } from './mistral'
import { mistral3 } from './mistral3'
import { mixtral } from './mixtral'
import { modernbert } from './modernbert'
import { mpnet } from './mpnet'
import { nemotron } from './nemotron'
import { olmo } from './olmo'
import { olmo2 } from './olmo2'
import { olmo3 } from './olmo3'
import { olmoe } from './olmoe'
import { opt } from './opt'
import { phi } from './phi'
import { phi3 } from './phi3'
import { phimoe } from './phimoe'
import { qwen2 } from './qwen2'
import { qwen2Moe } from './qwen2Moe'
import { qwen3 } from './qwen3'
import { qwen3Moe } from './qwen3Moe'
import { roberta } from './roberta'
import { smollm3 } from './smollm3'
import { stablelm } from './stablelm'
import { starcoder2 } from './starcoder2'
import { t5 } from './t5'
import { xlm } from './xlm'
import { xlmRoberta } from './xlmRoberta'
import { xlnet } from './xlnet'

/** Every family Layerscope can run. A new one is its file and a line here. */
export const families: readonly ModelFamily[] = [
  albert,
  apertus,
  bart,
  bert,
  bitnet,
  bloom,
  camembert,
  cohere,
  cohere2,
  debertaV2,
  distilbert,
  electra,
  ernie45,
  eurobert,
  exaone4,
  falcon,
  falconMamba,
  gemma,
  gemma2,
  gemma3,
  gemma3Pictures,
  glm,
  glm4,
  glm4Moe,
  gpt2,
  gptj,
  gptNeo,
  gptNeox,
  granite,
  helium,
  hunyuan,
  internlm3,
  llama,
  mamba,
  mamba2,
  marian,
  ministral,
  ministral3,
  mistral,
  mistral3,
  mixtral,
  modernbert,
  mpnet,
  nemotron,
  olmo,
  olmo2,
  olmo3,
  olmoe,
  opt,
  phi,
  phi3,
  phimoe,
  qwen2,
  qwen2Moe,
  qwen3,
  qwen3Moe,
  roberta,
  smollm3,
  stablelm,
  starcoder2,
  t5,
  xlm,
  xlmRoberta,
  xlnet
]

/** @throws UserError naming the model_type and the nearest families */
export function familyOf(modelType: unknown): ModelFamily {
  const family = families.find((candidate) => candidate.type === modelType)
  if (family) return family
  if (typeof modelType !== 'string')
    throw new UserError(
      "config.json has no 'model_type'; without it Layerscope cannot tell the family. Save the model again in Python " +
        '(model.save_pretrained(folder)), or add it.'
    )
  const near = familiesNear(modelType)
  const hint = near.length
    ? `The nearest that it runs ${near.length === 1 ? 'is' : 'are'} ${near.join(', ')}`
    : `It runs ${families.length} families, among them bert, gpt2 and llama`
  throw new UserError(
    `config.json: 'model_type' is ${quoted(modelType)}, a family Layerscope does not run. ${hint}; ` +
      'docs/adding-a-model.md lists all.'
  )
}

/** Families that share the letters a name begins or ends with, or are a typing mistake away from it; at most three. */
function familiesNear(modelType: string): string[] {
  const name = modelType.toLowerCase()
  const letters = (text: string): string => /^[a-z]*/.exec(text)![0]
  const rank = ({ type }: ModelFamily): number => {
    if (editDistance(name, type) <= 1) return 0
    if (letters(type).length > 2 && letters(type) === letters(name)) return 1
    return type.length > 3 && (name.includes(type) || type.includes(name)) ? 2 : 3
  }
  return families
    .map((family) => ({ type: family.type, rank: rank(family), edits: editDistance(name, family.type) }))
    .filter((candidate) => candidate.rank < 3)
    .sort((a, b) => a.rank - b.rank || a.edits - b.edits)
    .slice(0, 3)
    .map(({ type }) => type)
}
