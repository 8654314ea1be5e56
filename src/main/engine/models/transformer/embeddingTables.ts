import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { PositionTable, TransformerConfig } from './config'
import type { ModelFamily } from './family'
import type { WeightSource } from './weightSource'

/** The table of positions: stored, or computed where a checkpoint leaves it out. */
export function loadPositions(
  source: WeightSource,
  name: string,
  { rows, fallback, paddingId }: PositionTable,
  width: number
): Tensor2D {
  if (fallback === 'none' || source.has(`${name}.weight`)) return source.table(name, rows, width)
  const half = Math.ceil(width / 2)
  const fairseq = fallback === 'fairseqSinusoids'
  const frequency = (wave: number): number =>
    fairseq ? Math.fround(10_000 ** (-wave / (Math.floor(width / 2) - 1))) : 10_000 ** ((-2 * wave) / width)
  const values = Float32Array.from({ length: rows * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width]
    if (fairseq && row === paddingId) return 0
    const angle = row * frequency(column < half ? column : column - half)
    return column < half ? Math.sin(angle) : Math.cos(angle)
  })
  return tf.tensor2d(values, [rows, width])
}

/** Null where angles are computed. */
export function loadRotaryTable(
  source: WeightSource,
  name: string,
  { blocks, maxTokens }: TransformerConfig
): Tensor2D | null {
  const rotary = blocks[0]?.rotary
  return rotary?.stored && source.has(`${name}.weight`) ? source.table(name, maxTokens, rotary.width) : null
}

/** The table of tasks or of languages; null for a model without. */
export function loadMarks(
  source: WeightSource,
  names: ModelFamily['weights'],
  at: (name: string) => string,
  { taskTypes, languages }: TransformerConfig,
  width: number
): Tensor2D | null {
  if (taskTypes) return source.table(at(names.taskEmbedding!), taskTypes, width)
  return languages ? source.table(at(names.languageEmbedding!), languages, width) : null
}
