import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { calls, type ProbeOptions, type CurveOptions } from '@shared/contract'
import { silentJob, type JobHandle, type JobKind } from '@shared/jobs'
import type { KeptKind, KeptResults } from '@shared/kept'
import type { PairProvenance } from '@shared/minimalPairs'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import type { Services } from './'
import { reopen, reopenModel, type Elsewhere } from './reopen'

/** A result whose model and data are open again. */
export interface Rerunnable<Result> {
  title: string
  /** What is not as it was, as sentences. */
  changed: string[]
  run(job: JobHandle): Promise<Result>
}

/** How results of a kind are run again. */
interface RerunRules<K extends KeptKind> {
  /** What no other kind of result has. */
  mark: string
  /** The command that writes such results. */
  command: string
  job: JobKind
  prepare(result: WithProvenance<K>, elsewhere: Elsewhere, services: Services): Promise<Rerunnable<KeptResults[K]>>
  /** What was computed, in a few words. */
  describe(result: KeptResults[K]): string
  seconds(result: KeptResults[K]): number
}

type WithProvenance<K extends KeptKind> = KeptResults[K] & { provenance: NonNullable<KeptResults[K]['provenance']> }

/** Every kind of results; the first whose mark is found is the kind of a file. */
export const rerunKinds: { readonly [K in KeptKind]: RerunRules<K> } = {
  pairs: {
    mark: 'paradigms',
    command: 'minimal-pairs',
    job: 'pairs',
    prepare: preparePairs,
    describe: ({ total }) => `Minimal pairs, ${total.pairs.toLocaleString('en')} pairs`,
    seconds: ({ seconds }) => seconds
  },
  curve: {
    mark: 'points',
    command: 'curve',
    job: 'curve',
    prepare: onData<'curve', CurveOptions>('curve.run', ({ curves }, options) => ({
      title: curves.title(options),
      run: (job) => curves.run(options, job, { fresh: true })
    })),
    describe: ({ task, layers, points }) => `${task.title}, ${layersOf(layers)}, ${points.length} points`,
    seconds: ({ seconds }) => seconds
  },
  regression: {
    mark: 'alpha',
    command: 'probe',
    job: 'probe',
    prepare: onData<'regression', ProbeOptions>('probe.regress', ({ probes, regressions }, options) => ({
      title: probes.title(options),
      run: (job) => regressions.run(options, job)
    })),
    describe: ({ task, layers }) => `${task.title}, ${layersOf(layers)}`,
    seconds: ({ seconds }) => seconds
  },
  probe: {
    mark: 'majority',
    command: 'probe',
    job: 'probe',
    prepare: onData<'probe', ProbeOptions>('probe.run', ({ probes }, options) => ({
      title: probes.title(options),
      run: (job) => probes.run(options, job)
    })),
    describe: ({ task, layers }) => `${task.title}, ${layersOf(layers)}`,
    seconds: ({ seconds }) => seconds.total
  }
}

/** The kind of a result as a file holds it; null for something else. */
export function kindOf(result: unknown): KeptKind | null {
  if (typeof result !== 'object' || result === null) return null
  return (Object.keys(rerunKinds) as KeptKind[]).find((kind) => rerunKinds[kind].mark in result) ?? null
}

/**
 * Opens model and data again, and reads the request by the call that made it; options that came later than the result
 * take their defaults.
 */
function onData<K extends 'probe' | 'regression' | 'curve', Options>(
  call: 'probe.run' | 'probe.regress' | 'curve.run',
  work: (services: Services, options: Options) => Omit<Rerunnable<KeptResults[K]>, 'changed'>
): RerunRules<K>['prepare'] {
  return async ({ provenance }, elsewhere, services) => {
    const { model, dataset, changed } = await reopen(
      provenance,
      elsewhere,
      services.models,
      services.datasets,
      silentJob()
    )
    const parsed = v.safeParse(calls[call].input, { ...provenance.request, modelId: model.id, datasetId: dataset.id })
    if (parsed.success) return { changed, ...work(services, parsed.output as Options) }
    const [issue] = parsed.issues
    throw new UserError(
      `This version cannot do what the result asked for: ${issue.message} (${v.getDotPath(issue) ?? 'request'}). Run it with the version that made it.`
    )
  }
}

async function preparePairs(
  { provenance, data, dataHash }: WithProvenance<'pairs'>,
  elsewhere: Elsewhere,
  { models, minimalPairs }: Services
): Promise<Rerunnable<KeptResults['pairs']>> {
  const path = await pairsPath(provenance, data, elsewhere, minimalPairs)
  const { model, changed } = await reopenModel(provenance.model, elsewhere.model, models, silentJob())
  const now = await minimalPairs.dataHash(path, provenance.request)
  if (now !== dataHash)
    changed.push(
      `${path} does not hold the pairs that the result was made with: their SHA-256 begins with ${now.slice(0, 12)}, not ${dataHash.slice(0, 12)}; say by --data where those are.`
    )
  return {
    title: 'Minimal pairs',
    changed,
    run: (job) => minimalPairs.run({ ...provenance.request, modelId: model.id, path }, job, { fresh: true })
  }
}

/** Sets that come with the app may lie elsewhere on this machine. */
async function pairsPath(
  { data: { path } }: PairProvenance,
  name: string,
  { data, train, test }: Elsewhere,
  minimalPairs: Services['minimalPairs']
): Promise<string> {
  if (train ?? test)
    throw new UserError('Minimal pairs are neither trained on nor tested on; say by --data where they are.')
  if (data && data.length !== 1) throw new UserError('The pairs of this result lay at one path; give --data once.')
  if (data) return resolve(data[0]!)
  if (existsSync(path)) return path
  const bundled = (await minimalPairs.sets()).find((set) => set.name === name)
  if (bundled) return bundled.path
  throw new UserError(
    `The pairs of this result lay at ${path}, where there is nothing now; say by --data where they are.`
  )
}

function layersOf({ length }: readonly unknown[]): string {
  return length === 1 ? 'one layer' : `${length} layers`
}
