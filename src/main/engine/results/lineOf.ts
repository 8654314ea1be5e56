import {
  resultTitles,
  type Compute,
  type ListedResult,
  type ResultKindId,
  type ResultStamp,
  type ResultSubject
} from '@shared/results'
import type { IdentifiedResult } from './kind'
import { kindOf } from './kinds'

/** What is kept beside the numbers of a result. */
export interface AboutResult {
  name?: string
  parent?: string
  /** Left out for kinds whose results say it themselves. */
  subject?: ResultSubject
  seconds?: number
}

/** A result's line of the list. */
export function lineOf<K extends ResultKindId>(
  kind: K,
  result: IdentifiedResult<K>,
  { name = '', parent, subject, seconds }: AboutResult
): ListedResult {
  const { earlier, summarise, passing } = kindOf(kind)
  const { provenance } = result
  const about = subject ?? earlier?.subject(result)
  if (!about) throw new Error(`A ${resultTitles[kind]} does not name its subject.`)
  return {
    id: result.id,
    kind,
    key: result.key ?? null,
    createdAt: result.createdAt,
    name,
    ...(passing === undefined ? {} : { passing: true }),
    ...(parent === undefined ? {} : { parent }),
    subject: about,
    summary: {
      ...summarise(result),
      backend: provenance?.backend.title ?? earlier?.backend(result) ?? '',
      seconds: seconds ?? earlier?.seconds(result) ?? 0
    },
    compute: provenance ? computeOf(provenance) : null
  }
}

/** What computed a result, as far as its bits depend on it. */
export function computeOf({ backend, versions }: Pick<ResultStamp['provenance'], 'backend' | 'versions'>): Compute {
  return {
    backend: backend.name,
    version: backend.version,
    layerscope: versions.layerscope ?? '',
    threads: backend.threads,
    ...(backend.instructions && { instructions: backend.instructions })
  }
}
