import * as tf from '@tensorflow/tfjs-core'
import type { PatchGrid } from '@shared/ablation'
import type { HookName } from '@shared/hookNames'
import type { JobHandle } from '@shared/jobs'
import { tensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import { joinWindows } from '../activations/extract'
import { Hooks, type Hook } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import { needTransformer } from '../models/transformer/transformerModel'
import { captureValues } from './resources'

/** Where the answer is read, and the two tokens that are compared. */
export interface Watched {
  /** Token of the sentence whose scores are read. */
  place: number
  first: number
  second: number
}

/** Which values are patched where. */
export interface Patching {
  /** The sentence that is run. */
  sentence: { ids: Int32Array }
  /** The sentence whose values are patched in. */
  source: { ids: Int32Array }
  kind: PatchGrid['kind']
  watched: Watched
}

/**
 * Patches values of one sentence into the run of another, place by place, and measures how much of the difference of
 * the two answers each carries (Meng et al. 2022; Wang et al. 2023): 0 is the answer of the unchanged sentence, 1 that
 * of the other. Both sentences must have the same number of tokens.
 * @throws UserError if they do not, or if the answers do not differ
 */
export async function patchGrid(
  model: LoadedModel,
  { sentence, source, kind, watched }: Patching,
  job: JobHandle
): Promise<PatchGrid> {
  const tokens = sentence.ids.length
  const { layers, heads, headWidth } = needTransformer(model).config
  if (source.ids.length !== tokens)
    throw new UserError(
      `The sentences have ${tokens} and ${source.ids.length} tokens; values can be patched only between sentences ` +
        'with the same number of tokens. Choose words that are split into as many tokens.'
    )
  const plain = answer(model, sentence.ids, watched)
  const target = answer(model, source.ids, watched)
  if (Math.abs(target - plain) < 1e-4)
    throw new UserError(
      'Both sentences give the same answer for these two tokens, so there is nothing to carry over. Choose ' +
        'other tokens.'
    )
  const blocks = Array.from({ length: layers }, (_, block) => block)
  const rows: HookName[] =
    kind === 'resid'
      ? ['embed', ...blocks.map((block): HookName => `blocks.${block}.resid_post`)]
      : blocks.map(
          (block): HookName =>
            `blocks.${block}.${kind === 'head' ? 'attn.result' : kind === 'attention' ? 'attn.out' : 'mlp.out'}`
        )
  const values = captureValues(model, source, rows)
  const columns = kind === 'head' ? heads : tokens
  const restored = new Float32Array(rows.length * columns)
  for (const [r, name] of rows.entries()) {
    const patched = values.get(name)!
    const width = patched.length / tokens
    for (let column = 0; column < columns; column++) {
      job.progress(r * columns + column, rows.length * columns, name)
      await job.yield()
      const here = (token: number, feature: number): boolean =>
        kind === 'head' ? Math.floor(feature / headWidth) === column : token === column
      const mask = Float32Array.from({ length: tokens * width }, (_, i) =>
        Number(here(Math.floor(i / width), i % width))
      )
      const hook: Hook = (value) => {
        const chosen = tf.tensor2d(mask, [tokens, width])
        return tf.add(tf.mul(tf.tensor2d(patched, [tokens, width]), chosen), tf.mul(value, tf.sub(1, chosen)))
      }
      restored[r * columns + column] =
        (answer(model, sentence.ids, watched, new Hooks([[name, hook]])) - plain) / (target - plain)
    }
  }
  const tokenizer = model.needTokenizer()
  const texts = (ids: Int32Array): string[] => Array.from(ids, (id) => tokenizer.tokenText(id))
  return {
    kind,
    tokens: texts(sentence.ids),
    sourceTokens: texts(source.ids),
    plain,
    source: target,
    restored: tensorData([rows.length, columns], restored)
  }
}

/** log p(first) - log p(second) at the watched place. */
function answer(model: LoadedModel, ids: Int32Array, { place, first, second }: Watched, hooks?: Hooks): number {
  const { logits } = model.run(
    joinWindows([{ ids }]),
    { hiddenStates: false, attentions: false, logits: true },
    { hooks }
  )
  const values = tf
    .tidy(() =>
      tf.gather(
        tf.reshape(tf.slice(logits!, [place, 0], [1, logits!.shape[1]]), [-1]),
        tf.tensor1d([first, second], 'int32')
      )
    )
    .dataSync<'float32'>()
  logits!.dispose()
  return values[0]! - values[1]!
}
