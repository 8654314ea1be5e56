import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { PretrainFamily } from '@shared/pretrain'
import { elementsOf } from '../checkpoints/checkpoint'
import { writeSafetensors, type LateTensor } from '../checkpoints/writeSafetensors'
import { atomicFolder } from '../files/atomicFolder'
import { pythonJson } from '../files/pythonJson'
import { tokenizerPaths } from '../tokenizers/tokenizerFiles'

/** The shape of a model that does not exist yet. */
export interface NewShape {
  layers: number
  width: number
  heads: number
  mlpWidth: number
  /** Tokens of the longest sequence. */
  window: number
  vocabulary: number
}

interface NewFamily {
  config(shape: NewShape): Record<string, unknown>
  /** Tensors by the names of transformers' class for the language model. */
  tensors(shape: NewShape): Record<string, number[]>
}

const dense = (name: string, out: number, inputs: number): Record<string, number[]> => ({
  [`${name}.weight`]: [out, inputs],
  [`${name}.bias`]: [out]
})
const norm = (name: string, width: number): Record<string, number[]> => ({
  [`${name}.weight`]: [width],
  [`${name}.bias`]: [width]
})
const blocks = (layers: number, of: (i: number) => Record<string, number[]>): Record<string, number[]> =>
  Object.assign({}, ...Array.from({ length: layers }, (_, i) => of(i))) as Record<string, number[]>

/** Families that a new model can be of, as their papers' releases set them up. */
const newFamilies: Readonly<Record<PretrainFamily, NewFamily>> = {
  bert: {
    config: ({ layers, width, heads, mlpWidth, window, vocabulary }) => ({
      model_type: 'bert',
      architectures: ['BertForMaskedLM'],
      vocab_size: vocabulary,
      hidden_size: width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      intermediate_size: mlpWidth,
      hidden_act: 'gelu',
      max_position_embeddings: window,
      type_vocab_size: 2,
      layer_norm_eps: 1e-12,
      initializer_range: 0.02,
      position_embedding_type: 'absolute',
      tie_word_embeddings: true
    }),
    tensors: ({ layers, width, mlpWidth, window, vocabulary }) => ({
      'bert.embeddings.word_embeddings.weight': [vocabulary, width],
      'bert.embeddings.position_embeddings.weight': [window, width],
      'bert.embeddings.token_type_embeddings.weight': [2, width],
      ...norm('bert.embeddings.LayerNorm', width),
      ...blocks(layers, (i) => {
        const block = `bert.encoder.layer.${i}`
        return {
          ...dense(`${block}.attention.self.query`, width, width),
          ...dense(`${block}.attention.self.key`, width, width),
          ...dense(`${block}.attention.self.value`, width, width),
          ...dense(`${block}.attention.output.dense`, width, width),
          ...norm(`${block}.attention.output.LayerNorm`, width),
          ...dense(`${block}.intermediate.dense`, mlpWidth, width),
          ...dense(`${block}.output.dense`, width, mlpWidth),
          ...norm(`${block}.output.LayerNorm`, width)
        }
      }),
      ...dense('cls.predictions.transform.dense', width, width),
      ...norm('cls.predictions.transform.LayerNorm', width),
      'cls.predictions.bias': [vocabulary]
    })
  },
  gpt2: {
    config: ({ layers, width, heads, mlpWidth, window, vocabulary }) => ({
      model_type: 'gpt2',
      architectures: ['GPT2LMHeadModel'],
      vocab_size: vocabulary,
      n_embd: width,
      n_layer: layers,
      n_head: heads,
      n_inner: mlpWidth,
      n_positions: window,
      n_ctx: window,
      activation_function: 'gelu_new',
      layer_norm_epsilon: 1e-5,
      initializer_range: 0.02,
      tie_word_embeddings: true
    }),
    tensors: ({ layers, width, mlpWidth, window, vocabulary }) => {
      // Its linear layers are stored [in, out].
      const conv = (name: string, inputs: number, out: number): Record<string, number[]> => ({
        [`${name}.weight`]: [inputs, out],
        [`${name}.bias`]: [out]
      })
      return {
        'transformer.wte.weight': [vocabulary, width],
        'transformer.wpe.weight': [window, width],
        ...blocks(layers, (i) => ({
          ...norm(`transformer.h.${i}.ln_1`, width),
          ...conv(`transformer.h.${i}.attn.c_attn`, width, 3 * width),
          ...conv(`transformer.h.${i}.attn.c_proj`, width, width),
          ...norm(`transformer.h.${i}.ln_2`, width),
          ...conv(`transformer.h.${i}.mlp.c_fc`, width, mlpWidth),
          ...conv(`transformer.h.${i}.mlp.c_proj`, mlpWidth, width)
        })),
        ...norm('transformer.ln_f', width)
      }
    }
  },
  llama: {
    config: ({ layers, width, heads, mlpWidth, window, vocabulary }) => ({
      model_type: 'llama',
      architectures: ['LlamaForCausalLM'],
      vocab_size: vocabulary,
      hidden_size: width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      num_key_value_heads: heads,
      intermediate_size: mlpWidth,
      hidden_act: 'silu',
      max_position_embeddings: window,
      rms_norm_eps: 1e-6,
      rope_theta: 10_000,
      initializer_range: 0.02,
      attention_bias: false,
      mlp_bias: false,
      tie_word_embeddings: true
    }),
    tensors: ({ layers, width, mlpWidth, vocabulary }) => ({
      'model.embed_tokens.weight': [vocabulary, width],
      ...blocks(layers, (i) => {
        const block = `model.layers.${i}`
        return {
          [`${block}.input_layernorm.weight`]: [width],
          ...Object.fromEntries(
            ['q', 'k', 'v', 'o'].map((part) => [`${block}.self_attn.${part}_proj.weight`, [width, width]])
          ),
          [`${block}.post_attention_layernorm.weight`]: [width],
          [`${block}.mlp.gate_proj.weight`]: [mlpWidth, width],
          [`${block}.mlp.up_proj.weight`]: [mlpWidth, width],
          [`${block}.mlp.down_proj.weight`]: [width, mlpWidth]
        }
      }),
      'model.norm.weight': [width]
    })
  }
}

/** Numbers of a new model. */
export function newParameterCount(family: PretrainFamily, shape: NewShape): number {
  return Object.values(newFamilies[family].tensors(shape)).reduce((sum, extents) => sum + elementsOf(extents), 0)
}

/**
 * Writes the folder of a model that is not trained yet, where it is not there already: config, tokenizer, and tensors
 * of zeros, which give names and shapes; its values are drawn when it is opened untrained.
 * @param tokenizerFolder its tokenizer's files are copied from there
 */
export function writeNewModel(folder: string, family: PretrainFamily, shape: NewShape, tokenizerFolder: string): void {
  if (existsSync(folder)) return
  const { config, tensors } = newFamilies[family]
  mkdirSync(join(folder, '..'), { recursive: true })
  atomicFolder(folder, (unfinished) => {
    writeFileSync(join(unfinished, 'config.json'), pythonJson(config(shape)))
    for (const path of tokenizerPaths(tokenizerFolder)) copyFileSync(path, join(unfinished, basename(path)))
    const zeros = Object.entries(tensors(shape)).map(([name, extents]): [string, LateTensor] => [
      name,
      { shape: extents, data: () => new Float32Array(elementsOf(extents)) }
    ])
    writeSafetensors(join(unfinished, 'model.safetensors'), Object.fromEntries(zeros), { format: 'pt' })
  })
}
