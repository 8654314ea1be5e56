import type { ActivationRequest } from '@shared/activations'
import { calls, type CallName } from '@shared/contract'
import type { Cost } from '@shared/cost'
import type { JobHandle } from '@shared/jobs'
import { RecentCache } from '@shared/recentCache'
import type { ResultKindId } from '@shared/results'
import { parseCall } from '@shared/rpc/dispatch'
import { currentBackend } from '../backends/pick'
import type { MeasuredPaces } from '../jobs/measuredPaces'
import { computeOf } from '../results/lineOf'
import { computedBy } from '../results/provenance/collect'
import { costs, type Costing } from './costs'
import { isResultCall, kindOfCall, runnerOf, type RequestOf } from './runners'
import type { RunService } from './runService'
import type { RunServices } from './services'

/** Predictions that a finished run is still compared with. */
const predictionsKept = 200

/** Words of the runs that measure the machine: some seconds on a slow one. */
const calibrationWords = 500

/** What work takes before it starts: from its size, the pace of the model, and what earlier runs took here. */
export class CostService {
  /** Seconds before what was learned, by the key of the request. */
  private readonly predicted = new RecentCache<number>(predictionsKept)

  constructor(
    private readonly services: RunServices,
    private readonly runs: RunService,
    private readonly paces: MeasuredPaces
  ) {
    runs.onComputed = (kind, key, seconds) => this.learn(kind, key, seconds)
  }

  /**
   * The cost of a call that is answered with a result.
   * @returns null where nothing predicts it
   * @throws UserError for an input that the contract refuses
   */
  async estimate(call: string, given: object): Promise<Cost | null> {
    if (!Object.hasOwn(calls, call)) return null
    const { input } = parseCall(call as CallName, given)
    if (call === 'activations.extract') {
      const { seconds, memoryBytes, diskBytes } = await this.services.activations.estimate(input as ActivationRequest)
      return { seconds, memoryBytes, diskBytes, kept: null }
    }
    if (!isResultCall(call)) return null
    const kind = kindOfCall(this.services, call, input as never)
    return this.ofKind(kind, input as RequestOf<typeof kind>)
  }

  private async ofKind<K extends ResultKindId>(kind: K, request: RequestOf<K>): Promise<Cost | null> {
    const { key } = await this.runs.identify(kind, request)
    const line = this.services.results.find(key, computeOf(computedBy()))
    const isFresh = 'fresh' in request && request.fresh === true
    if (line && !isFresh) return { seconds: 0, memoryBytes: 0, diskBytes: 0, kept: line.id }
    const costing = costs[kind] as Costing<K> | undefined
    if (!costing) return null
    const work = await costing.work(this.services, request)
    if (costing.usual !== null) this.predicted.put(key, work.seconds)
    return { ...work, seconds: work.seconds * this.factor(kind, costing), kept: null }
  }

  /**
   * Measures short runs of what is asked for most, and keeps how much longer they took than was predicted. What was
   * measured here before is not measured again.
   */
  async calibrate(corpus: { modelId: string; datasetId: string; split: string }, job: JobHandle): Promise<void> {
    const { heads } = this.services.models.info(corpus.modelId)
    if (heads === 0) return
    const part = { ...corpus, maxWords: calibrationWords, draw: 1 }
    const scan = { ...part, unit: 'block', edit: { kind: 'zero' }, loss: false, movement: true, probe: null, seed: 1 }
    const asked = [
      ['heads', part],
      ['scan', scan]
    ] as const
    for (const [at, [kind, request]] of asked.entries()) {
      job.progress(at, asked.length, 'Measuring this computer')
      await job.yield()
      if (!this.paces.isKnown(paceOf(kind))) await this.measure(kind, request as RequestOf<typeof kind>, job)
    }
  }

  private async measure<K extends ResultKindId>(kind: K, request: RequestOf<K>, job: JobHandle): Promise<void> {
    const { seconds } = await (costs[kind] as Costing<K>).work(this.services, request)
    const started = performance.now()
    await runnerOf(kind).run(this.services, request, job, true)
    this.paces.calibrate(paceOf(kind), seconds, (performance.now() - started) / 1000)
  }

  private factor<K extends ResultKindId>(kind: K, { usual }: Costing<K>): number {
    return usual === null ? 1 : this.paces.factor(paceOf(kind), usual)
  }

  /** Compares a finished run with what was predicted of it. */
  private learn(kind: ResultKindId, key: string, seconds: number): void {
    const predicted = this.predicted.get(key)
    if (predicted !== undefined) this.paces.learn(paceOf(kind), predicted, seconds)
  }
}

function paceOf(kind: ResultKindId): string {
  return `${currentBackend()?.name ?? ''} result ${kind}`
}
