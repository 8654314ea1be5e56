import { editDistance } from '@shared/nearest'
import { quoted, UserError } from '@shared/userError'
import type { ModelFamily } from '../family'
import { albert } from './albert'
import { apertus } from './apertus'
import { bart } from './bart'
import { bert } from './bert'
import { bigBird } from './bigBird'
import { bitnet } from './bitnet'
import { blenderbot } from './blenderbot'
import { bloom } from './bloom'
import { camembert } from './camembert'
import { clip } from './clip'
import { clipText } from './clipText'
import { codegen } from './codegen'
import { cohere } from './cohere'
import { cohere2 } from './cohere2'
import { convbert } from './convbert'
import { data2vecText } from './data2vecText'
import { deberta } from './deberta'
import { debertaV2 } from './debertaV2'
import { distilbert } from './distilbert'
import { electra } from './electra'
import { ernie } from './ernie'
import { ernie45 } from './ernie45'
import { esm } from './esm'
import { eurobert } from './eurobert'
import { exaone4 } from './exaone4'
import { falcon } from './falcon'
import { falconMamba } from './falconMamba'
import { flaubert } from './flaubert'
import { fnet } from './fnet'
import { gemma } from './gemma'
import { gemma2 } from './gemma2'
import { gemma3 } from './gemma3'
import { gemma3Pictures } from './gemma3Pictures'
import { gemma3n } from './gemma3n'
import { gemma3nPictures } from './gemma3nPictures'
import { gemma4 } from './gemma4'
import { gemma4Pictures } from './gemma4Pictures'
import { glm } from './glm'
import { glm4 } from './glm4'
import { glm4Moe } from './glm4Moe'
import { gpt2 } from './gpt2'
import { gptBigcode } from './gptBigcode'
import { gptj } from './gptj'
import { gptNeo } from './gptNeo'
import { gptNeox } from './gptNeox'
import { granite } from './granite'
import { gte } from './gte'
import { helium } from './helium'
import { hunyuan } from './hunyuan'
import { internlm3 } from './internlm3'
import { jinaEmbeddings } from './jinaEmbeddings'
import { led } from './led'
import { jetmoe } from './jetmoe'
import { llama } from './llama'
import { longformer } from './longformer'
import { longt5 } from './longt5'
import { luke } from './luke'
import { m2m100 } from './m2m100'
import { mamba } from './mamba'
import { mamba2 } from './mamba2'
import { marian } from './marian'
import { mbart } from './mbart'
import { megatronBert } from './megatronBert'
import { ministral } from './ministral'
import { ministral3 } from './ministral3'
import { mistral } from './mistral'
import { mistral3 } from './mistral3'
import { mixtral } from './mixtral'
import { modernbert } from './modernbert'
import { modernbertDecoder } from './modernbertDecoder'
import { mobilebert } from './mobilebert'
import { mpnet } from './mpnet'
import { mpt } from './mpt'
import { mt5 } from './mt5'
import { nemotron } from './nemotron'
import { nomicBert } from './nomicBert'
import { olmo } from './olmo'
import { olmo2 } from './olmo2'
import { olmo3 } from './olmo3'
import { olmoe } from './olmoe'
import { openaiGpt } from './openaiGpt'
import { opt } from './opt'
import { pegasus } from './pegasus'
import { phi } from './phi'
import { phi3 } from './phi3'
import { phimoe } from './phimoe'
import { qwen2 } from './qwen2'
import { qwen2Moe } from './qwen2Moe'
import { qwen3 } from './qwen3'
import { qwen3Moe } from './qwen3Moe'
import { rembert } from './rembert'
import { roberta } from './roberta'
import { robertaPrelayernorm } from './robertaPrelayernorm'
import { roformer } from './roformer'
import { siglip } from './siglip'
import { siglipText } from './siglipText'
import { smollm3 } from './smollm3'
import { squeezebert } from './squeezebert'
import { stablelm } from './stablelm'
import { starcoder2 } from './starcoder2'
import { t5 } from './t5'
import { umt5 } from './umt5'
import { xglm } from './xglm'
import { xlm } from './xlm'
import { xlmRoberta } from './xlmRoberta'
import { xlmRobertaXl } from './xlmRobertaXl'
import { xlnet } from './xlnet'
import { lfm2 } from './lfm2'
import { lfm2Moe } from './lfm2Moe'
import { jamba } from './jamba'
import { recurrentGemma } from './recurrentGemma'
import { rwkv } from './rwkv'
import { qwen3Next } from './qwen3Next'
import { gptOss } from './gptOss'
import { graniteMoe } from './graniteMoe'
import { graniteMoeHybrid } from './graniteMoeHybrid'
import { falconH1 } from './falconH1'
import { nemotronH } from './nemotronH'
import { llama4Text } from './llama4'
import { switchTransformers } from './switchTransformers'
import { deepseekV2, deepseekV3 } from './deepseek'
import { qwen35, qwen35Text } from './qwen35'

/** Every family Layerscope can run. A new one is its file and a line here. */
export const families: readonly ModelFamily[] = [
  albert,
  apertus,
  bart,
  bert,
  bigBird,
  bitnet,
  blenderbot,
  bloom,
  camembert,
  clip,
  clipText,
  codegen,
  cohere,
  cohere2,
  convbert,
  data2vecText,
  deberta,
  debertaV2,
  distilbert,
  electra,
  ernie,
  ernie45,
  esm,
  eurobert,
  exaone4,
  falcon,
  falconMamba,
  flaubert,
  fnet,
  gemma,
  gemma2,
  gemma3,
  gemma3Pictures,
  gemma3n,
  gemma3nPictures,
  gemma4,
  gemma4Pictures,
  glm,
  glm4,
  glm4Moe,
  gpt2,
  gptBigcode,
  gptj,
  gptNeo,
  gptNeox,
  granite,
  gte,
  helium,
  hunyuan,
  internlm3,
  jinaEmbeddings,
  led,
  jetmoe,
  llama,
  longformer,
  longt5,
  luke,
  m2m100,
  mamba,
  mamba2,
  marian,
  mbart,
  megatronBert,
  ministral,
  ministral3,
  mistral,
  mistral3,
  mixtral,
  modernbert,
  modernbertDecoder,
  mobilebert,
  mpnet,
  mpt,
  mt5,
  nemotron,
  nomicBert,
  olmo,
  olmo2,
  olmo3,
  olmoe,
  openaiGpt,
  opt,
  pegasus,
  phi,
  phi3,
  phimoe,
  qwen2,
  qwen2Moe,
  qwen3,
  qwen3Moe,
  rembert,
  roberta,
  robertaPrelayernorm,
  roformer,
  siglip,
  siglipText,
  smollm3,
  squeezebert,
  stablelm,
  starcoder2,
  t5,
  umt5,
  xglm,
  xlm,
  xlmRoberta,
  xlmRobertaXl,
  xlnet,
  lfm2,
  lfm2Moe,
  jamba,
  recurrentGemma,
  rwkv,
  qwen3Next,
  gptOss,
  graniteMoe,
  graniteMoeHybrid,
  falconH1,
  nemotronH,
  llama4Text,
  switchTransformers,
  deepseekV2,
  deepseekV3,
  qwen35,
  qwen35Text
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
