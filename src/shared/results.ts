import type { AdaptedChanges } from './adaptedChanges'
import type { CurveResult } from './curve'
import type { MinimalPairResult } from './minimalPairs'
import type { Interval, ProbeResult } from './probe'
import type {
  AblationScan,
  AblationSetResult,
  HeadTable,
  DirectLogits,
  LogitLens,
  PatchGrid,
  PruningResult,
  SentenceEffect
} from './ablation'
import type { AlignmentResult } from './alignment'
import type { AblationChange, AblationPairs, AblationProbes, SentenceSimilarity } from './ablationEffects'
import type { Attribution } from './attribution'
import type { SimilarityResult, LayerDifferences, ModelFacts, ModelSpeed } from './compare'
import type { ExpertLoad } from './expertLoad'
import type { InterventionSet } from './intervention'
import type { LayerGeometry } from './layerGeometry'
import type { NeuronResult } from './neurons'
import type { FinetuneResult } from './finetune'
import type { PretrainResult } from './pretrain'
import type { ProjectionInput } from './projection'
import type { ProbeTests } from './signal'
import type { TaskMap } from './taskMap'
import type { TunedLens } from './tunedLens'
import type { BackendName } from './backend'
import type { OpenedData, PathData, Provenance } from './provenance'
import type { RegressionResult } from './regression'

/**
 * Results by kind, as they are computed and kept. To keep another kind: its line here, a file in engine/results/kinds
 * and its line in engine/results/kinds.ts, and its line in engine/services/runners.ts (docs/results.md).
 */
export interface Results {
  probe: ProbeResult
  regression: RegressionResult
  curve: CurveResult
  pairs: MinimalPairResult
  scan: AblationScan
  ablationSet: AblationSetResult
  change: AblationChange
  retrained: AblationProbes
  setPairs: AblationPairs
  similarity: SentenceSimilarity
  eraser: InterventionSet
  pruning: PruningResult
  taskMap: TaskMap
  neurons: NeuronResult
  heads: HeadTable
  experts: ExpertLoad
  patch: PatchGrid
  direct: DirectLogits
  lens: LogitLens
  tunedLens: TunedLens
  sentence: SentenceEffect
  attribution: Attribution
  cka: SimilarityResult
  adapted: AdaptedChanges
  alignment: AlignmentResult
  speed: ModelSpeed
  facts: ModelFacts
  tests: ProbeTests
  differences: LayerDifferences
  projection: ProjectionInput
  geometry: LayerGeometry
  finetune: FinetuneResult
  pretrain: PretrainResult
}

export type ResultKindId = keyof Results

/** How a result of each kind is called in sentences and in the list. */
export const resultTitles: { readonly [K in ResultKindId]: string } = {
  probe: 'probing run',
  regression: 'regression',
  curve: 'curve',
  pairs: 'run of minimal pairs',
  scan: 'scan of parts',
  ablationSet: 'effect of a set',
  change: 'change of layers',
  retrained: 'probes trained again',
  setPairs: 'minimal pairs under a set',
  similarity: 'similarity of sentences',
  eraser: 'eraser',
  pruning: 'pruning',
  taskMap: 'map of parts by tasks',
  neurons: 'ranking of neurons',
  heads: 'scores of heads',
  experts: 'load of experts',
  patch: 'patching grid',
  direct: 'direct logits',
  lens: 'logit lens',
  tunedLens: 'tuned lens',
  sentence: 'effect on a sentence',
  attribution: 'attribution to tokens',
  cka: 'CKA',
  adapted: 'heads and neurons that changed',
  alignment: 'alignment of two languages',
  speed: 'speed of a model',
  facts: 'subwords of a model',
  tests: 'tests of layers',
  differences: 'differences between models',
  projection: 'projection',
  geometry: 'geometry of layers',
  finetune: 'fine-tuning',
  pretrain: 'pretraining'
}

/** What every result carries besides its numbers; JSON files that `--json` writes have it too. */
export interface ResultStamp<K extends ResultKindId = ResultKindId> {
  resultKind: K
  id: string
  /** ISO 8601. */
  createdAt: string
  /** Equal for requests that ask for the same: the request, with model and data by content. */
  key: string
  /** How the kind's numbers are computed (results/recipes.ts); absent in results of earlier versions. */
  recipe?: number
  provenance: Provenance<object, OpenedData | PathData | null>
}

/** The numbers of a result, before it is kept. */
export type Computed<K extends ResultKindId> = Omit<Results[K], keyof ResultStamp>

