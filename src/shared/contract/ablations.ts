import * as v from 'valibot'
import {
  ablationChangeOptions,
  headOptions,
  ablationPairOptions,
  ablationProbeOptions,
  ablationScanOptions,
  ablationSetOptions,
  corpusRef,
  expertOptions,
  eraserOptions,
  interventions,
  neuronOptions,
  pruningOptions,
  similarityOptions,
  taskMapOptions
} from '../ablationRequests'
import { fresh, jobId, name, sentenceRef } from '../fields'
import { interventionSet, setName, type InterventionSet, type KeptSet } from '../intervention'
import { directSentences, furtherPairs, patchPair, receiverText } from '../patching'
import type { Answer } from '../results'
import { tunedLensOptions } from '../tunedLens'
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
  /** The language-model head applied to every layer, with the probability of watched words. */
  'ablation.lens': engine<Answer<'lens'>>()(
    v.strictObject({
      modelId: name,
      sentence: sentenceRef,
      watched: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(100))), v.maxLength(20)),
      /** A kept tuned lens to read through; the logit lens when absent. */
      tuned: v.optional(v.strictObject({ runId: name })),
      interventions,
      corpus: corpusRef,
      jobId,
      fresh
    })
  ),
  /** Trains a tuned lens on a corpus. */
  'lens.train': engine<Answer<'tunedLens'>>()(tunedLensOptions),
  /** Values of one sentence patched into another, place by place: how much of the answer each carries over. */
  'ablation.patch': engine<Answer<'patch'>>()(
    v.strictObject({
      modelId: name,
      ...patchPair,
      kind: v.picklist(['resid', 'attention', 'mlp', 'head', 'path']),
      /** Of paths, where they end; the logits when absent. */
      receiver: v.optional(receiverText),
      /** The difference of log-probabilities when absent. */
      measure: v.optional(v.picklist(['kl'])),
      more: furtherPairs,
      jobId,
      fresh
    })
  ),
  /** What embeddings, heads and MLPs add to a logit: the mean over sentences. */
  'ablation.direct': engine<Answer<'direct'>>()(
    v.strictObject({ modelId: name, sentences: directSentences, jobId, fresh })
  ),
  /** Each head, attention, MLP or block switched off by itself, on a corpus. */
  'ablation.scan': engine<Answer<'scan'>>()(ablationScanOptions),
  /** A set of interventions on a corpus, compared with random sets of the same size. */
  'ablation.set': engine<Answer<'ablationSet'>>()(ablationSetOptions),
  /** How far a set moves hidden states and attention, layer by layer, compared with random sets. */
  'ablation.change': engine<Answer<'change'>>()(ablationChangeOptions),
  /** Accuracy under a set, of probes trained before the change and of new ones. */
  'ablation.probes': engine<Answer<'retrained'>>()(ablationProbeOptions),
  /** Minimal pairs with a set, compared with random sets. */
  'ablation.pairs': engine<Answer<'setPairs'>>()(ablationPairOptions),
  /** The cosine of two sentences' vectors with and without a set, compared with random sets. */
  'ablation.similarity': engine<Answer<'similarity'>>()(similarityOptions),
  /** Fits edits after which a linear probe of a task finds nothing at the given layers. */
  'ablation.eraser': engine<Answer<'eraser'>>()(eraserOptions),
  /** Names of the sets that were kept, and how many interventions each has. */
  'sets.list': engine<KeptSet[]>()(nothing),
  'sets.load': engine<InterventionSet>()(v.strictObject({ name: setName })),
  /** Saving under the same name replaces the set. */
  'sets.keep': engine<null>()(interventionSet),
  'sets.forget': engine<null>()(v.strictObject({ name: setName })),
  /** Switches off more and more of them, the least important first, compared with random orders. */
  'ablation.prune': engine<Answer<'pruning'>>()(pruningOptions),
  /** Every part of the model by every task, in one resumable pass. */
  'ablation.map': engine<Answer<'taskMap'>>()(taskMapOptions),
  /** Neurons ranked by a probe and removed, from the probe's input and from the model. */
  'ablation.neurons': engine<Answer<'neurons'>>()(neuronOptions),
  /** What each head attends to over a corpus. */
  'ablation.heads': engine<Answer<'heads'>>()(headOptions),
  /** Which experts of a mixture the words of each label go through. */
  'ablation.experts': engine<Answer<'experts'>>()(expertOptions)
} as const
