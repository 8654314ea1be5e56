import type { Tensor } from '@tensorflow/tfjs-core'
import { parseHookName, type HookName, type HookSite } from '@shared/hookNames'
import { UserError } from '@shared/userError'
import type { BatchShape } from './batch'

/** Where in the forward pass a value is handed to a hook. */
export interface HookPlace {
  name: HookName
  shape: BatchShape
}

/**
 * Takes the value of a named place and returns its replacement, or the value itself. Called inside `tf.tidy`:
 * it need not free what it makes, must not dispose of what it is given, and must `tf.keep` a clone of what it wants to
 * keep.
 *
 * Shapes (R = rows of all sequences, W = width of the residual stream): `embed`, `resid_pre`, `resid_mid`,
 * `resid_post`, `attn.out` and `mlp.out` [R, W]; `attn.q` and `attn.result` [R, heads * headWidth], heads side by side;
 * `attn.k` and `attn.v` [R, keyValueHeads * headWidth]; `mlp.post` [R, mlpWidth]; `attn.pattern` [sequences, heads,
 * query, key].
 */
export type Hook = (value: Tensor, place: HookPlace) => Tensor

/**
 * The hooks of one forward pass, by the names of src/shared/hookNames.ts. Several on one place run in the order they
 * were given. `resid_post` of the last block is the last hidden state: after the final norm, in a model that has one.
 */
export class Hooks {
  private readonly named = new Map<HookName, Hook[]>()
  private readonly skipped: ReadonlySet<number>

  /** @param skip blocks (0-based) that are skipped: the residual stream bypasses them */
  constructor(hooks: Iterable<readonly [HookName, Hook]>, skip: Iterable<number> = []) {
    for (const [name, hook] of hooks) this.named.set(name, [...(this.named.get(name) ?? []), hook])
    this.skipped = new Set(skip)
  }

  has(name: HookName): boolean {
    return this.named.has(name)
  }

  skips(block: number): boolean {
    return this.skipped.has(block)
  }

  /** Whether a value inside the block is wanted that a fused kernel would not store. */
  inside(block: number, sites: readonly HookSite[]): boolean {
    return sites.some((site) => this.named.has(`blocks.${block}.${site}`))
  }

  apply<T extends Tensor>(name: HookName, value: T, shape: BatchShape): T {
    let current: Tensor = value
    for (const hook of this.named.get(name) ?? []) {
      const next = hook(current, { name, shape })
      if (next.size !== value.size)
        throw new Error(`The hook at ${name} gave [${next.shape.join(', ')}] for [${value.shape.join(', ')}].`)
      current = next
    }
    return current as T
  }

  /** @throws UserError naming a hook on a block that the model does not have */
  check(layers: number): void {
    for (const block of [...this.skipped, ...[...this.named.keys()].map((name) => parseHookName(name)?.block ?? 0)])
      checkBlock(block, layers)
  }
}

/** @throws UserError naming a block (0-based) that the model does not have */
export function checkBlock(block: number, layers: number): void {
  if (block >= layers) throw new UserError(`There is no block ${block}; the model's blocks are 0 to ${layers - 1}.`)
}
