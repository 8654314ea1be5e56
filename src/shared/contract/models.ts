import * as v from 'valibot'
import { jobId, name, path, seed } from '../fields'
import type { CachedModel, HubLookup, HubPlace } from '../hub'
import type { ModelEntry, ModelInfo, ParityCheck } from '../model'
import type { ModelStructure, TensorStatistics } from '../structure'
import { engine, nothing } from './call'

/** Opening models, and finding them on the hub. */
export const modelCalls = {
  'model.list': engine<ModelEntry[]>()(nothing),
  /**
   * A checkpoint's folder or a file of word vectors; with `untrained`, the checkpoint's twin with random weights of
   * that seed. An adapter's folder opens on its base: `base` is its folder where it cannot be found, and is remembered.
   */
  'model.open': engine<ModelInfo>()(
    v.strictObject({ path, untrained: v.optional(v.nullable(seed)), base: v.optional(path), jobId })
  ),
  /** Runs the inputs of the reference in a model's folder and compares with PyTorch's values. */
  'model.checkParity': engine<ParityCheck>()(v.strictObject({ modelId: name, jobId })),
  /** Which stored tensors of a model differ from those of its base: answers the model with its lineage. */
  'model.compareWeights': engine<ModelInfo>()(v.strictObject({ modelId: name, baseId: name, jobId })),
  /** The tensors of a model's checkpoint: names, shapes, types. */
  'model.structure': engine<ModelStructure>()(v.strictObject({ modelId: name })),
  /** Norm, moments and histogram of tensors, in the order they are named. */
  'model.tensors': engine<TensorStatistics[]>()(
    v.strictObject({
      modelId: name,
      names: v.pipe(v.array(v.pipe(v.string(), v.maxLength(1000))), v.minLength(1), v.maxLength(2000)),
      jobId
    })
  ),
  /** Looks up a name (`org/name@revision`, or the address of its page) on the hub; writes nothing. */
  'hub.lookup': engine<HubLookup>()(
    v.strictObject({ reference: v.pipe(v.string(), v.minLength(1), v.maxLength(500)), jobId })
  ),
  /** Downloads the files that opening needs, at the commit of a lookup; returns the folder to open. */
  'hub.download': engine<{ folder: string }>()(
    v.strictObject({
      repo: name,
      revision: name,
      commit: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
      part: v.optional(name),
      jobId
    })
  ),
  /** The hub's settings, and the models and data sets in the cache; does not use the network. */
  'hub.cached': engine<{ place: HubPlace; models: CachedModel[]; datasets: CachedModel[] }>()(nothing)
} as const
