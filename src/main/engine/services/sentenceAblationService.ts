import type { LogitLens, PatchGrid, SentenceEffect } from '@shared/ablation'
import type { Intervention } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import { RecentCache } from '@shared/recentCache'
import type { SentenceRef } from '@shared/sentence'
import { UserError } from '@shared/userError'
import { compileInterventions } from '../ablations/compile'
import { logitLens } from '../ablations/logitLens'
import { alignedTokens, surfacesOf } from '../tokenizers/alignedTokens'
import { patchGrid } from '../ablations/patchGrid'
import { sentenceEffect } from '../ablations/sentenceEffect'
import { joinWindows } from '../activations/extract'
import type { DatasetStore } from '../datasets/datasetStore'
import type { AblationInputs, StatisticsCorpus } from './ablationInputs'
import type { LentProbes } from './lentProbes'
import type { ModelService } from './modelService'
import { needTransformer } from '../models/transformer/transformerModel'

/** Probing runs whose weights stay in memory. */
const readersKept = 8

/** A sentence, and how the model is changed. */
interface SentenceRequest {
  modelId: string
  sentence: SentenceRef
  interventions: readonly Intervention[]
  corpus: StatisticsCorpus
}

/** Interventions on single sentences: what they change, what every layer predicts, what values carry over. */
export class SentenceAblationService {
  private readonly readers = new RecentCache<ReturnType<LentProbes['keptLayers']>>(readersKept)

  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly probes: LentProbes,
    private readonly inputs: AblationInputs
  ) {}

  /** What interventions do to one sentence, and to what the probes of `runIds` predict of its words. */
  async sentence(
    { modelId, sentence, interventions, corpus, runIds }: SentenceRequest & { runIds: readonly string[] },
    job: JobHandle
  ): Promise<SentenceEffect> {
    return this.models.use(modelId, async (model) => {
      const encoded = await this.inputs.encode(model, sentence)
      const resources = await this.inputs.resources(model, interventions, corpus, job)
      const probes = runIds.map((runId) => {
        const { task, ...read } = this.layerProbes(runId, modelId)
        return {
          read: { ...read, task: task.title },
          gold:
            sentence.kind === 'text'
              ? null
              : (this.datasets.sentence(sentence.datasetId, sentence.split, sentence.index).labels[task.id] ?? null)
        }
      })
      return sentenceEffect(
        model,
        encoded,
        compileInterventions(interventions, needTransformer(model).config, resources),
        probes
      )
    })
  }

  /** The probes of a kept run; read from disk once, because the board needs them at every switch. */
  private layerProbes(runId: string, modelId: string): ReturnType<LentProbes['keptLayers']> {
    const kept = this.readers.get(runId) ?? this.probes.keptLayers(runId, modelId)
    this.readers.put(runId, kept)
    return kept
  }

  /** What the head predicts from every layer, and how probable it finds the words of `watched`. */
  async lens(
    { modelId, sentence, interventions, corpus, watched }: SentenceRequest & { watched: readonly string[] },
    job: JobHandle
  ): Promise<LogitLens> {
    return this.models.use(modelId, async (model) => {
      const input = joinWindows([await this.inputs.encode(model, sentence)])
      const ids = await Promise.all(watched.map((word) => this.inputs.tokenOf(model, word)))
      const resources = await this.inputs.resources(model, interventions, corpus, job)
      return logitLens(
        model,
        input,
        ids,
        interventions.length ? compileInterventions(interventions, needTransformer(model).config, resources) : undefined
      )
    })
  }

  /** Values of one sentence put into the run of another. */
  async patch(
    request: {
      modelId: string
      text: string
      source: string
      kind: PatchGrid['kind']
      place: number | null
      first: string
      second: string
    },
    job: JobHandle
  ): Promise<PatchGrid> {
    return this.models.use(request.modelId, async (model) => {
      const [sentence, source] = await Promise.all(
        [request.text, request.source].map((text) => this.inputs.encode(model, { kind: 'text', text }))
      )
      // A masked model is read at its mask, any other at the next token.
      const masked = sentence!.ids.indexOf(model.needTokenizer().maskId ?? -1)
      const place = request.place ?? (masked >= 0 ? masked : sentence!.ids.length - 1)
      if (place >= sentence!.ids.length)
        throw new UserError(`The sentence has ${sentence!.ids.length} tokens; there is no token ${place}.`)
      const watched = {
        place,
        first: await this.inputs.tokenOf(model, request.first),
        second: await this.inputs.tokenOf(model, request.second)
      }
      const grid = await patchGrid(model, { sentence: sentence!, source: source!, kind: request.kind, watched }, job)
      const tokenizer = model.needTokenizer()
      const [surfaces, sourceSurfaces] = [sentence!, source!].map((read) => surfacesOf(alignedTokens(tokenizer, read)))
      return { ...grid, ...(surfaces && { surfaces }), ...(sourceSurfaces && { sourceSurfaces }) }
    })
  }
}
