import { legible, UserError } from '@shared/userError'
import type { Checkpoint, StoredTensor } from '../../checkpoints/checkpoint'
import { loraScale, type LoraConfig } from './adapterConfig'
import { overlaid } from './overlay'

/** What is added to a stored matrix of any shape [rows, columns]: left [rows, rank] times right [rank, columns]. */
interface Change {
  left: Float32Array
  right: Float32Array
  rank: number
  columns: number
}

/** Every tensor of an adapter begins with the wrapper of PEFT and the model inside it. */
const wrapper = 'base_model.model.'

/**
 * A base as a LoRA adapter of PEFT changes it: W + scale B A, in float32. Tensors that the adapter holds whole (heads
 * in `modules_to_save`, biases) take the place of the base's.
 * @param adapter its tensors by PEFT's names; closed with the checkpoint
 * @throws UserError naming what the base does not have, or has in another shape
 */
export function loraCheckpoint(base: Checkpoint, adapter: Checkpoint, config: LoraConfig): Checkpoint {
  const changes = new Map<string, Change>()
  const whole = new Map<string, string>()
  for (const name of adapter.names()) {
    const match = /^(.*)\.lora_([AB])(?:\.default)?\.weight$/.exec(name)
    if (!match) {
      if (/\.lora_|token_adapter/.test(name))
        throw new UserError(
          `The adapter has '${legible(name)}', which Layerscope does not compute. Merge it in Python ` +
            '(model.merge_and_unload(), then save_pretrained(folder)) and open that folder.'
        )
      whole.set(placeOfWhole(base, adapter, name), name)
    } else if (match[2] === 'A') {
      const module = match[1]!.replace(wrapper, '')
      const stored = storedMatrix(base, module)
      changes.set(stored.name, readChange(adapter, match[1]!, stored, { ...config, module }))
    }
  }
  if (changes.size === 0) throw new UserError('The adapter has no tensors of LoRA; save it again.')
  return overlaid(base, adapter, {
    whole,
    change: (name, values, first) => {
      const change = changes.get(name)
      if (change) addChange(change, values, first)
    }
  })
}

/** Name in the base of a tensor that the adapter holds whole; its own without the wrapper where the base has none. */
function placeOfWhole(base: Checkpoint, adapter: Checkpoint, name: string): string {
  const bare = name.replace(wrapper, '').replace('.base_layer.', '.').replace('.modules_to_save.', '.')
  const place = spelt(base, bare)
  if (place === null) return bare
  const [ours, theirs] = [adapter.describe(name).shape, base.describe(place).shape]
  if (ours.join() !== theirs.join() && !isHead(bare))
    throw new UserError(
      `The adapter has '${legible(bare)}' of shape [${ours.join(', ')}], its base one of [${theirs.join(', ')}]. ` +
        'It was trained on another base, or on one with another vocabulary.'
    )
  return place
}

/** Heads for tasks may have another number of classes than the base's. */
function isHead(name: string): boolean {
  return /^(classifier|score|pre_classifier|qa_outputs|classification_head|logits_proj|sequence_summary)\b/.test(name)
}

/** @throws UserError where the base has no such matrix, or several could be meant */
function storedMatrix(base: Checkpoint, module: string): StoredTensor {
  const name = spelt(base, `${module}.weight`)
  if (name === null)
    throw new UserError(
      `The adapter changes '${legible(module)}', which its base does not have. It was trained on another base; give ` +
        'the right one.'
    )
  return base.describe(name)
}

/** The base's name for a tensor: with the beginning that one of the two was saved without; null for none. */
function spelt(base: Checkpoint, name: string): string | null {
  for (let rest = name; ; rest = rest.slice(rest.indexOf('.') + 1)) {
    if (base.has(rest)) return rest
    // A layer's number and what is before it belong to the name.
    if (!/^[a-z_]+\.(?!\d)[^.]+\./.test(rest)) break
  }
  const longer = base.names().filter((candidate) => candidate.endsWith(`.${name}`))
  return longer.length === 1 ? longer[0]! : null
}

function readChange(
  adapter: Checkpoint,
  name: string,
  { shape, name: stored }: StoredTensor,
  config: LoraConfig & { module: string }
): Change {
  const file = adapter.files[0] ?? ''
  const [a, b] = ['A', 'B'].map((matrix) => {
    const candidates = [`${name}.lora_${matrix}.weight`, `${name}.lora_${matrix}.default.weight`]
    const present = candidates.find((candidate) => adapter.has(candidate))
    if (present === undefined) throw new UserError(`${file} has no '${legible(candidates[0]!)}'; save it again.`)
    return adapter.describe(present)
  }) as [StoredTensor, StoredTensor]
  const [rank, inputs] = a.shape
  const [outputs, rankOfB] = b.shape
  const asLinear = shape[0] === outputs && shape[1] === inputs
  const asConv1D = shape[0] === inputs && shape[1] === outputs
  if (
    a.shape.length !== 2 ||
    b.shape.length !== 2 ||
    shape.length !== 2 ||
    rank !== rankOfB ||
    (!asLinear && !asConv1D)
  )
    throw new UserError(
      `The adapter's matrices for '${legible(config.module)}' have shapes [${a.shape.join(', ')}] and ` +
        `[${b.shape.join(', ')}], which do not fit '${legible(stored)}' of [${shape.join(', ')}]. It was trained on ` +
        'another base; give the right one.'
    )
  const scale = loraScale(config, config.module, rank!)
  const [valuesOfA, valuesOfB] = [adapter.read(a.name), adapter.read(b.name).map((value) => value * scale)]
  const inOut = asLinear && asConv1D ? config.fan_in_fan_out === true : asConv1D
  return inOut
    ? {
        left: transposed(valuesOfA, rank!, inputs!),
        right: transposed(valuesOfB, outputs!, rank!),
        rank: rank!,
        columns: outputs!
      }
    : { left: valuesOfB, right: valuesOfA, rank: rank!, columns: inputs! }
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!)
}

/** Adds a change to the numbers of a matrix from number `first` on. */
function addChange({ left, right, rank, columns }: Change, target: Float32Array, first: number): void {
  const sums = new Float64Array(columns)
  for (let at = 0; at < target.length;) {
    const row = Math.floor((first + at) / columns)
    const column = (first + at) % columns
    const count = Math.min(columns - column, target.length - at)
    sums.fill(0)
    for (let k = 0; k < rank; k++) {
      const factor = left[row * rank + k]!
      for (let i = 0; i < count; i++) sums[i]! += factor * right[k * columns + column + i]!
    }
    for (let i = 0; i < count; i++) target[at + i]! += sums[i]!
    at += count
  }
}
