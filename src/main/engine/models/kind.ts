import type { JobHandle } from '@shared/jobs'
import type { ModelInfo } from '@shared/model'
import type { Checkpoint } from '../checkpoints/checkpoint'
import type { Reading } from './address'
import type { MemoryPlan } from './memory/memoryPlan'
import type { LoadedModel } from './model'

/** How a model is loaded. */
export interface LoadOptions {
  bundled: boolean
  /** Whether one block at a time is in memory. */
  streamed: boolean
  /** Seed of the untrained twin that is wanted in place of the model; null for the model itself. */
  untrained: number | null
  job: JobHandle
}

/** A model on the disk, recognised by its kind, before its weights are read. Files stay open until `close`. */
export interface FoundModel {
  /** The folder or file that is the model, or its address where it can be read in several ways: `ModelInfo.path`. */
  readonly path: string
  readonly name: string
  /** Memory that loading it, or its untrained twin, needs; null for a kind that reads as much as fits. */
  plan(untrained: number | null): MemoryPlan | null
  /** The stored tensors, and a name without the prefix that some checkpoints put before it; null for a kind without. */
  readonly tensors: { stored: Checkpoint; canonical: (name: string) => string } | null
  /** Id of the model once loaded. @throws UserError where an untrained twin is wanted that the kind does not have */
  identify(untrained: number | null): Promise<string>
  /** @throws UserError naming what is missing, damaged or not implemented */
  load(options: LoadOptions): Promise<LoadedModel>
  close(): void
}

/** A kind of model: a file that implements this, and a line in `kinds.ts`. */
export interface ModelKind {
  readonly id: ModelInfo['kind']
  /**
   * The model at a path that exists; null where there is none of this kind.
   * @throws UserError where it is of this kind, but something is missing, not implemented or damaged
   */
  recognise(path: string, reading: Reading): Promise<FoundModel | null>
  /** Paths of the files that a model of this kind is made of, for the record of a result. */
  files(model: Pick<ModelInfo, 'path' | 'files'>): string[]
}
