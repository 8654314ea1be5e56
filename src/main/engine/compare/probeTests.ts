import type { JobHandle } from '@shared/jobs'
import type { PairedTest } from '@shared/pairedTest'
import type { ProbeResult } from '@shared/probe'
import { isSetUpAlike, setUpOf } from '@shared/probeSetUp'
import type { ControlName, ProbeTests } from '@shared/signal'
import { UserError } from '@shared/userError'
import type { Clusters } from '../datasets/clusters'
import { bestLayer } from '../results/kinds/probe'
import { resamples } from '../probes/scores/clusterResamples'
import { testsAgainstBest } from './layerTests'
import { pairedTests, permutationsFor, type Ahead } from '../probes/scores/pairedTests'

/** The answers of a kept run on its test items. */
export interface TestedRun {
  result: ProbeResult
  /** Class of every item, negative where it is left out. */
  gold: Float32Array
  /** What is exchanged and resampled as a whole. */
  clusters: Clusters
  /** [layers, items], classes. */
  predictions: Float32Array
  /** Answers of the memoriser; null in runs that did not keep them. */
  memoriser: Float32Array | null
  /**
   * Whether the conditional probes were right: `joint` [layers, items] of those that read the layer too, `baseline`
   * [2, items] of the word type's and of the word type's and layer 0's; null in runs without them.
   */
  conditional: { joint: Float32Array; baseline: Float32Array } | null
}

/**
 * Every layer of a run against the best one, and every layer against each of its controls: the probe of its baseline
 * (conditional probing), the majority class, the memoriser, the untrained twin and layer 0. The first family is
 * corrected for the choice of the best layer (layerTests.ts), the second by Holm's method.
 * @param twin a run of the untrained twin with the same settings; null where there is none
 * @param wantsTwin whether the model has one at all
 */
export async function probeTests(
  run: TestedRun,
  twin: TestedRun | null,
  wantsTwin: boolean,
  seed: number,
  job: JobHandle
): Promise<ProbeTests> {
  const { result, gold } = run
  const counted = Array.from(gold.keys()).filter((item) => gold[item]! >= 0)
  const clusters = counted.map((item) => run.clusters.of[item]!)
  const majority = result.classes.indexOf(result.majority.label)
  const layers = result.layers.map(({ layer }) => layer)
  const right = new Map(layers.map((layer) => [layer, rightAnswers(run, layer, counted)]))
  const best = bestLayer(result).layer
  const others = layers.filter((layer) => layer !== best)

  const controls = layers.flatMap((layer, index): { layer: number; control: ControlName; ahead: Ahead }[] => {
    const mine = right.get(layer)!
    const against = (control: ControlName, other: Uint8Array | null | undefined) =>
      other ? [{ layer, control, ahead: minus(mine, other) }] : []
    const { conditional } = run
    const items = gold.length
    const baseline = layer === 0 ? 0 : 1
    return [
      ...(conditional
        ? [
            {
              layer,
              control: 'conditional' as const,
              ahead: minus(
                Uint8Array.from(counted, (item) => conditional.joint[index * items + item]!),
                Uint8Array.from(counted, (item) => conditional.baseline[baseline * items + item]!)
              )
            }
          ]
        : []),
      ...against(
        'majority',
        Uint8Array.from(counted, (item) => Number(gold[item] === majority))
      ),
      ...against(
        'memoriser',
        run.memoriser && Uint8Array.from(counted, (item) => Number(gold[item] === run.memoriser![item]))
      ),
      ...against(
        'twin',
        twin && twin.result.layers.some((one) => one.layer === layer) ? rightAnswers(twin, layer, counted) : null
      ),
      ...against('embedding', layer === 0 ? null : right.get(0))
    ]
  })
  const missing: ControlName[] = [
    ...(run.conditional ? [] : ['conditional' as const]),
    ...(run.memoriser ? [] : ['memoriser' as const]),
    ...(wantsTwin && !twin ? ['twin' as const] : []),
    ...(right.has(0) ? [] : ['embedding' as const])
  ]
  const againstBest = await testsAgainstBest(
    clusters,
    layers.map((layer) => right.get(layer)!),
    layers.indexOf(best),
    seed,
    job
  )
  const tested = await pairedTests(
    clusters,
    controls.map(({ ahead }) => ahead),
    seed,
    job
  )
  return {
    runId: result.id,
    rule: 'conditional',
    twinRunId: twin?.result.id ?? null,
    twin: twin?.result.layers.map(({ layer, accuracy }) => ({ layer, accuracy })) ?? [],
    best,
    againstBest: others.map((layer, i) => ({ layer, ...againstBest[i]! })),
    controls: controls.map(({ layer, control }, i) => ({ layer, control, ...tested[i]! })),
    missing,
    clusters: run.clusters.by,
    permutations: permutationsFor(controls.length),
    resamples,
    seed
  }
}

/**
 * Accuracy of one layer's probe minus that of another's, of another run or of the same, on the items that both have an
 * answer for.
 * @param family comparisons that are corrected together
 * @throws UserError if they were not tested on the same items and labels
 */
export async function difference(
  a: TestedRun,
  layerA: number,
  b: TestedRun,
  layerB: number,
  seed: number,
  job: JobHandle,
  family = 1
): Promise<PairedTest> {
  const [one, other] = [a.result, b.result]
  // An item is left out if a model has no vector for it. What a task draws at random follows the seed of its run.
  const comparable =
    one.dataset.id === other.dataset.id &&
    one.dataset.testSplit === other.dataset.testSplit &&
    one.dataset.testHash === other.dataset.testHash &&
    one.task.id === other.task.id &&
    JSON.stringify(one.drawn?.test) === JSON.stringify(other.drawn?.test) &&
    a.gold.length === b.gold.length &&
    a.gold.every((label, item) => label === b.gold[item] || label < 0 || b.gold[item]! < 0)
  if (!comparable)
    throw new UserError(
      'The two probing runs were not tested on the same words and labels; run both with equal settings.'
    )
  const counted = Array.from(a.gold.keys()).filter((item) => a.gold[item]! >= 0 && b.gold[item]! >= 0)
  const ahead = minus(rightAnswers(a, layerA, counted), rightAnswers(b, layerB, counted))
  const [test] = await pairedTests(
    counted.map((item) => a.clusters.of[item]!),
    [ahead],
    seed,
    job,
    family
  )
  return test!
}

/** Place of a layer among those of a run. */
export function layerIndex(result: { layers: readonly { layer: number }[] }, layer: number): number {
  const index = result.layers.findIndex((candidate) => candidate.layer === layer)
  if (index < 0)
    throw new UserError(
      `Layer ${layer} was not part of this run; it probed ${result.layers.map((l) => l.layer).join(', ')}.`
    )
  return index
}

function rightAnswers({ result, predictions, gold }: TestedRun, layer: number, items: readonly number[]): Uint8Array {
  const from = layerIndex(result, layer) * gold.length
  return Uint8Array.from(items, (item) => Number(predictions[from + item] === gold[item]))
}

function minus(a: Uint8Array, b: Uint8Array): Ahead {
  return Int8Array.from(a, (value, i) => value - b[i]!)
}

/** Whether two runs of one task were made alike and with the same draws, so that they differ only in their models. */
export function sameSettings(a: ProbeResult, b: ProbeResult): boolean {
  return a.task.id === b.task.id && a.options.seed === b.options.seed && isSetUpAlike(setUpOf(a), setUpOf(b))
}
