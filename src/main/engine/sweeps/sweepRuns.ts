import type { ProbeOptions } from '@shared/contract'
import { drawOf } from '@shared/drawing'
import { treeTask } from '@shared/probe'
import { learnsTrees, methodTitle } from '@shared/probeMethods'
import type { SweepFile } from './sweepFile'

/** One run of a sweep, before model and data are open. */
export interface SweepRun {
  model: SweepFile['models'][number]
  data: SweepFile['data'][number]
  /** Without the ids, which opening gives, and the names of the parts, where the data suggests them. */
  options: Omit<ProbeOptions, 'modelId' | 'datasetId' | 'trainSplit' | 'testSplit'>
  /** 'upos, MLP 256, first, seed 2' */
  title: string
}

/**
 * The runs of a sweep, in an order in which those of one model and data set follow one another and share their word
 * vectors. The structural probe runs once for all tasks.
 */
export function sweepRuns({
  models,
  data,
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
}: SweepFile): SweepRun[] {
  return models.flatMap((model) =>
    data.flatMap((one) =>
      pools.flatMap((pool) =>
        probes.flatMap((probe) =>
          (learnsTrees(probe) ? [treeTask.id] : tasks).flatMap((task) =>
            seeds.map((seed) => ({
              model,
              data: one,
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
                ...(tune && probe.kind === 'linear' ? { tune } : {}),
                probe,
                seed
              }
            }))
          )
        )
      )
    )
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
