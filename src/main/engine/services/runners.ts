import type { CallParsed, EngineCallName, ProbeOptions } from '@shared/contract'
import type { PairRequest } from '@shared/minimalPairs'
import { treeTask } from '@shared/probe'
import { learnsTrees } from '@shared/probeMethods'
import type { ResultKindId, ResultSubject } from '@shared/results'
import { pairParts } from '../results/kinds/pairs'
import { onCorpus, onSentence, runner, subjectOf, taskOf, type PathContent, type Runner } from './runner'
import type { RunServices } from './services'

const isNumber = ({ datasets }: RunServices, { datasetId, task, probe }: ProbeOptions): boolean =>
  !learnsTrees(probe) && datasets.info(datasetId).tasks.some(({ id, kind }) => id === task && kind === 'number')

const probeSubject = (services: RunServices, request: ProbeOptions): ResultSubject => ({
  ...subjectOf(services, request, `${request.trainSplit} to ${request.testSplit}`),
  task: learnsTrees(request.probe) ? { id: treeTask.id, title: treeTask.title } : taskOf(services, request)
})

/** What runs over the minimal pairs of a path have in common. */
const overPairs = {
  queued: true,
  title: () => 'Minimal pairs',
  subject: ({ models }: RunServices, { modelId }: { modelId: string }, path: PathContent | null): ResultSubject => ({
    model: { id: modelId, name: models.info(modelId).name },
    data: { id: path!.hash.slice(0, 16), name: path!.name, parts: path!.parts },
    task: { id: 'pairs', title: 'Minimal pairs' }
  }),
  pathContent: async (
    { minimalPairs }: RunServices,
    { path, ...request }: PairRequest & { path: string }
  ): Promise<PathContent> => {
    const { paradigms, ...content } = await minimalPairs.identify(path, request)
    return { ...content, parts: pairParts(paradigms, request.pairs) }
  }
}

