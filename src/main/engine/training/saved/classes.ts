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
  bert: {
    ...likeRoberta('Bert', 'bert.'),
    sequence: firstToken('BertForSequenceClassification', 'dense, tanh, linear', 'bert.pooler.dense', 'classifier')
  },
  bitnet: modelOnly('BitNet'),
  bloom: generative('Bloom', 'transformer.', 'classifier'),
  camembert: likeRoberta('Camembert', 'roberta.'),
  cohere: modelOnly('Cohere'),
  cohere2: modelOnly('Cohere2'),
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
  ernie4_5: modelOnly('Ernie4_5'),
  // Its head for sequences has an activation of its own.
  eurobert: {
    ...likeRoberta('EuroBert', 'model.'),
    sequence: null
  },
  exaone4: generative('Exaone4', 'model.', 'score'),
  falcon: generative('Falcon', 'transformer.', 'classifier'),
  gemma: generative('Gemma', 'model.', 'score'),
  gemma2: generative('Gemma2', 'model.', 'score'),
  gemma3_text: {
    ...generative('Gemma3', 'model.', null),
    model: 'Gemma3TextModel',
    sequence: lastToken('Gemma3TextForSequenceClassification')
  },
  gemma3: { prefix: 'model.', model: 'Gemma3Model', ...headless, languageModel: 'Gemma3ForConditionalGeneration' },
  glm: generative('Glm', 'model.', 'score'),
  glm4: generative('Glm4', 'model.', 'score'),
  gpt2: { ...generative('GPT2', 'transformer.', 'classifier'), languageModel: 'GPT2LMHeadModel' },
  gpt_neo: generative('GPTNeo', 'transformer.', 'classifier'),
  gpt_neox: generative('GPTNeoX', 'gpt_neox.', 'classifier'),
  gptj: generative('GPTJ', 'transformer.', null),
  granite: modelOnly('Granite'),
  helium: generative('Helium', 'model.', 'score'),
  hunyuan_v1_dense: generative('HunYuanDenseV1', 'model.', null),
  internlm3: modelOnly('Llama'),
  llama: generative('Llama', 'model.', 'score'),
  marian: { prefix: 'model.', model: 'MarianModel', ...headless },
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
  modernbert: { prefix: 'model.', model: 'ModernBertModel', ...headless, languageModel: 'ModernBertForMaskedLM' },
  mpnet: likeRoberta('MPNet', 'mpnet.'),
  nemotron: generative('Nemotron', 'model.', 'score'),
  olmo: generative('Olmo', 'model.', null),
  olmo2: modelOnly('Olmo2'),
  olmo3: generative('Olmo3', 'model.', null),
  opt: generative('OPT', 'model.', null),
  phi: generative('Phi', 'model.', 'score'),
  phi3: generative('Phi3', 'model.', 'score'),
  qwen2: generative('Qwen2', 'model.', 'score'),
  qwen3: generative('Qwen3', 'model.', 'score'),
  roberta: likeRoberta('Roberta', 'roberta.'),
  smollm3: generative('SmolLM3', 'model.', 'score'),
  stablelm: generative('StableLm', 'model.', 'score'),
  starcoder2: generative('Starcoder2', 'model.', 'score'),
  t5: { prefix: 'transformer.', model: 'T5EncoderModel', ...headless, token: ofTokens('T5ForTokenClassification') },
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
