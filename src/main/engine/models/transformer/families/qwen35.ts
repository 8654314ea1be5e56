import { textOf } from '../textPart'
import type { ModelFamily } from '../family'
import { llama } from './llama'
import { qwenHybridConfig, qwenHybridWeights } from './qwen3Next'

/** The text part of Qwen 3.5, saved by itself. Its positions in three parts are plain for text. */
export const qwen35Text: ModelFamily = {
  ...llama,
  type: 'qwen3_5_text',
  title: 'Qwen3.5',
  source: 'Qwen Team 2026, https://huggingface.co/Qwen/Qwen3.5-0.8B',
  config: (reader) => qwenHybridConfig(reader, false),
  weights: qwenHybridWeights,
  ignored: [...llama.ignored, /^mtp\./]
}

export const qwen35: ModelFamily = textOf({ ...qwen35Text, type: 'qwen3_5', title: 'Qwen3.5 (reads pictures too)' }, [
  qwen35Text
])
