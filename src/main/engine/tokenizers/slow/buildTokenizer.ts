import { UserError } from '@shared/userError'
import type { TokenizerFiles } from '../tokenizerFiles'
import { gemma, llama } from './bytePairFamilies'
import { fairseqPieces, fairseqRoberta } from './fairseq'
import { gpt2, qwen2, roberta, xlm } from './byteLevel'
import { openaiGpt } from './openaiGpt'
import type { BuiltTokenizer } from './parts'
import { albert, camembert, debertaV2, marian, mbart, t5, xlmRoberta, xlnet } from './unigramFamilies'
import { bertForm, mpnetForm, wordPiece } from './wordPiece'

/** One way to read files older than tokenizer.json: when it applies, what it reads, and what it builds. */
interface SlowFamily {
  /** `tokenizer_class` in the checkpoint's files, without 'Tokenizer'. */
  classes: readonly string[]
  /** `model_type` in config.json, where no class is named. */
  models: readonly string[]
  build(files: TokenizerFiles): BuiltTokenizer
}

/** Every family of slow tokenizers. A new one is a function and a line here. */
const families: readonly SlowFamily[] = [
  {
    classes: [
      'Bert',
      'DistilBert',
      'Electra',
      'MobileBert',
      'ConvBert',
      'SqueezeBert',
      'LayoutLM',
      'Lxmert',
      'RetriBert'
    ],
    models: ['bert', 'distilbert', 'electra', 'mobilebert', 'convbert', 'squeezebert', 'layoutlm', 'lxmert'],
    build: (files) => wordPiece(files, bertForm)
  },
  { classes: ['MPNet'], models: ['mpnet'], build: (files) => wordPiece(files, mpnetForm) },
  { classes: ['GPT2', 'CodeGen'], models: ['gpt2', 'gpt_neo', 'gptj', 'codegen', 'phi', 'opt'], build: gpt2 },
  {
    classes: ['Roberta', 'Bart', 'Longformer', 'LED', 'Mvp'],
    models: ['roberta', 'bart', 'longformer', 'led', 'mvp'],
    build: roberta
  },
  { classes: ['FairseqRoberta'], models: [], build: fairseqRoberta },
  { classes: ['FairseqPieces'], models: [], build: fairseqPieces },
  { classes: ['Qwen2'], models: ['qwen2', 'qwen3'], build: qwen2 },
  { classes: ['OpenAIGPT'], models: ['openai-gpt'], build: openaiGpt },
  { classes: ['XLM'], models: ['xlm'], build: xlm },
  { classes: ['Albert'], models: ['albert'], build: albert },
  { classes: ['XLNet'], models: ['xlnet'], build: xlnet },
  { classes: ['T5', 'MT5'], models: ['t5', 'mt5', 'umt5', 'longt5'], build: t5 },
  { classes: ['XLMRoberta'], models: ['xlm-roberta', 'xlm-roberta-xl'], build: xlmRoberta },
  { classes: ['Camembert'], models: ['camembert'], build: camembert },
  { classes: ['DebertaV2'], models: ['deberta-v2'], build: debertaV2 },
  { classes: ['MBart'], models: ['mbart'], build: mbart },
  { classes: ['Marian'], models: ['marian'], build: marian },
  { classes: ['Llama', 'CodeLlama', 'Phi3'], models: ['llama', 'mistral', 'phi3', 'mixtral'], build: llama },
  { classes: ['Gemma'], models: ['gemma', 'gemma2', 'gemma3_text'], build: gemma }
]

/**
 * The tokenizer of a checkpoint that has no tokenizer.json, as Python's slow tokenizer of that class reads its files.
 * @throws UserError where no class is named, Layerscope does not know it, or files do not match
 */
export function buildTokenizer(files: TokenizerFiles): BuiltTokenizer {
  const { tokenizerClass, modelType } = files
  const family = tokenizerClass
    ? families.find(({ classes }) => classes.includes(tokenizerClass))
    : families.find(({ models }) => modelType !== null && models.includes(modelType))
  if (family) return family.build(files)
  // A vocab.txt alone is BERT's: nothing else was ever saved under this name without a class.
  if (!tokenizerClass && !modelType && files.has('vocab.txt')) return wordPiece(files, bertForm)
  const needed = tokenizerClass
    ? `the tokenizer class '${tokenizerClass}Tokenizer'`
    : modelType
      ? `a tokenizer for '${modelType}'`
      : 'no tokenizer class'
  throw new UserError(
    `${files.folder} requires ${needed}, which Layerscope cannot build from its files. Save the tokenizer as ` +
      'tokenizer.json (in Python: AutoTokenizer.from_pretrained(folder).save_pretrained(folder)) and open the ' +
      'folder again.'
  )
}
