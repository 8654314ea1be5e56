import type { CallParsed, EngineCallName } from '@shared/contract'
import type { JobHandle, JobKind } from '@shared/jobs'
import type { Computed, ResultKindId, ResultSubject } from '@shared/results'
import type { RunOutcome } from '../results/kind'
import { referencesOf } from '../results/references'
import type { RunServices } from './services'

/** What is read from the path of a request: its SHA-256, what it is called, and its parts in a few words. */
export interface PathContent {
  hash: string
  name: string
  parts: string
}

/** How results of a kind are computed. */
export interface Runner<K extends ResultKindId, C extends EngineCallName = EngineCallName> {
  /** The call that requests them; its schema is that of the request. */
  call: C
  job: JobKind
  /** Whether it takes its turn in the queue, or starts at once because a person waits for it. */
  queued: boolean
  /** Whether the queue makes no step while it runs. */
  first?: boolean
  /** What the job is called. */
  title(services: RunServices, request: CallParsed<C>): string
  subject(services: RunServices, request: CallParsed<C>, path: PathContent | null): ResultSubject
  /**
   * Whether this kind answers a request, where several kinds have the same call. @throws UserError for a request that
   * no kind answers
   */
  answers?(services: RunServices, request: CallParsed<C>): boolean
  /** What is read from the `path` of a request, where it has one. */
  pathContent?(services: RunServices, request: CallParsed<C>): Promise<PathContent>
  /** Kept results that the numbers depend on although the request does not name them. */
  further?(services: RunServices, request: CallParsed<C>): string[]
  /** A kept result as it answers a request once more. */
  again?(result: Computed<K>): Partial<Computed<K>>
  /** @param fresh whether everything is computed, and nothing taken from what an earlier run has left */
  run(services: RunServices, request: CallParsed<C>, job: JobHandle, fresh: boolean): Promise<RunOutcome<K>>
}

/** The same, with its types taken from the names of kind and call. */
export function runner<K extends ResultKindId, C extends EngineCallName>(
  _kind: K,
  call: C,
  rules: Omit<Runner<K, C>, 'call'>
): Runner<K, C> {
  return { call, ...rules }
}

/** The model and the data that a request names. */
export function subjectOf(
  { models, datasets }: RunServices,
  { modelId, datasetId }: { modelId: string; datasetId: string },
  parts: string
): ResultSubject {
  const { id, name } = datasets.info(datasetId)
  return { model: { id: modelId, name: models.info(modelId).name }, data: { id, name, parts } }
}

/** A task of a data set by its id; an unknown one is refused where it is run. */
export function taskOf(
  { datasets }: RunServices,
  { datasetId, task }: { datasetId: string; task: string }
): { id: string; title: string } {
  return { id: task, title: datasets.info(datasetId).tasks.find(({ id }) => id === task)?.title ?? task }
}

/** Calls whose requests have the fields `F`. */
type CallsWith<F> = { [C in EngineCallName]: CallParsed<C> extends F ? C : never }[EngineCallName]

/** A run over one part of a data set. */
export function onCorpus<
  K extends ResultKindId,
  C extends CallsWith<{ modelId: string; datasetId: string; split: string }>
>(
  kind: K,
  call: C,
  title: string,
  run: (services: RunServices, request: CallParsed<C>, job: JobHandle) => Promise<Computed<K>>
): Runner<K, C> {
  return runner(kind, call, {
    job: 'ablation',
    queued: true,
    title: () => title,
    subject: (services, request) => {
      const corpus = request as { modelId: string; datasetId: string; split: string }
      return subjectOf(services, corpus, corpus.split)
    },
    run: async (services, request, job) => ({ result: await run(services, request, job) })
  })
}

/** A run over a sentence, which a person waits for: it goes before the steps of the queue. */
export function onSentence<K extends ResultKindId, C extends CallsWith<{ modelId: string }>>(
  kind: K,
  call: C,
  title: string,
  run: (services: RunServices, request: CallParsed<C>, job: JobHandle) => Promise<Computed<K>>
): Runner<K, C> {
  return runner(kind, call, {
    job: 'ablation',
    queued: false,
    first: true,
    title: () => title,
    subject: ({ models, datasets }, request) => {
      const { modelId } = request as { modelId: string }
      const [datasetId] = referencesOf(request).data
      const data = datasetId === undefined ? { id: 'text', name: 'typed text' } : datasets.info(datasetId)
      return {
        model: { id: modelId, name: models.info(modelId).name },
        data: { id: data.id, name: data.name, parts: '' }
      }
    },
    run: async (services, request, job) => ({ result: await run(services, request, job) })
  })
}
