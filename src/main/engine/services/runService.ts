import type { CallInput, CallOutput } from '@shared/contract'
import type { JobHandle } from '@shared/jobs'
import type { ModelSource, OpenedData, PathData, ResultSource } from '@shared/provenance'
import type { Answer, KeptResult, ListedResult, ResultKindId, ResultStamp } from '@shared/results'
import { RecentCache } from '@shared/recentCache'
import { parseCall } from '@shared/rpc/dispatch'
import { resolve } from 'node:path'
import { contentKey, dataKey } from '../results/contentKey'
import { computedBy, dataSource, modelSource } from '../results/provenance/collect'
import { recipeOf } from '../results/recipes'
import { mapReferences, referencesOf } from '../results/references'
import { computeOf } from '../results/lineOf'
import { newIdentity } from '../results/newIdentity'
import type { RunServices } from './services'
import type { PathContent } from './runner'
import { kindOfCall, runnerOf, type RequestOf, type ResultCallName, type RunnerCall } from './runners'

export interface RunOptions {
  /** Whether it is run in any case. */
  fresh?: boolean
  /** What the run is a part of, such as a sweep; by default the first result that the request names. */
  parent?: string
}

/** An answer in the library; `kept` where nothing was run, because the same was requested before. */
type OnAnswer = (line: ListedResult, kept: boolean) => void

/** A checked request of a kind, with what identifies it. */
export interface IdentifiedRequest<K extends ResultKindId> {
  kind: K
  request: RequestOf<K>
  /** By content: equal for requests that give equal numbers. */
  key: string
  /** Null for a request without a path. */
  path: PathContent | null
}

/** Sources of results that stay in memory: a board asks for the same few at every switch. */
const sourcesKept = 50

/** Runs requests of every kind, keeps the results, and answers from kept ones. */
export class RunService {
  /** Called with every answer. */
  onAnswer: OnAnswer = () => undefined
  /** Called with the seconds that every computed result took. */
  onComputed: (kind: ResultKindId, key: string, seconds: number) => void = () => undefined
  /** What new results are called in the library. */
  name = ''
  private readonly sources = new RecentCache<ResultSource | null>(sourcesKept)

  constructor(private readonly services: RunServices) {}

  /**
   * Answers a request: from what is kept, where the same was requested before by the same backend and version,
   * which `kept` of the answer then says; by a run otherwise, which is kept.
   * @throws UserError for a request that the contract refuses, and for whatever the run refuses
   */
  async run<K extends ResultKindId>(
    kind: K,
    request: CallInput<RunnerCall<K>>,
    job: JobHandle,
    { fresh, parent }: RunOptions = {}
  ): Promise<Answer<K>> {
    const parsed = parseCall(runnerOf(kind).call, request).input as RequestOf<K>
    return this.answer(kind, fresh === undefined ? parsed : { ...parsed, fresh }, job, parent)
  }

  /** The same by the name of the call, whose request says which kind of result it wants. */
  async call<C extends ResultCallName>(
    call: C,
    request: CallInput<C>,
    job: JobHandle,
    options?: RunOptions
  ): Promise<CallOutput<C>> {
    const { input } = parseCall(call, request)
    const kind = kindOfCall(this.services, call, input as never)
    return this.run(kind, request as CallInput<RunnerCall<typeof kind>>, job, options) as unknown as Promise<
      CallOutput<C>
    >
  }

  /** What identifies a request that the contract has checked. */
  async identify<K extends ResultKindId>(kind: K, request: RequestOf<K>): Promise<IdentifiedRequest<K>> {
    const { datasets, results } = this.services
    const { jobId: _job, fresh: _fresh, ...asked } = request as RequestOf<K> & { jobId?: string; fresh?: boolean }
    const { further, pathContent } = runnerOf(kind)
    const path = (await pathContent?.(this.services, request)) ?? null
    const byContent = mapReferences(asked as object, (reference, id) => {
      if (reference === 'data') return dataKey(datasets.info(id), datasets.openedBy(id))
      // A model's id is made of its content.
      return reference === 'models' ? id : results.keyOf(id)
    })
    const key = contentKey([
      recipeOf(kind) === 1 ? kind : [kind, recipeOf(kind)],
      path ? { ...byContent, path: path.hash } : byContent,
      (further?.(this.services, request) ?? []).map((id) => results.keyOf(id))
    ])
    return { kind, request, key, path }
  }

  /** What is kept of a request, computed by what would compute it now; null for nothing. */
  async find<K extends ResultKindId>(kind: K, request: CallInput<RunnerCall<K>>): Promise<ListedResult | null> {
    const parsed = parseCall(runnerOf(kind).call, request).input as RequestOf<K>
    const { key } = await this.identify(kind, parsed)
    return this.services.results.find(key, computeOf(computedBy()))
  }

