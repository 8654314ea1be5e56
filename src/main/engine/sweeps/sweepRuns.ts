import { adaptTitle } from '@shared/adaptMethods'
import type { CallInput, ProbeOptions } from '@shared/contract'
import { formatCounted } from '@shared/counts'
import { drawOf } from '@shared/drawing'
import type { Pooling } from '@shared/model'
import { treeTask } from '@shared/probe'
import { learnsTrees, methodTitle } from '@shared/probeMethods'
import { resultTitles, type ResultKindId } from '@shared/results'
import { canTune } from '@shared/tuning'
import type { SweepFile } from './sweepFile'

/** What every run of a sweep has, before model and data are open. */
interface AnyRun {
  model: SweepFile['models'][number]
  data: SweepFile['data'][number]
  /** 'upos, MLP 256, first, seed 2', 'upos, adapters of 48, 500 sentences' */
  title: string
}

/** A run of probes, without the ids, which opening gives, and the names of the parts, where the data suggests them. */
export interface ProbeRun extends AnyRun {
  call: 'probe.run'
  options: Omit<ProbeOptions, 'modelId' | 'datasetId' | 'trainSplit' | 'testSplit'>
}

/** A training, likewise. */
export interface TrainingRun extends AnyRun {
  call: 'finetune.run'
  options: Omit<CallInput<'finetune.run'>, 'modelId' | 'datasetId' | 'trainSplit' | 'testSplit'>
}

/** A result of any other kind; what of its request the file leaves out is filled in when model and data are open. */
export interface UnitRun extends AnyRun {
  call: null
  kind: ResultKindId
  options: Record<string, unknown>
  usual: { seed: number } & Pick<SweepFile, 'layers' | 'control' | 'restarts' | 'maxTrainWords' | 'maxTestWords'> & {
      pool: Pooling
    }
}

export type SweepRun = ProbeRun | TrainingRun | UnitRun

/**
 * The runs of a sweep, in an order in which those of one model and data set follow one another and share their word
 * vectors. The structural probe runs once for all tasks.
 */
export function sweepRuns(sweep: SweepFile): SweepRun[] {
  return sweep.models.flatMap((model) =>
    sweep.data.flatMap((data): SweepRun[] => [
      ...probeRuns(sweep).map((run) => ({ ...run, model, data })),
      ...trainings(sweep).map((run) => ({ ...run, model, data })),
      ...unitRuns(sweep).map((run) => ({ ...run, model, data }))
    ])
  )
}

function probeRuns({
  tasks,
  probes,
  pools,
  seeds,
  layers,
  control,
  codelength,
  restarts,
  tune,
  span,
  maxTrainWords,
  maxTestWords,
  inOrder
}: SweepFile): Omit<ProbeRun, 'model' | 'data'>[] {
  return pools.flatMap((pool) =>
    probes.flatMap((probe) =>
      (learnsTrees(probe) ? [treeTask.id] : tasks).flatMap((task) =>
        seeds.map((seed) => ({
          call: 'probe.run' as const,
          title: [
            task,
            methodTitle(probe),
            ...(pools.length > 1 ? [pool] : []),
            ...(seeds.length > 1 ? [`seed ${seed}`] : [])
          ].join(', '),
          options: {
            task,
            ...(span && { span }),
            pool,
            layers,
            maxTrainWords,
            maxTestWords,
            ...(inOrder ? {} : drawOf(seed, maxTrainWords, maxTestWords)),
            control: control && !learnsTrees(probe),
            codelength: codelength && !learnsTrees(probe),
            restarts,
            ...(tune && canTune(probe.kind, tune) ? { tune } : {}),
            probe,
            seed
          }
        }))
      )
    )
  )
}

/** Methods x tasks x sizes x seeds; the adapted models are not stored. */
function trainings({ tasks, methods, sizes, seeds, training }: SweepFile): Omit<TrainingRun, 'model' | 'data'>[] {
  return methods.flatMap((method) =>
    tasks.flatMap((task) =>
      sizes.flatMap((maxTrain) =>
        seeds.map((seed) => ({
          call: 'finetune.run' as const,
          title: [
            task,
            adaptTitle(method.method!),
            ...(maxTrain === null ? [] : [formatCounted(maxTrain, 'sentence')]),
            ...(seeds.length > 1 ? [`seed ${seed}`] : [])
          ].join(', '),
          options: { save: false, ...method, ...training, task, maxTrain, seed }
        }))
      )
    )
  )
}

function unitRuns({
  units,
  seeds,
  pools,
  layers,
  control,
  restarts,
  maxTrainWords,
  maxTestWords
}: SweepFile): Omit<UnitRun, 'model' | 'data'>[] {
  return units.flatMap(({ kind, title = resultTitles[kind], ...options }) =>
    seeds.map((seed) => ({
      call: null,
      kind,
      title: [title, ...(seeds.length > 1 ? [`seed ${seed}`] : [])].join(', '),
      options,
      usual: { seed, pool: pools[0]!, layers, control, restarts, maxTrainWords, maxTestWords }
    }))
  )
}

/** What of a run's options a task of numbers has: ridge regression draws nothing and has no control task. */
export function regressionOptions({
  control: _control,
  codelength: _codelength,
  restarts: _restarts,
  tune: _tune,
  span: _span,
  ...options
}: ProbeOptions): ProbeOptions {
  return { ...options, control: false, codelength: false, restarts: 1 }
}
