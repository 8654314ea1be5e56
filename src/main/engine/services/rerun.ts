import { calls } from '@shared/contract'
import { silentJob, type JobHandle } from '@shared/jobs'
import type { ResultSource } from '@shared/provenance'
import type { Answer, RerunOutcome, ResultKindId, ResultStamp } from '@shared/results'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import { kindOf } from '../results/kinds'
import { resultDifferences, tensorDifference } from '../results/provenance/differences'
import { mapReferences } from '../results/references'
import type { Services } from './'
import { reopenData, reopenModel, reopenPath, type Elsewhere } from './reopen'
import { runnerOf, type RequestOf } from './runners'

/** A result whose model and data are open again. */
export interface Rerunnable<K extends ResultKindId> {
  title: string
  /** What has changed, as sentences. */
  changed: string[]
  run(job: JobHandle): Promise<Answer<K>>
}

/** What a rerun needs to know about a result. */
export interface RerunSource {
  provenance: ResultStamp['provenance']
  /** Name and SHA-256 of the pairs, which results of earlier versions keep here. */
  data?: string
  dataHash?: string
}

/**
 * Opens everything again that a result was made of, and reads its request by the schema of the call that made it;
 * options that came later than the result take their defaults.
 * @throws UserError where something no longer exists, or this version cannot do what was requested
 */
export async function prepareRerun<K extends ResultKindId>(
  kind: K,
  { provenance, data: pairsName, dataHash }: RerunSource,
  elsewhere: Elsewhere,
  services: Services
): Promise<Rerunnable<K>> {
  const { models, datasets } = services
  const { call } = runnerOf(kind)
  const { entries } = calls[call].input
  const changed: string[] = []
  const ids = { models: new Map<string, string>(), data: new Map<string, string>(), results: new Map<string, string>() }
  const request: Record<string, unknown> = { ...provenance.request }
  const { data, refers } = provenance

  const main = await reopenModel(provenance.model, elsewhere.model, models, silentJob())
  changed.push(...main.changed)
  if ('modelId' in entries) request.modelId = main.model.id
  for (const [id, source] of Object.entries(refers?.models ?? {})) {
    const path = source.path === provenance.model.path ? elsewhere.model : undefined
    const opened = await reopenModel(source, path, models, silentJob())
    ids.models.set(id, opened.model.id)
    if (path === undefined) changed.push(...opened.changed)
  }
  if (data !== null && 'opened' in data) {
    const opened = await reopenData(data, provenance.request, elsewhere, datasets, silentJob())
    changed.push(...opened.changed)
    request.datasetId = opened.dataset.id
  } else if (data !== null) {
    const opened = await reopenPath(
      { name: pairsName, sha256: dataHash, ...data },
      provenance.request,
      elsewhere,
      services.minimalPairs
    )
    changed.push(...opened.changed)
    request.path = opened.path
  }
  for (const [id, source] of Object.entries(refers?.data ?? {})) {
    const opened = await reopenData(source, {}, {}, datasets, silentJob())
    changed.push(...opened.changed)
    ids.data.set(id, opened.dataset.id)
  }

  const replaced = mapReferences(request, (reference, id) => ids[reference].get(id) ?? id)
  const parsed = v.safeParse(calls[call].input, replaced)
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw new UserError(
      `This version cannot run the result's request: ${issue.message} ` +
        `(${v.getDotPath(issue) ?? 'request'}). Run it with the version that made it.`
    )
  }
  const asked = parsed.output as RequestOf<K>
  return {
    title: runnerOf(kind).title(services, asked),
    changed,
    run: async (job) => {
      for (const [id, source] of Object.entries(refers?.results ?? {}))
        ids.results.set(id, await resultAgain(id, source, elsewhere, services, job))
      const ofResults = mapReferences(asked as object, (reference, id) =>
        reference === 'results' ? (ids.results.get(id) ?? id) : id
      )
      return services.runs.answer(kind, { ...ofResults, fresh: true } as RequestOf<K>, job)
    }
  }
}

/**
 * Runs a result of the library again and compares every number, and the tables where both have them.
 * @throws UserError where it does not say how it was made, or its model or data has moved or changed
 */
export async function rerunKept(id: string, services: Services, job: JobHandle): Promise<RerunOutcome> {
  const { results } = services
  const { kind } = results.listed(id)
  const kept = results.read(kind, id)
  if (!(kept as Partial<ResultStamp>).provenance)
    throw new UserError(
      'This result is of an earlier version and does not say how it was made. Run it from its view; that result can ' +
        'be run again.'
    )
  const { changed, run } = await prepareRerun(kind, kept as RerunSource, {}, services)
  if (changed.length > 0)
    throw new UserError(`${changed.join(' ')} These are options of \`layerscope rerun ${id}\` in a terminal.`)
  const again = await run(job)
  const names = results.tensorNames(id)
  const tables = names.filter((name) =>
    tensorDifference(name, results.tensor(id, name), results.tensor(again.id, name))
  )
  return { id: again.id, differences: resultDifferences(kept, again, kindOf(kind).measured).length + tables.length }
}

/** A result that another one was made from: the kept one where it still is, otherwise run again. */
async function resultAgain(
  id: string,
  { kind, key, provenance }: ResultSource,
  { model, train, test }: Elsewhere,
  services: Services,
  job: JobHandle
): Promise<string> {
  // Whoever reads the kept result reads its data as well: both are opened in any case.
  const { run } = await prepareRerun(kind as ResultKindId, { provenance }, { model, train, test }, services)
  const listed = services.results.list()
  const kept = listed.find((line) => line.id === id && services.results.keyOf(id) === key)
  return (kept ?? listed.find((line) => line.key === key) ?? (await run(job))).id
}
