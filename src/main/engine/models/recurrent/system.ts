import type { JobHandle } from '@shared/jobs'
import type { Checkpoint } from '../../checkpoints/checkpoint'
import type { Tokenizer } from '../../tokenizers/tokenizer'
import type { MemoryPlan } from '../memory/memoryPlan'
import type { RecurrentNetwork, ReferenceOf } from './network'

/** How an untrained twin's tensor is drawn: evenly from -bound to bound, or set to a number. */
export type TwinDraw = { uniform: number } | { constant: number }

/** A network in memory, and what reads text for it. */
export interface LoadedNetwork {
  network: RecurrentNetwork
  tokenizer: Tokenizer | null
  /** Why there is no tokenizer; empty where there is one. */
  noTokenizer: string
  notes: string[]
  /** Tensors of the checkpoint that are not used. */
  unread: readonly string[]
}

/** Files of a system that were recognised, before weights are read. Files stay open until the checkpoint is closed. */
export interface OpenedSystem {
  /** What a person chose: a folder, or the file that is the model. */
  path: string
  name: string
  /** The folder of the files beside it. */
  folder: string
  checkpoint: Checkpoint
  /** Paths of the other files that decide what it computes: options, vocabulary, word vectors. */
  settings: readonly string[]
  plan: MemoryPlan
  /** How PyTorch draws a tensor of the untrained network. */
  draw(tensor: string): TwinDraw
  /** @param checkpoint the opened one, or its untrained twin */
  load(checkpoint: Checkpoint, job: JobHandle): Promise<LoadedNetwork>
}

/** A recurrent system of the literature: a file in `systems`, and a line in `systems/index.ts`. */
export interface RecurrentSystem {
  /** Short name, as in `ModelInfo.family`. */
  type: string
  title: string
  /** Whether its token ids mean something in one process alone. */
  openVocabulary: boolean
  /**
   * The system at a path that exists; null where it is none.
   * @throws UserError where it is, but something is missing, damaged or not implemented
   */
  recognise(path: string): Promise<OpenedSystem | null>
  reference: ReferenceOf
}