/** A result of a kind with what identifies it. */
export type KeptResult<K extends ResultKindId> = Results[K] & ResultStamp<K>

/** What a call answers: computed now, or taken from what is kept, which `kept` then says. */
export type Answer<K extends ResultKindId> = KeptResult<K> & { kept?: { id: string; createdAt: string } }

/** What a result is of. */
export interface ResultSubject {
  model: { id: string; name: string }
  /** `parts` as shown: 'train to test'. */
  data: { id: string; name: string; parts: string }
  task?: { id: string; title: string }
}

/** The number a result is first asked for. */
export interface ResultScore {
  /** 'accuracy', 'UUAS', 'R²', ... */
  measure: string
  /** A share for accuracies. */
  value: number
  interval?: Interval
  /** Where it was reached; null for a result of the whole model. */
  layer: number | null
}

/** The score of one layer, and what belongs to it where it was computed. */
export interface ResultPoint {
  layer: number
  value: number
  interval?: Interval
  /** The same score on the control task. */
  control?: number
  selectivity?: number
  /** On items whose type occurs in training, and on the others; null where there are none. */
  seen?: number | null
  unseen?: number | null
  /** What the layer adds to the word type and layer 0: accuracy, and bits an item. */
  conditional?: number
  conditionalBits?: number
  /** Online description length. */
  bits?: number
}

/** What the list shows of a result's numbers. */
export interface ResultFigures {
  /** What was trained or computed, in a few words: 'linear', 'MLP 256', 'heads, zero'. */
  method: string
  /** Null for a result that no single number stands for. */
  score: ResultScore | null
  /** The score layer by layer; empty where there is none. */
  curve: ResultPoint[]
  /** What is reached without looking at the vectors; null where that means nothing. */
  majority: number | null
  /** Items the score is over; null where nothing is counted. */
  items: number | null
}

/** What computed a result: only the same gives the same bits. */
export interface Compute {
  backend: BackendName
  version: string
  layerscope: string
  /** The order of sums depends on them; absent in results of earlier versions. */
  threads?: number
  /** The processor's: 'x64, AVX2'. */
  instructions?: string
}

/** One result, as the library keeps it beside its numbers. */
export interface ResultRecord {
  id: string
  kind: ResultKindId
  /** Null for results of earlier versions, which are found by their id alone. */
  key: string | null
  /** ISO 8601. */
  createdAt: string
  /** Given by the user; empty without one. */
  name: string
  /** Of a kind that is computed while somebody looks around, in a moment; see `ResultKind.passing`. */
  passing?: boolean
  /** The result that this one was made from, or the sweep that it is a run of. */
  parent?: string
  subject: ResultSubject
  summary: ResultFigures & { backend: string; seconds: number }
  /** Null where an earlier version did not write it. */
  compute: Compute | null
  /** The whole request and all that it depends on; null where an earlier version did not write it. */
  provenance: ResultStamp['provenance'] | null
}

/** A line of the list of results. */
export type ListedResult = Omit<ResultRecord, 'provenance'>

/** The rows of one result: for CSV, the command line and the window alike. */
export interface ResultRows {
  columns: string[]
  rows: (string | number | null)[][]
}

/** What running a kept result again gave: a result of its own, compared with the first one. */
export interface RerunOutcome {
  id: string
  /** Numbers that are not the same to the bit; a table that differs counts once. */
  differences: number
}

/** What results can be exported as. */
export const exportFormats = ['csv', 'json', 'latex', 'methods', 'bibtex'] as const
export type ResultFormat = (typeof exportFormats)[number]

/** Endings of the files. */
export const exportEndings: Record<ResultFormat, string> = {
  csv: 'csv',
  json: 'json',
  latex: 'tex',
  methods: 'txt',
  bibtex: 'bib'
}

/** Whether a measure is a share, shown as percent; correlations and R² are not. */
export function isShare(measure: string): boolean {
  return measure === 'accuracy' || measure === 'UUAS'
}

/** Whether the scores of a result are of mixes of all layers up to each, and of no single layer. */
export function isOfMix({ kind, summary }: Pick<ListedResult, 'kind' | 'summary'>): boolean {
  return kind === 'probe' && /^mix\b/.test(summary.method)
}

/** Whether every word of a text occurs somewhere in what is shown of a result, in any case. */
export function mentions({ name, subject: { model, data, task }, summary, kind }: ListedResult, text: string): boolean {
  const shown = [name, model.name, data.name, data.parts, task?.id, task?.title, summary.method, resultTitles[kind]]
    .join(' ')
    .toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => shown.includes(word))
}
