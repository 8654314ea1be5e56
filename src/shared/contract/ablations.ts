import * as v from 'valibot'
import {
  ablationChangeOptions,
  ablationCorpus,
  ablationPairOptions,
  ablationProbeOptions,
  ablationScanOptions,
  ablationSetOptions,
  corpusRef,
  eraserOptions,
  interventions,
  neuronOptions,
  pruningOptions,
  similarityOptions,
  taskMapOptions
} from '../ablationRequests'
import { count, fresh, jobId, name, sentenceRef } from '../fields'
import { interventionSet, setName, type InterventionSet, type KeptSet } from '../intervention'
import type { Answer } from '../results'
import { engine, nothing } from './call'

/** Interventions: on a sentence, on a corpus, and the sets that are kept. */
export const ablationCalls = {
  /**
   * The effect of interventions on one sentence; `corpus` is the source of means and other tokens' values, `runIds` are
   * kept runs whose probes are applied at every layer.
   */
  'ablation.sentence': engine<Answer<'sentence'>>()(
    v.strictObject({
      modelId: name,
      sentence: sentenceRef,
      interventions,
      corpus: corpusRef,
      runIds: v.optional(v.pipe(v.array(name), v.maxLength(8)), []),
      jobId,
      fresh
    })
  ),
  /** The language-model head read at every layer, and what becomes of watched words. */
  'ablation.lens': engine<Answer<'lens'>>()(
    v.strictObject({
      modelId: name,
      sentence: sentenceRef,
      watched: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(100))), v.maxLength(20)),
      interventions,
      corpus: corpusRef,
      jobId,
      fresh
    })
  ),
  /** Values of one sentence put into another, place by place: how far each carries the answer over. */
  'ablation.patch': engine<Answer<'patch'>>()(
    v.strictObject({
      modelId: name,
      text: v.pipe(v.string(), v.minLength(1), v.maxLength(20_000)),
      source: v.pipe(v.string(), v.minLength(1), v.maxLength(20_000)),
      kind: v.picklist(['resid', 'attention', 'mlp', 'head']),
      /** Token whose prediction is read; the last one when null. */
      place: v.nullable(count),
      first: name,
      second: name,
      jobId,
      fresh
    })
  ),
  /** Every head, attention, MLP or block switched off alone, on a corpus. */
  'ablation.scan': engine<Answer<'scan'>>()(ablationScanOptions),
  /** A set of interventions on a corpus, beside random sets of the same size. */
  'ablation.set': engine<Answer<'ablationSet'>>()(ablationSetOptions),
  /** How far a set takes hidden states and attention from what they were, layer by layer, beside random sets. */
  'ablation.change': engine<Answer<'change'>>()(ablationChangeOptions),
  /** What a set leaves to probes that were trained before, and to new ones. */
  'ablation.probes': engine<Answer<'retrained'>>()(ablationProbeOptions),
  /** Minimal pairs with a set, beside random sets. */
  'ablation.pairs': engine<Answer<'setPairs'>>()(ablationPairOptions),
  /** The cosine of two sentences' vectors with and without a set, beside random sets. */
  'ablation.similarity': engine<Answer<'similarity'>>()(similarityOptions),
  /** Fits the edits after which a linear probe of a task finds nothing at some layers. */
  'ablation.eraser': engine<Answer<'eraser'>>()(eraserOptions),
  /** Names of the sets that were kept, and how many interventions each has. */
  'sets.list': engine<KeptSet[]>()(nothing),
  'sets.load': engine<InterventionSet>()(v.strictObject({ name: setName })),
  /** Saving under the same name replaces the set. */
  'sets.keep': engine<null>()(interventionSet),
  'sets.forget': engine<null>()(v.strictObject({ name: setName })),
  /** More and more of them switched off, the least important first, beside random orders. */
  'ablation.prune': engine<Answer<'pruning'>>()(pruningOptions),
  /** Every part of the model by every task, in one pass that is kept as it goes. */
  'ablation.map': engine<Answer<'taskMap'>>()(taskMapOptions),
  /** Neurons ranked by a probe and taken away, from the probe's input and from the model. */
  'ablation.neurons': engine<Answer<'neurons'>>()(neuronOptions),
  /** What each head attends to over a corpus. */
  'ablation.heads': engine<Answer<'heads'>>()(v.strictObject({ ...ablationCorpus, jobId, fresh }))
} as const
