import type { ModelFamily } from '../family'
import { bert, bertConfig, bertWeights } from './bert'

/** BERT and a row for the task, which is the first. */
export const ernie: ModelFamily = {
  ...bert,
  type: 'ernie',
  title: 'ERNIE',
  source: 'Sun et al. 2020 (ERNIE 2.0), https://doi.org/10.1609/aaai.v34i05.6428',
  config: (reader) => ({
    ...bertConfig(reader),
    taskTypes: reader.flag('use_task_id', false) ? reader.count('task_type_vocab_size', 3) : 0
  }),
  weights: { ...bertWeights, taskEmbedding: 'embeddings.task_type_embeddings' },
  prefixes: ['', 'ernie.']
}
