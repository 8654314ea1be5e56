import type { HeadKind, HeadPooling } from '../recipe'

/** The head of one of transformers' classes for a task. */
export interface ClassHead {
  /** Name of the class, as in `architectures` of config.json. */
  name: string
  /** What it reads of the last hidden state; null where it reads every token. */
  pooling: Exclude<HeadPooling, 'mean'> | null
  /** The kinds of head that it can be, the usual one first, and the fields of config.json that make it that kind. */
  kinds: readonly { kind: HeadKind; config?: Readonly<Record<string, unknown>> }[]
  /** Name of its dense layer, without `.weight` and `.bias`; absent where it has none. */
  dense?: string
  /** Name of its last layer. */
  out: string
  /** Whether the last layer has a bias. */
  bias: boolean
}

/** The classes of transformers for a family. */
export interface FamilyClasses {
  /** What the classes for tasks put before the names of the model without a head. */
  prefix: string
  model: string
  sequence: ClassHead | null
  token: ClassHead | null
  /** Of the masked or causal language model; null for families whose language-model head is not run. */
  languageModel: string | null
}

/** One token's scores: a linear layer over the last hidden state. */
function ofTokens(name: string, out = 'classifier'): ClassHead {
  return { name, pooling: null, kinds: [{ kind: 'linear' }], out, bias: true }
}

/** dense, activation and out_proj over the first token, as in RoBERTa. */
function firstToken(name: string, kind: HeadKind, dense: string, out: string): ClassHead {
  return { name, pooling: 'first token', kinds: [{ kind }], dense, out, bias: true }
}

/** `score`, without a bias, over the last token that is not padding. */
function lastToken(name: string): ClassHead {
  return { name, pooling: 'last token', kinds: [{ kind: 'linear' }], out: 'score', bias: false }
}

/** Families whose classes are called alike and have the heads of RoBERTa. */
function likeRoberta(name: string, prefix: string, kind: HeadKind = 'dense, tanh, linear'): FamilyClasses {
  return {
    prefix,
    model: `${name}Model`,
    sequence: firstToken(`${name}ForSequenceClassification`, kind, 'classifier.dense', 'classifier.out_proj'),
    token: ofTokens(`${name}ForTokenClassification`),
    languageModel: `${name}ForMaskedLM`
  }
}

/** Generative families. @param tokens name of the layer that scores tokens; null where there is no class for that */
function generative(name: string, prefix: string, tokens: 'score' | 'classifier' | null): FamilyClasses {
  return {
    prefix,
    model: `${name}Model`,
    sequence: lastToken(`${name}ForSequenceClassification`),
    token: tokens === null ? null : ofTokens(`${name}ForTokenClassification`, tokens),
    languageModel: `${name}ForCausalLM`
  }
}

/** The same with the head of BERT, over its pooled first token. */
function likeBert(name: string, prefix: string): FamilyClasses {
  const sequence = firstToken(
    `${name}ForSequenceClassification`,
    'dense, tanh, linear',
    `${prefix}pooler.dense`,
    'classifier'
  )
  return { ...likeRoberta(name, prefix), sequence }
}

/** Encoders whose class for sequences has a head that Layerscope does not compute. */
function tokensOnly(name: string, prefix: string): FamilyClasses {
  return { ...likeRoberta(name, prefix), sequence: null }
}

/** Generative families with no class for sequences. */
function modelOnly(name: string, tokens: 'score' | 'classifier' | null = null): FamilyClasses {
  return { ...generative(name, 'model.', tokens), sequence: null }
}

/** Classes without a head that Layerscope can compute: those of encoder-decoders read what the decoder gives. */
const headless = { sequence: null, token: null, languageModel: null } as const

