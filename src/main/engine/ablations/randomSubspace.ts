import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { HookName } from '@shared/hookNames'
import type { Edit } from '@shared/intervention'
import { fillNormal, seededRandom } from '@shared/random'
import { configOfBlock, type TransformerConfig } from '../models/transformer/config'
import { Hooks, type Hook } from '../models/transformer/hooks'
import { makeEdit } from './edits'
import type { EditResources } from './edits/edit'
import type { Variant } from './evaluate'
import { orthonormal } from './orthonormal'

/**
 * What a head is compared with: as many dimensions of the output of its block's heads, edited in the same way, but
 * along directions drawn evenly instead of those of one head: v + B^T B (edit(v) - v), the rows of B orthonormal. A
 * head whose effect is no larger matters no more than any other share of its block's attention.
 */
export function randomSubspace(
  block: number,
  edit: Exclude<Edit, { kind: 'skip' }>,
  config: TransformerConfig,
  resources: EditResources,
  seed: number
): Variant {
  const at: HookName = `blocks.${block}.attn.result`
  const { heads, headWidth } = configOfBlock(config, block)
  const columns = heads * headWidth
  const basis = orthonormal(drawn(headWidth, columns, seed))
  const rows = Float32Array.from(basis.flatMap((row) => [...row]))
  const edited = makeEdit(edit, at, resources)
  const hook: Hook = (value, { shape }) => {
    const before = value as Tensor2D
    const b = tf.tensor2d(rows, [basis.length, columns])
    return tf.add(before, tf.matMul(tf.matMul(tf.sub(edited(before, shape), before), b, false, true), b))
  }
  return { hooks: new Hooks([[at, hook]]), block, afterAttention: true }
}

function drawn(rows: number, columns: number, seed: number): number[][] {
  const random = seededRandom(seed)
  return Array.from({ length: rows }, () => {
    const row = new Float32Array(columns)
    fillNormal(row, 1, random)
    return [...row]
  })
}