/** What computes each kind of result: the one place that runs a kind. */
export const runners = {
  probe: runner('probe', 'probe.run', {
    job: 'probe',
    queued: true,
    title: ({ probes }, request) => probes.title(request),
    subject: probeSubject,
    answers: (services, request) => !isNumber(services, request),
    run: ({ probes }, request, job) => probes.run(request, job)
  }),
  regression: runner('regression', 'probe.run', {
    job: 'probe',
    queued: true,
    title: ({ probes }, request) => probes.title(request),
    subject: probeSubject,
    answers: isNumber,
    run: ({ regressions }, request, job) => regressions.run(request, job)
  }),
  curve: runner('curve', 'curve.run', {
    job: 'curve',
    queued: true,
    title: ({ curves }, request) => curves.title(request),
    subject: (services, request) => ({
      ...probeSubject(services, request),
      ...(request.curve.kind === 'languages'
        ? { data: subjectOf(services, request, request.curve.splits.join(', ')).data }
        : {})
    }),
    run: async ({ curves }, request, job, fresh) => ({ result: await curves.run(request, job, { fresh }) })
  }),
  pairs: runner('pairs', 'pairs.run', {
    job: 'pairs',
    ...overPairs,
    run: ({ minimalPairs }, request, job, fresh) => minimalPairs.run(request, job, { fresh })
  }),
  scan: onCorpus('scan', 'ablation.scan', 'Switching off parts', ({ ablations }, request, job) =>
    ablations.scan(request, job)
  ),
  ablationSet: onCorpus('ablationSet', 'ablation.set', 'Intervening on the corpus', ({ ablations }, request, job) =>
    ablations.set(request, job)
  ),
  change: onCorpus('change', 'ablation.change', 'Comparing layers', ({ ablationEffects }, request, job) =>
    ablationEffects.change(request, job)
  ),
  retrained: runner('retrained', 'ablation.probes', {
    job: 'ablation',
    queued: true,
    title: () => 'Retraining probes',
    subject: (services, request) => subjectOf(services, request, `${request.trainSplit} to ${request.testSplit}`),
    run: async ({ ablationEffects }, request, job) => ({ result: await ablationEffects.probes(request, job) })
  }),
  setPairs: runner('setPairs', 'ablation.pairs', {
    job: 'ablation',
    ...overPairs,
    run: async ({ ablationEffects }, request, job) => ({ result: await ablationEffects.pairs(request, job) })
  }),
  similarity: onSentence('similarity', 'ablation.similarity', 'Comparing sentences', (services, request, job) =>
    services.ablationEffects.similarity(request, job)
  ),
  eraser: runner('eraser', 'ablation.eraser', {
    job: 'ablation',
    queued: true,
    title: () => 'Fitting an eraser',
    subject: (services, request) => ({
      ...subjectOf(services, request, request.trainSplit),
      task: taskOf(services, request)
    }),
    run: async ({ erasers }, request, job) => ({ result: await erasers.fit(request, job) })
  }),
  pruning: onCorpus('pruning', 'ablation.prune', 'Pruning', ({ ablations }, request, job) =>
    ablations.prune(request, job)
  ),
  taskMap: {
    ...onCorpus('taskMap', 'ablation.map', 'Every part by every task', ({ taskMaps }, request, job) =>
      taskMaps.map(request, job)
    ),
    again: () => ({ found: 1 })
  },
  neurons: runner('neurons', 'ablation.neurons', {
    job: 'ablation',
    queued: true,
    title: () => 'Removing neurons',
    subject: (services, request) => ({
      ...subjectOf(services, request, `${request.trainSplit} to ${request.split}`),
      task: taskOf(services, request)
    }),
    run: async ({ neurons }, request, job) => ({ result: await neurons.rank(request, job) })
  }),
  heads: onCorpus('heads', 'ablation.heads', 'What heads attend to', ({ ablations }, request, job) =>
    ablations.heads(request, job)
  ),
  experts: runner('experts', 'ablation.experts', {
    job: 'ablation',
    queued: true,
    title: () => 'Load of experts',
    subject: (services, request) => ({
      ...subjectOf(services, request, request.split),
      task: taskOf(services, request)
    }),
    run: async ({ experts }, request, job) => ({ result: await experts.load(request, job) })
  }),
  patch: onSentence('patch', 'ablation.patch', 'Patching values', ({ sentenceAblations }, request, job) =>
    sentenceAblations.patch(request, job)
  ),
  direct: onSentence('direct', 'ablation.direct', 'Dividing logits', (services, { modelId, sentences }, job) =>
    services.sentenceAblations.direct(modelId, sentences, job)
  ),
  lens: onSentence('lens', 'ablation.lens', 'Reading every layer', ({ sentenceAblations }, request, job) =>
    sentenceAblations.lens(request, job)
  ),
  tunedLens: runner('tunedLens', 'lens.train', {
    job: 'ablation',
    queued: true,
    title: () => 'Training a tuned lens',
    subject: (services, request) => subjectOf(services, request, request.split),
    run: ({ tunedLenses }, request, job) => tunedLenses.train(request, job)
  }),
  sentence: onSentence('sentence', 'ablation.sentence', 'Intervening on the sentence', (services, request, job) =>
    services.sentenceAblations.sentence(request, job)
  ),
  attribution: onSentence('attribution', 'attribution.run', 'Attributing a score', (services, request, job) =>
    services.attributions.attribute(request, job)
  ),
  cka: runner('cka', 'compare.cka', {
    job: 'compare',
    queued: true,
    title: () => 'Comparing layers',
    subject: (services, { modelA, datasetId, split }) => subjectOf(services, { modelId: modelA, datasetId }, split),
    run: async ({ compare }, request, job, fresh) => ({ result: await compare.cka(request, job, fresh) })
  }),
  adapted: runner('adapted', 'compare.adapted', {
    job: 'compare',
    queued: true,
    title: ({ models }, { modelB }) => `Heads and neurons of ${models.info(modelB).name}`,
    subject: (services, { modelA, datasetId, split }) => subjectOf(services, { modelId: modelA, datasetId }, split),
    run: async ({ adapted }, request, job) => ({ result: await adapted.changes(request, job) })
  }),
  alignment: runner('alignment', 'compare.align', {
    job: 'compare',
    queued: true,
    title: () => 'Aligning two languages',
    subject: (services, { modelA, datasetId, splitA, splitB }) =>
      subjectOf(services, { modelId: modelA, datasetId }, `${splitA} and ${splitB}`),
    run: async ({ alignments }, request, job) => ({ result: await alignments.align(request, job) })
  }),
  speed: runner('speed', 'compare.speed', {
    job: 'compare',
    queued: true,
    title: ({ models }, { modelId }) => `Measuring the speed of ${models.info(modelId).name}`,
    subject: (services, request) => subjectOf(services, request, request.split),
    run: async ({ compare }, request, job) => ({ result: await compare.speed(request, job) })
  }),
  facts: runner('facts', 'compare.facts', {
    job: 'compare',
    queued: false,
    title: ({ models }, { modelId }) => `Counting the subwords of ${models.info(modelId).name}`,
    subject: (services, request) => subjectOf(services, request, request.split),
    run: async ({ compare }, request) => ({ result: await compare.facts(request) })
  }),
  tests: runner('tests', 'compare.tests', {
    job: 'compare',
    queued: false,
    title: () => 'Testing layers',
    subject: ({ results }, { runId }) => results.listed(runId).subject,
    further: ({ probeResults }, { runId }) => [probeResults.twinOf(runId) ?? []].flat(),
    run: async ({ compare }, { runId, seed }, job) => ({ result: await compare.tests(runId, seed, job) })
  }),
  differences: runner('differences', 'compare.differences', {
    job: 'compare',
    queued: false,
    title: () => 'Testing differences',
    subject: ({ results }, { pairs: [first] }) => results.listed(first!.a.runId).subject,
    run: async ({ compare }, { pairs, seed }, job) => ({ result: await compare.differences(pairs, seed, job) })
  }),
  projection: runner('projection', 'projection.input', {
    job: 'projection',
    queued: true,
    title: (_, { layer }) => `Projecting layer ${layer}`,
    subject: (services, request) => subjectOf(services, request, request.split),
    run: async ({ projections }, request, job) => ({ result: await projections.input(request, job) })
  }),
  geometry: runner('geometry', 'geometry.layers', {
    job: 'compare',
    queued: true,
    title: () => 'Geometry of layers',
    subject: (services, request) => subjectOf(services, request, request.split),
    run: async ({ geometries }, request, job) => ({ result: await geometries.layers(request, job) })
  }),
  finetune: runner('finetune', 'finetune.run', {
    job: 'finetune',
    queued: true,
    title: ({ finetunes }, request) => finetunes.title(request),
    subject: (services, request) => ({
      ...subjectOf(services, request, `${request.trainSplit} to ${request.testSplit}`),
      task: taskOf(services, request)
    }),
    run: ({ finetunes }, request, job, fresh) => finetunes.run(request, job, { fresh })
  }),
  pretrain: runner('pretrain', 'pretrain.run', {
    job: 'finetune',
    queued: true,
    title: ({ pretraining }, request) => pretraining.title(request),
    subject: (services, request) => subjectOf(services, request, request.split),
    run: ({ pretraining }, request, job, fresh) => pretraining.run(request, job, { fresh })
  })
} as const satisfies { readonly [K in ResultKindId]: { call: EngineCallName; again?: unknown } }