/** By `model_type`; the classes of transformers 4.57. A test holds names and shapes to them. */
const classes: Readonly<Record<string, FamilyClasses>> = {
  albert: {
    ...likeRoberta('Albert', 'albert.'),
    sequence: firstToken('AlbertForSequenceClassification', 'dense, tanh, linear', 'albert.pooler', 'classifier')
  },
  apertus: modelOnly('Apertus', 'score'),
  bart: { prefix: 'model.', model: 'BartModel', ...headless },
  bert: likeBert('Bert', 'bert.'),
  big_bird: tokensOnly('BigBird', 'bert.'),
  bitnet: modelOnly('BitNet'),
  blenderbot: { prefix: 'model.', model: 'BlenderbotModel', ...headless },
  bloom: generative('Bloom', 'transformer.', 'classifier'),
  camembert: likeRoberta('Camembert', 'roberta.'),
  clip: { prefix: 'text_model.', model: 'CLIPTextModel', ...headless },
  clip_text_model: { prefix: '', model: 'CLIPTextModel', ...headless },
  codegen: { ...modelOnly('CodeGen'), prefix: 'transformer.' },
  cohere: modelOnly('Cohere'),
  cohere2: modelOnly('Cohere2'),
  convbert: tokensOnly('ConvBert', 'convbert.'),
  'data2vec-text': likeRoberta('Data2VecText', 'data2vec_text.'),
  deberta: tokensOnly('Deberta', 'deberta.'),
  'deberta-v2': {
    ...likeRoberta('DebertaV2', 'deberta.'),
    sequence: {
      ...firstToken('DebertaV2ForSequenceClassification', 'dense, gelu, linear', 'pooler.dense', 'classifier'),
      kinds: [
        { kind: 'dense, gelu, linear', config: { pooler_hidden_act: 'gelu' } },
        { kind: 'dense, tanh, linear', config: { pooler_hidden_act: 'tanh' } },
        { kind: 'dense, relu, linear', config: { pooler_hidden_act: 'relu' } }
      ]
    }
  },
  distilbert: {
    ...likeRoberta('DistilBert', 'distilbert.'),
    sequence: firstToken('DistilBertForSequenceClassification', 'dense, relu, linear', 'pre_classifier', 'classifier')
  },
  electra: likeRoberta('Electra', 'electra.', 'dense, gelu, linear'),
  ernie: likeBert('Ernie', 'ernie.'),
  ernie4_5: modelOnly('Ernie4_5'),
  esm: likeRoberta('Esm', 'esm.'),
  eurobert: tokensOnly('EuroBert', 'model.'),
  exaone4: generative('Exaone4', 'model.', 'score'),
  falcon: generative('Falcon', 'transformer.', 'classifier'),
  flaubert: { ...tokensOnly('Flaubert', 'transformer.'), languageModel: 'FlaubertWithLMHeadModel' },
  gemma: generative('Gemma', 'model.', 'score'),
  gemma2: generative('Gemma2', 'model.', 'score'),
  gemma3_text: {
    ...generative('Gemma3', 'model.', null),
    model: 'Gemma3TextModel',
    sequence: lastToken('Gemma3TextForSequenceClassification')
  },
  gemma3: { prefix: 'model.', model: 'Gemma3Model', ...headless, languageModel: 'Gemma3ForConditionalGeneration' },
  gemma3n_text: { ...generative('Gemma3n', 'model.', null), model: 'Gemma3nTextModel', sequence: null },
  gemma3n: { prefix: 'model.', model: 'Gemma3nModel', ...headless },
  gemma4: { prefix: 'model.', model: 'Gemma4Model', ...headless },
  gemma4_text: { ...generative('Gemma4', 'model.', null), model: 'Gemma4TextModel', sequence: null },
  glm: generative('Glm', 'model.', 'score'),
  glm4: generative('Glm4', 'model.', 'score'),
  gpt2: { ...generative('GPT2', 'transformer.', 'classifier'), languageModel: 'GPT2LMHeadModel' },
  gpt_neo: generative('GPTNeo', 'transformer.', 'classifier'),
  gpt_neox: generative('GPTNeoX', 'gpt_neox.', 'classifier'),
  gptj: generative('GPTJ', 'transformer.', null),
  gpt_bigcode: generative('GPTBigCode', 'transformer.', 'classifier'),
  granite: modelOnly('Granite'),
  gte: tokensOnly('Gte', 'gte.'),
  helium: generative('Helium', 'model.', 'score'),
  hunyuan_v1_dense: generative('HunYuanDenseV1', 'model.', null),
  internlm3: modelOnly('Llama'),
  jina_embeddings_v3: likeRoberta('JinaEmbeddingsV3', 'roberta.'),
  llama: generative('Llama', 'model.', 'score'),
  longt5: { prefix: '', model: 'LongT5EncoderModel', ...headless },
  led: { prefix: 'led.', model: 'LEDModel', ...headless },
  longformer: likeRoberta('Longformer', 'longformer.'),
  luke: likeBert('Luke', 'luke.'),
  m2m_100: { prefix: 'model.', model: 'M2M100Model', ...headless },
  marian: { prefix: 'model.', model: 'MarianModel', ...headless },
  mbart: { prefix: 'model.', model: 'MBartModel', ...headless },
  'megatron-bert': likeBert('MegatronBert', 'bert.'),
  ministral: generative('Ministral', 'model.', 'score'),
  ministral3: generative('Ministral3', 'model.', 'score'),
  mistral: generative('Mistral', 'model.', 'score'),
  mistral3: {
    prefix: 'model.',
    model: 'Mistral3Model',
    ...headless,
    languageModel: 'Mistral3ForConditionalGeneration'
  },
  // Its heads have a norm after the dense layer.
  mobilebert: tokensOnly('MobileBert', 'mobilebert.'),
  modernbert: { prefix: 'model.', model: 'ModernBertModel', ...headless, languageModel: 'ModernBertForMaskedLM' },
  'modernbert-decoder': {
    prefix: 'model.',
    model: 'ModernBertDecoderModel',
    ...headless,
    languageModel: 'ModernBertDecoderForCausalLM'
  },
  mpnet: likeRoberta('MPNet', 'mpnet.'),
  mpt: generative('Mpt', 'transformer.', 'classifier'),
  mt5: { prefix: 'transformer.', model: 'MT5EncoderModel', ...headless, token: ofTokens('MT5ForTokenClassification') },
  nemotron: generative('Nemotron', 'model.', 'score'),
  olmo: generative('Olmo', 'model.', null),
  olmo2: modelOnly('Olmo2'),
  olmo3: generative('Olmo3', 'model.', null),
  nomic_bert: tokensOnly('NomicBert', 'nomic_bert.'),
  'openai-gpt': { ...generative('OpenAIGPT', 'transformer.', null), languageModel: 'OpenAIGPTLMHeadModel' },
  opt: generative('OPT', 'model.', null),
  pegasus: { prefix: 'model.', model: 'PegasusModel', ...headless },
  phi: generative('Phi', 'model.', 'score'),
  phi3: generative('Phi3', 'model.', 'score'),
  qwen2: generative('Qwen2', 'model.', 'score'),
  qwen3: generative('Qwen3', 'model.', 'score'),
  rembert: likeBert('RemBert', 'rembert.'),
  roberta: likeRoberta('Roberta', 'roberta.'),
  'roberta-prelayernorm': likeRoberta('RobertaPreLayerNorm', 'roberta_prelayernorm.'),
  roformer: tokensOnly('RoFormer', 'roformer.'),
  siglip: { prefix: 'text_model.', model: 'SiglipTextModel', ...headless },
  siglip_text_model: { prefix: '', model: 'SiglipTextModel', ...headless },
  smollm3: generative('SmolLM3', 'model.', 'score'),
  squeezebert: likeBert('SqueezeBert', 'transformer.'),
  stablelm: generative('StableLm', 'model.', 'score'),
  starcoder2: generative('Starcoder2', 'model.', 'score'),
  t5: { prefix: 'transformer.', model: 'T5EncoderModel', ...headless, token: ofTokens('T5ForTokenClassification') },
  umt5: {
    prefix: 'transformer.',
    model: 'UMT5EncoderModel',
    ...headless,
    token: ofTokens('UMT5ForTokenClassification')
  },
  xglm: modelOnly('XGLM'),
  xlm: {
    prefix: 'transformer.',
    model: 'XLMModel',
    sequence: {
      name: 'XLMForSequenceClassification',
      pooling: 'first token',
      kinds: [
        {
          kind: 'linear',
          config: {
            summary_type: 'first',
            summary_use_proj: true,
            summary_activation: null,
            summary_proj_to_labels: true
          }
        }
      ],
      out: 'sequence_summary.summary',
      bias: true
    },
    token: ofTokens('XLMForTokenClassification'),
    languageModel: 'XLMWithLMHeadModel'
  },
  'xlm-roberta': likeRoberta('XLMRoberta', 'roberta.'),
  'xlm-roberta-xl': likeRoberta('XLMRobertaXL', 'roberta.'),
  xlnet: {
    prefix: 'transformer.',
    model: 'XLNetModel',
    sequence: {
      name: 'XLNetForSequenceClassification',
      pooling: 'last token',
      kinds: [
        {
          kind: 'dense, tanh, linear',
          config: { summary_type: 'last', summary_use_proj: true, summary_activation: 'tanh' }
        }
      ],
      dense: 'sequence_summary.summary',
      out: 'logits_proj',
      bias: true
    },
    token: ofTokens('XLNetForTokenClassification'),
    languageModel: 'XLNetLMHeadModel'
  }
}

/** The classes of transformers for a family; null for one that is not in the table. */
export function classesOf(family: string): FamilyClasses | null {
  return Object.hasOwn(classes, family) ? classes[family]! : null
}

/** A head as training makes it. */
export interface HeadShape {
  pooling: HeadPooling
  kind: HeadKind
  /** Whether its last layer has a bias: `heads.NAME.bias`. */
  bias: boolean
}

/**
 * The head that transformers' class has for whole sequences, or for every token, so that what is trained opens there
 * with the same scores; null where there is no class with a head that Layerscope computes.
 * @param family `model_type` of config.json
 */
export function headOf(family: string, task: 'sequence' | 'token' = 'sequence'): HeadShape | null {
  const head = classesOf(family)?.[task]
  if (!head) return null
  return { pooling: head.pooling ?? 'first token', kind: head.kinds[0]!.kind, bias: head.bias }
}
