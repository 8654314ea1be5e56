import type { DirectLogits, LogitLens, PatchGrid, SentenceEffect } from '@shared/ablation'
import type { CallParsed } from '@shared/contract'
import type { Intervention } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import { receiverOf, type DirectSentence, type PatchPair } from '@shared/patching'
import { RecentCache } from '@shared/recentCache'
import type { SentenceRef } from '@shared/sentence'
import { deviationOf, meanOf } from '@shared/spread'
import { UserError } from '@shared/userError'
import { anatomyOf } from '../ablations/anatomy'
import { compileInterventions } from '../ablations/compile'
import { bestToken, directLogits, type DirectParts } from '../ablations/directLogits'
import { logitLens } from '../ablations/logitLens'
import { alignedTokens, surfacesOf } from '../tokenizers/alignedTokens'
import { patchGrid, type PatchedPair, type Watched } from '../ablations/patchGrid'
import { sentenceEffect } from '../ablations/sentenceEffect'
import { translatorOf } from '../ablations/tunedLens'
import { joinWindows } from '../activations/extract'
import type { DatasetStore } from '../datasets/datasetStore'
import type { AblationInputs, StatisticsCorpus } from './ablationInputs'
import type { LoadedModel } from '../models/model'
import type { ReadSentence } from '../tokenizers/encodedSentence'
import type { LentProbes } from './lentProbes'
import type { TunedLensService } from './tunedLensService'
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

interface LensRequest extends SentenceRequest {
  watched: readonly string[]
  /** A kept tuned lens; none for the logit lens. */
  tuned?: { runId: string } | undefined
}

/** Interventions on single sentences: what they change, what every layer predicts, what values carry over. */
export class SentenceAblationService {
  private readonly readers = new RecentCache<ReturnType<LentProbes['keptLayers']>>(readersKept)

  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly probes: LentProbes,
    private readonly inputs: AblationInputs,
    private readonly tunedLenses: TunedLensService
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
      return sentenceEffect(model, encoded, compileInterventions(interventions, anatomyOf(model), resources), probes)
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
    { modelId, sentence, interventions, corpus, watched, tuned }: LensRequest,
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
        interventions.length ? compileInterventions(interventions, anatomyOf(model), resources) : undefined,
        tuned && translatorOf(this.tunedLenses.translators(tuned.runId, model))
      )
    })
  }

  /** Values of one sentence put into the run of another, over one or several pairs. */
  async patch(request: Omit<CallParsed<'ablation.patch'>, 'jobId' | 'fresh'>, job: JobHandle): Promise<PatchGrid> {
    const { modelId, kind, receiver, measure, more = [] } = request
    return this.models.use(modelId, async (model) => {
      const pairs: PatchedPair[] = []
      for (const { text, source, ...watched } of [request, ...more]) {
        const [sentence, from] = await Promise.all([text, source].map((typed) => this.read(model, typed)))
        pairs.push({ sentence: sentence!, source: from!, watched: await this.watched(model, sentence!, watched) })
      }
      const ends = receiver === undefined ? {} : { receiver: receiverOf(receiver) }
      const grid = await patchGrid(model, { pairs, kind, ...(measure && { measure }), ...ends }, job)
      const tokenizer = model.needTokenizer()
      const [surfaces, sourceSurfaces] = [pairs[0]!.sentence, pairs[0]!.source].map((read) =>
        surfacesOf(alignedTokens(tokenizer, read as ReadSentence))
      )
      return {
        ...grid,
        ...(receiver !== undefined && { receiver }),
        ...(measure && { measure }),
        ...(pairs.length > 1 && { pairs: pairs.length }),
        ...(surfaces && { surfaces }),
        ...(sourceSurfaces && { sourceSurfaces })
      }
    })
  }

  /** What each part of the model adds to the answers of some sentences. */
  async direct(modelId: string, sentences: readonly DirectSentence[], job: JobHandle): Promise<DirectLogits> {
    return this.models.use(modelId, async (loaded) => {
      const model = needTransformer(loaded)
      const { layers, heads } = model.config
      const all: DirectParts[] = []
      let names: Pick<DirectLogits, 'first' | 'second'> | null = null
      for (const [i, { text, first, second, place }] of sentences.entries()) {
        job.progress(i, sentences.length, 'Dividing logits')
        await job.yield()
        const sentence = await this.read(model, text)
        const at = this.placeOf(model, sentence, place)
        const a = first === null ? bestToken(model, sentence.ids, at) : await this.inputs.tokenOf(model, first)
        const b = second === null ? null : await this.inputs.tokenOf(model, second)
        all.push(directLogits(model, sentence.ids, at, a, b))
        const name = (id: number): string => model.needTokenizer().tokenText(id)
        names ??= { first: name(a), second: b === null ? null : name(b) }
      }
      const several = (of: (parts: DirectParts, i: number) => number, count: number, join: typeof meanOf) =>
        Array.from({ length: count }, (_, i) => join(all.map((parts) => of(parts, i))))
      const error = (values: readonly number[]): number => deviationOf(values) / Math.sqrt(values.length)
      const mlp = ({ mlps }: DirectParts, i: number): number => mlps[i]!
      const head = (parts: DirectParts, i: number): number => parts.heads[i]!
      const mean = (of: (parts: DirectParts) => number): number => meanOf(all.map(of))
      return {
        layers,
        heads,
        sentences: sentences.length,
        ...names!,
        total: mean(({ total }) => total),
        embeddings: mean(({ embeddings }) => embeddings),
        offset: mean(({ offset }) => offset),
        mlps: several(mlp, layers, meanOf),
        biases: several(({ attentionBiases }, i) => attentionBiases[i]!, layers, meanOf),
        byHead: several(head, layers * heads, meanOf),
        errors:
          all.length === 1 ? null : { mlps: several(mlp, layers, error), byHead: several(head, layers * heads, error) }
      }
    })
  }

  private read(model: LoadedModel, text: string): Promise<ReadSentence> {
    return this.inputs.encode(model, { kind: 'text', text })
  }

  /** A masked model is read at its mask, any other at the next token. */
  private placeOf(model: LoadedModel, { ids }: ReadSentence, wanted: number | null): number {
    const masked = ids.indexOf(model.needTokenizer().maskId ?? -1)
    const place = wanted ?? (masked >= 0 ? masked : ids.length - 1)
    if (place >= ids.length) throw new UserError(`The sentence has ${ids.length} tokens; there is no token ${place}.`)
    return place
  }

  private async watched(
    model: LoadedModel,
    sentence: ReadSentence,
    { place, first, second }: Pick<PatchPair, 'place' | 'first' | 'second'>
  ): Promise<Watched> {
    return {
      place: this.placeOf(model, sentence, place),
      first: await this.inputs.tokenOf(model, first),
      second: await this.inputs.tokenOf(model, second)
    }
  }
}
