import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeSafetensors, type TensorToWrite } from '../../src/main/engine/checkpoints/writeSafetensors'

export interface RandomShape {
  layers: number
  width: number
  heads: number
  /** Of Llama and Mixtral alone. */
  keyValueHeads?: number
  mlpWidth: number
  vocabulary: number
  maxTokens: number
}

export type RandomFamily = 'bert' | 'gpt2' | 'llama' | 'mamba' | 'mixtral'

/** Experts of a layer of Mixtral; a token goes through two. */
const experts = 8

/** Config and the shapes of the tensors, by the names that transformers gives them. */
const families: Record<RandomFamily, (shape: RandomShape) => { config: object; tensors: Record<string, number[]> }> = {
  bert: ({ layers, width, heads, mlpWidth, vocabulary, maxTokens }) => ({
    config: {
      model_type: 'bert',
      architectures: ['BertModel'],
      hidden_size: width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      intermediate_size: mlpWidth,
      vocab_size: vocabulary,
      max_position_embeddings: maxTokens,
      type_vocab_size: 2,
      hidden_act: 'gelu',
      layer_norm_eps: 1e-12
    },
    tensors: {
      'embeddings.word_embeddings.weight': [vocabulary, width],
      'embeddings.position_embeddings.weight': [maxTokens, width],
      'embeddings.token_type_embeddings.weight': [2, width],
      ...norm('embeddings.LayerNorm', width),
      ...everyLayer(layers, (i) => {
        const at = `encoder.layer.${i}`
        return {
          ...linear(`${at}.attention.self.query`, width, width),
          ...linear(`${at}.attention.self.key`, width, width),
          ...linear(`${at}.attention.self.value`, width, width),
          ...linear(`${at}.attention.output.dense`, width, width),
          ...norm(`${at}.attention.output.LayerNorm`, width),
          ...linear(`${at}.intermediate.dense`, width, mlpWidth),
          ...linear(`${at}.output.dense`, mlpWidth, width),
          ...norm(`${at}.output.LayerNorm`, width)
        }
      })
    }
  }),
  gpt2: ({ layers, width, heads, mlpWidth, vocabulary, maxTokens }) => ({
    config: {
      model_type: 'gpt2',
      architectures: ['GPT2Model'],
      n_embd: width,
      n_layer: layers,
      n_head: heads,
      n_inner: mlpWidth,
      vocab_size: vocabulary,
      n_positions: maxTokens,
      activation_function: 'gelu_new',
      layer_norm_epsilon: 1e-5,
      bos_token_id: 0,
      eos_token_id: 0
    },
    tensors: {
      'wte.weight': [vocabulary, width],
      'wpe.weight': [maxTokens, width],
      ...norm('ln_f', width),
      ...everyLayer(layers, (i) => ({
        ...norm(`h.${i}.ln_1`, width),
        // Stored [in, out].
        [`h.${i}.attn.c_attn.weight`]: [width, 3 * width],
        [`h.${i}.attn.c_attn.bias`]: [3 * width],
        [`h.${i}.attn.c_proj.weight`]: [width, width],
        [`h.${i}.attn.c_proj.bias`]: [width],
        ...norm(`h.${i}.ln_2`, width),
        [`h.${i}.mlp.c_fc.weight`]: [width, mlpWidth],
        [`h.${i}.mlp.c_fc.bias`]: [mlpWidth],
        [`h.${i}.mlp.c_proj.weight`]: [mlpWidth, width],
        [`h.${i}.mlp.c_proj.bias`]: [width]
      }))
    }
  }),
  llama: ({ layers, width, heads, keyValueHeads = heads, mlpWidth, vocabulary, maxTokens }) => ({
    config: {
      model_type: 'llama',
      architectures: ['LlamaModel'],
      hidden_size: width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      num_key_value_heads: keyValueHeads,
      intermediate_size: mlpWidth,
      vocab_size: vocabulary,
      max_position_embeddings: maxTokens,
      hidden_act: 'silu',
      rms_norm_eps: 1e-6,
      rope_theta: 10_000,
      bos_token_id: 0,
      eos_token_id: 0
    },
    tensors: {
      'embed_tokens.weight': [vocabulary, width],
      'norm.weight': [width],
      ...everyLayer(layers, (i) => {
        const at = `layers.${i}`
        return {
          ...llamaAttention(at, width, (width / heads) * keyValueHeads),
          [`${at}.mlp.gate_proj.weight`]: [mlpWidth, width],
          [`${at}.mlp.up_proj.weight`]: [mlpWidth, width],
          [`${at}.mlp.down_proj.weight`]: [width, mlpWidth]
        }
      })
    }
  }),
  mamba: ({ layers, width, vocabulary }) => {
    const [inner, state, rank, kernel] = [2 * width, 16, Math.ceil(width / 16), 4]
    return {
      config: {
        model_type: 'mamba',
        architectures: ['MambaModel'],
        hidden_size: width,
        intermediate_size: inner,
        num_hidden_layers: layers,
        state_size: state,
        time_step_rank: rank,
        conv_kernel: kernel,
        expand: 2,
        use_bias: false,
        use_conv_bias: true,
        hidden_act: 'silu',
        layer_norm_epsilon: 1e-5,
        residual_in_fp32: true,
        vocab_size: vocabulary
      },
      tensors: {
        'embeddings.weight': [vocabulary, width],
        'norm_f.weight': [width],
        ...everyLayer(layers, (i) => {
          const at = `layers.${i}.mixer`
          return {
            [`layers.${i}.norm.weight`]: [width],
            [`${at}.in_proj.weight`]: [2 * inner, width],
            [`${at}.conv1d.weight`]: [inner, 1, kernel],
            [`${at}.conv1d.bias`]: [inner],
            [`${at}.x_proj.weight`]: [rank + 2 * state, inner],
            ...linear(`${at}.dt_proj`, rank, inner),
            [`${at}.A_log`]: [inner, state],
            [`${at}.D`]: [inner],
            [`${at}.out_proj.weight`]: [width, inner]
          }
        })
      }
    }
  },
  mixtral: ({ layers, width, heads, keyValueHeads = heads, mlpWidth, vocabulary, maxTokens }) => ({
    config: {
      model_type: 'mixtral',
      architectures: ['MixtralModel'],
      hidden_size: width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      num_key_value_heads: keyValueHeads,
      intermediate_size: mlpWidth,
      num_local_experts: experts,
      num_experts_per_tok: 2,
      vocab_size: vocabulary,
      max_position_embeddings: maxTokens,
      hidden_act: 'silu',
      rms_norm_eps: 1e-6,
      rope_theta: 10_000,
      sliding_window: null
    },
    tensors: {
      'embed_tokens.weight': [vocabulary, width],
      'norm.weight': [width],
      ...everyLayer(layers, (i) => {
        const at = `layers.${i}`
        return {
          ...llamaAttention(at, width, (width / heads) * keyValueHeads),
          [`${at}.block_sparse_moe.gate.weight`]: [experts, width],
          ...everyLayer(experts, (e) => ({
            [`${at}.block_sparse_moe.experts.${e}.w1.weight`]: [mlpWidth, width],
            [`${at}.block_sparse_moe.experts.${e}.w2.weight`]: [width, mlpWidth],
            [`${at}.block_sparse_moe.experts.${e}.w3.weight`]: [mlpWidth, width]
          }))
        }
      })
    }
  })
}

