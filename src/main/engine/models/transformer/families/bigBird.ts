import type { ModelFamily } from '../family'
import { bert, bertConfig } from './bert'

/** BERT whose longer inputs are attended to block by block. */
export const bigBird: ModelFamily = {
  ...bert,
  type: 'big_bird',
  title: 'BigBird',
  source: 'Zaheer et al. 2020, https://arxiv.org/abs/2007.14062',
  config(reader) {
    reader.only('attention_type', ['original_full', 'block_sparse'])
    const config = bertConfig(reader)
    const activation = reader.activation('hidden_act', 'gelu_new')
    const sparse = reader.text('attention_type', 'block_sparse') === 'block_sparse'
    return {
      ...config,
      activation,
      embeddingScale: reader.flag('rescale_embeddings', false) ? Math.sqrt(config.width) : 1,
      biases: { ...config.biases, queryKeyValue: reader.flag('use_bias', true) },
      sparse: sparse
        ? { kind: 'blocks', size: reader.count('block_size', 64), random: reader.number('num_random_blocks', 3) }
        : null,
      padding: { ...config.padding, queriesZeroed: sparse },
      head: config.head && { ...config.head, transform: { activation, width: config.width, bias: true } }
    }
  },
  ignored: [...bert.ignored, /(^|\.)pooler\./],
  note: 'As in PyTorch outside training, the random blocks of its longer inputs are all the first block.'
}