  /** The answer to a request where it is kept, and not wanted fresh; otherwise null. */
  keptAnswer<K extends ResultKindId>({ kind, request, key }: IdentifiedRequest<K>): Answer<K> | null {
    const { results } = this.services
    const line = isFresh(request) ? null : results.find(key, computeOf(computedBy()))
    if (!line) return null
    this.onAnswer(line, true)
    const result = results.read(kind, line.id) as KeptResult<K>
    const kept = { id: line.id, createdAt: line.createdAt }
    return { ...result, ...runnerOf(kind).again?.(result), kept } as unknown as Answer<K>
  }

  /** Answers a request that the contract has checked already. */
  async answer<K extends ResultKindId>(
    kind: K,
    request: RequestOf<K>,
    job: JobHandle,
    parent?: string
  ): Promise<Answer<K>> {
    const identified = await this.identify(kind, request)
    return this.keptAnswer(identified) ?? this.compute(identified, job, parent)
  }

  /** Runs a request, whatever is kept of it. */
  async compute<K extends ResultKindId>(
    identified: IdentifiedRequest<K>,
    job: JobHandle,
    parent?: string
  ): Promise<Answer<K>> {
    const { kind, request: asked } = identified
    const { results } = this.services
    const runner = runnerOf(kind)
    const fresh = isFresh(asked)
    const started = performance.now()
    const { result, tables, as } = await runner.run(this.services, asked, job, fresh)
    const answered = as ? await this.identify(kind, { ...asked, ...as }) : identified
    const { request, key, path } = answered
    const stamp: ResultStamp<K> = {
      resultKind: kind,
      ...newIdentity(fresh ? null : { key, compute: computeOf(computedBy()) }),
      key,
      recipe: recipeOf(kind),
      provenance: await this.provenance(answered)
    }
    const whole = { ...result, ...stamp } as unknown as Answer<K>
    const subject = runner.subject(this.services, request, path)
    const seconds = (performance.now() - started) / 1000
    this.onComputed(kind, identified.key, seconds)
    const [first] = referencesOf(request).results
    const { name } = this
    const line = results.save(kind, whole, tables, { name, subject, seconds, parent: parent ?? first })
    // Another process that ran the same meanwhile was faster: one of the two is kept.
    if (line.createdAt !== whole.createdAt) return this.keptAnswer(answered) ?? whole
    this.onAnswer(line, false)
    return whole
  }

  private async provenance<K extends ResultKindId>({
    kind,
    request,
    path: pathContent
  }: IdentifiedRequest<K>): Promise<ResultStamp['provenance']> {
    const { models } = this.services
    const { jobId: _job, fresh: _fresh, modelId, datasetId, path, ...asked } = request as Record<string, unknown>
    const { further } = runnerOf(kind)
    const named = referencesOf(asked)
    const [firstModel] = named.models
    const ofResults = [...named.results, ...(further?.(this.services, request) ?? [])]
    const sources = Object.fromEntries(ofResults.map((id) => [id, this.resultSource(id)]))
    const main = typeof modelId === 'string' ? modelId : firstModel
    const model = main ? await modelSource(models.info(main)) : await this.modelOf(ofResults)
    const data: OpenedData | PathData | null =
      typeof datasetId === 'string'
        ? this.opened(datasetId)
        : typeof path === 'string' && pathContent
          ? { path: resolve(path), name: pathContent.name, sha256: pathContent.hash }
          : null
    const refers = {
      ...(named.models.length > 0
        ? {
            models: Object.fromEntries(
              await Promise.all(named.models.map(async (id) => [id, await modelSource(models.info(id))] as const))
            )
          }
        : {}),
      ...(named.data.length > 0 ? { data: Object.fromEntries(named.data.map((id) => [id, this.opened(id)])) } : {}),
      ...(ofResults.length > 0
        ? { results: Object.fromEntries(Object.entries(sources).filter(([, source]) => source !== null)) as Sources }
        : {})
    }
    return {
      request: asked,
      model,
      data,
      ...(Object.keys(refers).length > 0 ? { refers } : {}),
      ...computedBy()
    }
  }

  /**
   * The model of the first of several results. @throws UserError for one of an earlier version, which does not say how
   * it was made, while its model is not open
   */
  private async modelOf([id]: readonly string[]): Promise<ModelSource> {
    if (id === undefined) throw new Error('A request names neither a model nor a result.')
    const { results, models } = this.services
    const { provenance, subject } = results.record(id)
    return provenance?.model ?? modelSource(models.info(subject.model.id))
  }

  private opened(id: string): OpenedData {
    const { datasets } = this.services
    return dataSource(datasets.info(id), datasets.openedBy(id))
  }

  /** Null for a result of an earlier version that does not say how it was made. */
  private resultSource(id: string): ResultSource | null {
    const { results } = this.services
    const known = this.sources.get(id)
    if (known !== undefined) return known
    const { kind, provenance } = results.record(id)
    const source = provenance ? { kind, key: results.keyOf(id), provenance } : null
    this.sources.put(id, source)
    return source
  }
}

function isFresh(request: object): boolean {
  return 'fresh' in request && request.fresh === true
}

type Sources = Record<string, ResultSource>
