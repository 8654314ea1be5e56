import { basename } from 'node:path'
import type { AblationChange, AblationPairs, AblationProbes, SentenceSimilarity } from '@shared/ablationEffects'
import type {
  AblationChangeOptions,
  AblationPairOptions,
  AblationProbeOptions,
  SimilarityOptions
} from '@shared/contract'
import type { JobHandle } from '@shared/jobs'
import { eraserSentences, erasersRead } from '../ablations/eraser'
import { changeByLayer } from '../ablations/changeByLayer'
import { pairEffects } from '../ablations/pairEffects'
import { RetrainedProbes } from '../ablations/retrainedProbes'
import { sentenceSimilarity } from '../ablations/sentenceSimilarity'
import type { DatasetStore } from '../datasets/datasetStore'
import { Notes } from '../datasets/notes'
import { readPairs } from '../minimalPairs/readPairs'
import { tokenScores, type ScoreKind } from '../minimalPairs/sentenceScores'
import type { Hooks } from '../models/transformer/hooks'
import type { AblationInputs } from './ablationInputs'
import { changeName, type ChangedVectors } from './changedVectors'
import { firstPairs, textsOf } from './minimalPairService'
import type { ModelService } from './modelService'
import { partOfJob } from '../jobs/partOfJob'

/** Share of the work that measuring the corpus takes, where an edit needs it. */
const preparingShare = 0.05

/**
 * The effects of a set of interventions on layers, probes, minimal pairs and the similarity of sentences, each compared
 * with random sets of its size.
 */
export class AblationEffectService {
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly inputs: AblationInputs,
    private readonly vectors: ChangedVectors
  ) {}

  /** Hidden states and attention, layer by layer. */
  change(options: AblationChangeOptions, job: JobHandle): Promise<AblationChange> {
    return this.models.use(options.modelId, async (model) => {
      const started = performance.now()
      const { windows, words } = await this.inputs.windows(model, options)
      const { variants } = await this.inputs.setVariants(model, options, options, partOfJob(job, 0, preparingShare))
      const change = await changeByLayer(
        model,
        windows,
        variants,
        { seed: options.seed, clusterOf: this.inputs.clusters(options, windows).of },
        partOfJob(job, preparingShare, 1)
      )
      return {
        ...this.inputs.describe(options, { model, windows, words }),
        ...change,
        seconds: (performance.now() - started) / 1000
      }
    })
  }

  /**
   * Probes kept and trained again. Vectors of a changed model are on disk while their probes are trained: an
   * interrupted run resumes where it stopped, a finished one leaves nothing.
   * @throws UserError for a task without classes
   */
  probes(options: AblationProbeOptions, job: JobHandle): Promise<AblationProbes> {
    return this.models.use(options.modelId, async (model) => {
      const started = performance.now()
      const corpus = { datasetId: options.datasetId, split: options.trainSplit }
      const { variants, sets } = await this.inputs.setVariants(
        model,
        options,
        corpus,
        partOfJob(job, 0, preparingShare)
      )
      const layers = options.layers ?? Array.from({ length: model.shape.layers + 1 }, (_, layer) => layer)
      const steps = (variants.length + 1) * options.tasks.length
      let done = 0
      const next = (): JobHandle => {
        const share = (at: number): number => preparingShare + ((1 - preparingShare) * at) / steps
        return partOfJob(job, share(done), share(++done))
      }
      const trained: RetrainedProbes[] = []
      const datasetName = this.datasets.info(options.datasetId).name
      const eraser = eraserSentences(options.interventions, { ...options, data: datasetName })
      const mayTrain = (sentence: number): boolean => eraser !== 'apart' || !erasersRead(sentence)
      try {
        for (const id of options.tasks) {
          const part = next()
          const plain = await this.vectors.ofTask(options, id, partOfJob(part, 0, 0.6))
          const probes = new RetrainedProbes(plain.task, layers, plain, options.seed, mayTrain)
          trained.push(probes)
          await probes.trainPlain(plain, partOfJob(part, 0.6, 1))
        }
        for (const [v, { hooks, block }] of variants.entries()) {
          const change = { name: changeName(sets[v]!, corpus), hooks }
          for (const [t, id] of options.tasks.entries()) {
            const part = next()
            const changed = await this.vectors.ofTask(options, id, partOfJob(part, 0, 0.6), change)
            await trained[t]!.addVariant(changed, block === null ? 0 : block + 1, partOfJob(part, 0.6, 1))
          }
          for (const id of options.tasks) this.vectors.forget(options, id, change)
        }
        return {
          modelName: model.info.name,
          datasetName,
          ...(eraser && { eraser }),
          trainSplit: options.trainSplit,
          testSplit: options.testSplit,
          randomSets: options.randomSets,
          tasks: trained.map((probes) => probes.result()),
          seconds: (performance.now() - started) / 1000
        }
      } finally {
        for (const probes of trained) probes.dispose()
      }
    })
  }

  /**
   * Which sentence of each pair is more probable, paradigm by paradigm. @throws UserError for a model without a head
   */
  pairs(
    { path, pairs: limit, good, bad, paradigm, corpus, ...options }: AblationPairOptions,
    job: JobHandle
  ): Promise<AblationPairs> {
    return this.models.use(options.modelId, async (model) => {
      const started = performance.now()
      const notes = new Notes()
      const pairs = firstPairs(await readPairs(path, { good, bad, paradigm }, notes), limit)
      const texts = pairs.flatMap(textsOf)
      const { variants } = await this.inputs.setVariants(model, options, corpus, partOfJob(job, 0, preparingShare))
      const runs = variants.length + 1
      const share = (at: number): number => preparingShare + ((1 - preparingShare) * at) / runs
      const scored = async (at: number, hooks?: Hooks): Promise<{ kind: ScoreKind; scores: Float64Array }> => {
        const found = await tokenScores(model, texts, partOfJob(job, share(at), share(at + 1)), { hooks })
        return {
          kind: found.kind,
          scores: Float64Array.from(found.texts, ({ logProbabilities }) =>
            logProbabilities.reduce((sum, value) => sum + value, 0)
          )
        }
      }
      const { kind, scores } = await scored(0)
      const changed: Float64Array[] = []
      for (const [v, { hooks }] of variants.entries()) changed.push((await scored(v + 1, hooks)).scores)
      return {
        modelName: model.info.name,
        data: basename(path),
        kind,
        notes: notes.all(),
        ...pairEffects(
          pairs.map((pair) => pair.paradigm),
          scores,
          changed,
          options.seed
        ),
        seconds: (performance.now() - started) / 1000
      }
    })
  }

  similarity({ first, second, corpus, ...options }: SimilarityOptions, job: JobHandle): Promise<SentenceSimilarity> {
    return this.models.use(options.modelId, async (model) => {
      const pair = [await this.inputs.encode(model, first), await this.inputs.encode(model, second)] as const
      const { variants } = await this.inputs.setVariants(model, options, corpus, job)
      const [own, ...random] = variants
      return sentenceSimilarity(
        model,
        pair,
        own!.hooks,
        random.map(({ hooks }) => hooks)
      )
    })
  }
}