/**
 * Saves a checkpoint with random weights (deviation 0.05, gains around 1) as transformers would; the same numbers every
 * time.
 */
export function writeRandomCheckpoint(folder: string, family: RandomFamily, shape: RandomShape): void {
  const { config, tensors } = families[family](shape)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, torch_dtype: 'float32' }))
  const random = normalNumbers(11)
  const filled: Record<string, TensorToWrite> = {}
  for (const [name, extents] of Object.entries(tensors)) {
    const gain = extents.length === 1 && name.endsWith('weight') ? 1 : 0
    const values = new Float32Array(extents.reduce((product, extent) => product * extent, 1))
    for (let i = 0; i < values.length; i++) values[i] = gain + 0.05 * random()
    filled[name] = { shape: extents, data: values }
  }
  writeSafetensors(join(folder, 'model.safetensors'), filled, { format: 'pt' })
}

function linear(name: string, inputs: number, outputs: number): Record<string, number[]> {
  return { [`${name}.weight`]: [outputs, inputs], [`${name}.bias`]: [outputs] }
}

function norm(name: string, width: number): Record<string, number[]> {
  return { [`${name}.weight`]: [width], [`${name}.bias`]: [width] }
}

/** Attention of a layer of Llama and Mixtral, with the norms before and after it. @param keys width of all keys */
function llamaAttention(at: string, width: number, keys: number): Record<string, number[]> {
  return {
    [`${at}.input_layernorm.weight`]: [width],
    [`${at}.self_attn.q_proj.weight`]: [width, width],
    [`${at}.self_attn.k_proj.weight`]: [keys, width],
    [`${at}.self_attn.v_proj.weight`]: [keys, width],
    [`${at}.self_attn.o_proj.weight`]: [width, width],
    [`${at}.post_attention_layernorm.weight`]: [width]
  }
}

function everyLayer(layers: number, tensorsOf: (layer: number) => Record<string, number[]>): Record<string, number[]> {
  return Object.assign({}, ...Array.from({ length: layers }, (_, i) => tensorsOf(i))) as Record<string, number[]>
}

/**
 * A sum of four even numbers from a linear congruential generator (Numerical Recipes, section 7.1): normal enough for
 * weights.
 */
function normalNumbers(seed: number): () => number {
  let state = seed
  const even = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  return () => (even() + even() + even() + even()) * Math.sqrt(3)
}