export type RunnerCall<K extends ResultKindId> = (typeof runners)[K]['call']

/** A kind's request, checked by the contract. */
export type RequestOf<K extends ResultKindId> = CallParsed<RunnerCall<K>>

/** Calls that are answered with a result that is kept. */
export type ResultCallName = RunnerCall<ResultKindId>
export const resultCallNames = [...new Set(Object.values(runners).map(({ call }) => call))] as readonly ResultCallName[]

/** Whether a call is answered with a result that is kept. */
export function isResultCall(name: string): name is ResultCallName {
  return resultCallNames.some((call) => call === name)
}

/** What may answer a call: one kind, or several that a request chooses from. */
export function runnersOf(call: ResultCallName): Pick<Runner<ResultKindId>, 'job' | 'queued' | 'first'>[] {
  return Object.values(runners).filter((candidate) => candidate.call === call)
}

/** How results of a kind are computed. */
export function runnerOf<K extends ResultKindId>(kind: K): Runner<K, RunnerCall<K>> {
  return runners[kind] as unknown as Runner<K, RunnerCall<K>>
}

/**
 * The kind of result that answers a call: what a task needs (a probe for classes or trees, or a regression) is decided
 * here alone.
 */
export function kindOfCall<C extends ResultCallName>(
  services: RunServices,
  call: C,
  request: Omit<CallParsed<C>, 'jobId'>
): ResultKindId {
  const kinds = (Object.keys(runners) as ResultKindId[]).filter((kind) => runners[kind].call === call)
  const kind =
    kinds.length === 1
      ? kinds[0]
      : kinds.find((candidate) => runnerOf(candidate).answers?.(services, request as RequestOf<ResultKindId>))
  if (!kind) throw new Error(`No kind of result answers '${call}'.`)
  return kind
}
