import type { ConfigReader } from '../configReader'
import type { BlockAttention } from '../config'
import type { ModelFamily } from '../family'
import { bertWeights } from './bert'
import { roberta, robertaConfig } from './roberta'

/** `attention_window`, for every layer or one for all: keys in reach, half of them on either side. */
export function withWindows(reader: ConfigReader, blocks: readonly BlockAttention[]): BlockAttention[] {
  const given = reader.value('attention_window')
  const list = typeof given === 'number' ? blocks.map(() => given) : reader.integers('attention_window')
  const windows = list ?? blocks.map(() => 512)
  if (windows.length !== blocks.length) throw reader.refusal('attention_window', `but it has ${blocks.length} layers`)
  return blocks.map((place, i) => ({ ...place, window: Math.floor(windows[i]! / 2) + 1 }))
}

const attention = 'encoder.layer.{i}.attention.self'

/** RoBERTa with windows, and tokens that see and are seen by all where an input marks some. */
export const longformer: ModelFamily = {
  ...roberta,
  type: 'longformer',
  title: 'Longformer',
  source: 'Beltagy et al. 2020, https://arxiv.org/abs/2004.05150',
  config(reader) {
    const config = robertaConfig(reader)
    return {
      ...config,
      blocks: withWindows(reader, config.blocks),
      sparse: { kind: 'globals' },
      padding: { ...config.padding, queriesZeroed: true }
    }
  },
  weights: {
    ...bertWeights,
    globalQueryKeyValue: {
      query: `${attention}.query_global`,
      key: `${attention}.key_global`,
      value: `${attention}.value_global`
    }
  },
  prefixes: ['', 'longformer.'],
  note: 'Text is read without global tokens, so each token sees those within its window.'
}
