import type * as v from 'valibot'
import type { ActivationRequest } from './activations'
import type { EngineState } from './app'
import { ablationCalls } from './contract/ablations'
import { activationsCalls } from './contract/activations'
import { appCalls } from './contract/app'
import { attributionCalls } from './contract/attributions'
import { compareCalls } from './contract/compare'
import { contextCalls } from './contract/contexts'
import { costCalls } from './contract/costs'
import { datasetCalls } from './contract/datasets'
import { finetuneCalls } from './contract/finetune'
import { jobCalls } from './contract/jobs'
import { modelCalls } from './contract/models'
import { pairsCalls } from './contract/pairs'
import { probeCalls } from './contract/probes'
import { resultsCalls } from './contract/results'
import { runCalls } from './contract/runs'
import { sentenceCalls } from './contract/sentences'
import type { JobStatus } from './jobs'

export type {
  AblationChangeOptions,
  AblationCorpus,
  AblationMeasures,
  AblationPairOptions,
  AblationProbeOptions,
  AblationSetOptions,
  AblationScanOptions,
  EraserOptions,
  HeadOptions,
  PruningOptions,
  SimilarityOptions,
  TaskMapOptions
} from './ablationRequests'
export type { FileKind } from './contract/app'
export type { CurveOptions, ProbeOptions } from './probeRequests'

/**
 * The single list of calls: name, who answers, input (validated at the boundary) and output.
 * Both hosts look names up here; a name that is not in this table does not exist.
 */
export const calls = {
  ...appCalls,
  ...jobCalls,
  ...costCalls,
  ...modelCalls,
  ...datasetCalls,
  ...sentenceCalls,
  ...activationsCalls,
  ...contextCalls,
  ...probeCalls,
  ...resultsCalls,
  ...runCalls,
  ...pairsCalls,
  ...ablationCalls,
  ...attributionCalls,
  ...compareCalls,
  ...finetuneCalls
} as const

export type Calls = typeof calls
export type CallName = keyof Calls
export type CallInput<N extends CallName> = v.InferInput<Calls[N]['input']>
export type CallParsed<N extends CallName> = v.InferOutput<Calls[N]['input']>
export type CallOutput<N extends CallName> = NonNullable<Calls[N]['output']> | Extract<Calls[N]['output'], null>
export type HostCallName = { [N in CallName]: Calls[N]['where'] extends 'host' ? N : never }[CallName]
export type EngineCallName = Exclude<CallName, HostCallName>

/** What a menu can have the window do. */
export type MenuCommand = 'open-model' | 'open-dataset' | 'toggle-theme' | 'export' | 'command-palette' | 'engine-place'

/** Events that the app sends to the window. */
export interface Events {
  'job.changed': JobStatus
  'engine.state': EngineState
  /** Paths opened from the menu, the command line or the operating system. */
  'files.opened': { paths: string[] }
  /** A menu command that the window carries out. */
  'menu.command': { command: MenuCommand }
}

export type EventName = keyof Events

/** Handlers of every call one side answers. */
export type Handlers<N extends CallName> = { [K in N]: (input: CallParsed<K>) => Promise<CallOutput<K>> }

export type ActivationInput = ActivationRequest
