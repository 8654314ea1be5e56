import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineCallName, Handlers } from '@shared/contract'
import { parseCall } from '@shared/rpc/dispatch'
import type { Pipe } from '@shared/rpc/frames'
import { serve } from '@shared/rpc/peer'
import { pickBackend } from './backends/pick'
import { exportResults } from './results/export/exportResults'
import { appRoot, keptResultsFolder } from './paths'
import { createServices, type Services } from './services'

/** Chooses a backend, builds the services and answers on `pipe` until the process ends. */
export async function startEngine(pipe: Pipe): Promise<void> {
  await pickBackend()
  const resultsFolder = keptResultsFolder()
  mkdirSync(resultsFolder, { recursive: true })
  const services = createServices(
    (status) => pipe.send({ kind: 'event', name: 'job.changed', payload: status }),
    resultsFolder,
    join(appRoot(), 'out/main/downloadThread.js')
  )
  const handlers = engineHandlers(services)
  serve(pipe, (name, input) => {
    const call = parseCall(name, input)
    if (!Object.hasOwn(handlers, call.name)) throw new Error(`'${call.name}' is not a call of the engine.`)
    return (handlers[call.name as EngineCallName] as (input: unknown) => Promise<unknown>)(call.input)
  })
}

/** The engine's half of the contract, a line a call. */
export function engineHandlers({
  jobs,
  results,
  device,
  models,
  hub,
  datasets,
  sentences,
  activations,
  probes,
  regressions,
  curves,
  minimalPairs,
  projections,
  compare,
  ablations,
  ablationEffects,
  erasers,
  sets,
  taskMaps,
  neurons
}: Services): Handlers<EngineCallName> {
  return {
    'device.status': async () => device.status(),
    'device.provision': ({ jobId }) =>
      jobs.run('setup', 'Setting up native TensorFlow', jobId, (job) => device.provision(job)),
    'job.list': async () => jobs.list(),
    'job.cancel': async ({ jobId }) => {
      jobs.cancel(jobId)
      return null
    },

    'model.list': async () => models.list(),
    'model.open': ({ path, untrained, jobId }) =>
      jobs.run('model', 'Opening the model', jobId, (job) => models.open(path, job, untrained ?? null)),
    'model.checkParity': ({ modelId, jobId }) =>
      jobs.run('model', 'Checking against PyTorch', jobId, (job) => models.checkParity(modelId, job)),

    'hub.lookup': ({ reference, jobId }) =>
      jobs.run('hub', `Looking up ${reference}`, jobId, (job) => hub.lookUp(reference, job)),
    'hub.download': ({ jobId, ...wanted }) =>
      jobs.run('hub', `Downloading ${wanted.repo}`, jobId, (job) => hub.download(wanted, job)),
    'hub.cached': () => hub.cached(),

    'dataset.list': () => datasets.list(),
    'dataset.preview': ({ paths, choice }) => datasets.preview(paths, choice),
    'dataset.open': ({ jobId, ...request }) =>
      jobs.run('dataset', 'Opening the data', jobId, (job) => datasets.open(request, job)),
    'dataset.page': async (request) => datasets.page(request),
    'dataset.sentence': async ({ datasetId, split, index }) => datasets.sentence(datasetId, split, index),
    'dataset.labels': async ({ datasetId, split, layer }) => {
      const { classes, ids } = datasets.labels(datasetId, split, layer)
      return { classes, ids: { shape: [ids.length], data: ids } }
    },
    'dataset.words': async ({ datasetId, split }) => {
      const { forms, sentence, position } = datasets.words(datasetId, split)
      return {
        forms,
        sentence: { shape: [sentence.length], data: sentence },
        position: { shape: [position.length], data: position }
      }
    },

    'sentence.analyze': ({ modelId, sentence, thumbnailSize }) => sentences.analyze(modelId, sentence, thumbnailSize),
    'attention.head': ({ modelId, sentence, layer, head }) => sentences.head(modelId, sentence, layer, head),
    'attention.layer': ({ modelId, sentence, layer }) => sentences.layer(modelId, sentence, layer),

    'activations.estimate': (request) => activations.estimate(request),
    'activations.extract': ({ jobId, ...request }) =>
      jobs.run('extract', `Extracting word vectors of ${request.split}`, jobId, async (job) => {
        await activations.ensure(request, job)
        return activations.estimate(request)
      }),

    'probe.estimate': (options) => probes.estimate(options),
    'probe.run': (options) =>
      jobs.run('probe', probes.title(options), options.jobId, (job) => probes.run(options, job)),
    'probe.regress': (options) =>
      jobs.run('probe', probes.title(options), options.jobId, (job) => regressions.run(options, job)),
    'probe.regression': async ({ runId }) => regressions.result(runId),
    'probe.regressionPoints': async ({ runId, layer }) => regressions.points(runId, layer),
    'probe.regressionItems': async ({ runId, items }) => regressions.items(runId, items),
    'probe.list': async () => probes.list(),
    'probe.result': async ({ runId }) => probes.result(runId),
    'probe.delete': async ({ runId }) => {
      probes.delete(runId)
      return null
    },
    'probe.confusion': async ({ runId, layer }) => probes.confusion(runId, layer),
    'probe.errors': async (request) => probes.errors(request),
    'probe.suspects': async ({ runId, offset, limit }) => {
      const rows = probes.suspects(runId)
      return { total: rows.length, rows: rows.slice(offset, offset + limit) }
    },
    'probe.predict': ({ runId, sentence }) => probes.predict(runId, sentence),

    'results.list': async () => results.list(),
    'results.export': async ({ ids, format }) => ({ text: exportResults(results, ids, format) }),
    'results.rename': async ({ id, name }) => {
      results.rename(id, name)
      return null
    },
    'results.delete': async ({ ids }) => {
      ids.forEach((id) => results.delete(id))
      return null
    },
    'results.restore': async ({ ids }) => {
      ids.forEach((id) => results.restore(id))
      return null
    },

    'curve.estimate': (options) => curves.estimate(options),
    'curve.run': (options) =>
      jobs.run('curve', curves.title(options), options.jobId, (job) => curves.run(options, job)),
    'curve.list': async () => curves.list(),
    'curve.delete': async ({ curveId }) => {
      curves.delete(curveId)
      return null
    },

    'pairs.sets': () => minimalPairs.sets(),
    'pairs.preview': (source) => minimalPairs.preview(source),
    'pairs.run': ({ jobId, ...request }) =>
      jobs.run('pairs', 'Minimal pairs', jobId, (job) => minimalPairs.run(request, job)),
    'pairs.result': async ({ runId }) => minimalPairs.result(runId),
    'pairs.page': async (request) => minimalPairs.page(request),
    'pairs.tokens': ({ jobId, ...request }) =>
      jobs.run('pairs', 'Scoring a pair', jobId, (job) => minimalPairs.tokens(request, job)),

    'ablation.sentence': ({ modelId, sentence, interventions, corpus, runIds, jobId }) =>
      jobs.run('ablation', 'Intervening on the sentence', jobId, (job) =>
        ablations.sentence(modelId, sentence, interventions, corpus, runIds, job)
      ),
    'ablation.lens': ({ modelId, sentence, watched, interventions, corpus, jobId }) =>
      jobs.run('ablation', 'Reading every layer', jobId, (job) =>
        ablations.lens(modelId, sentence, watched, interventions, corpus, job)
      ),
    'ablation.patch': ({ jobId, ...request }) =>
      jobs.run('ablation', 'Patching values', jobId, (job) => ablations.patch(request, job)),
    'ablation.scan': (options) =>
      jobs.run('ablation', 'Switching parts off', options.jobId, (job) => ablations.scan(options, job)),
    'ablation.set': (options) =>
      jobs.run('ablation', 'Intervening on the corpus', options.jobId, (job) => ablations.set(options, job)),
    'ablation.change': (options) =>
      jobs.run('ablation', 'Comparing layers', options.jobId, (job) => ablationEffects.change(options, job)),
    'ablation.probes': (options) =>
      jobs.run('ablation', 'Training probes again', options.jobId, (job) => ablationEffects.probes(options, job)),
    'ablation.pairs': (options) =>
      jobs.run('ablation', 'Minimal pairs', options.jobId, (job) => ablationEffects.pairs(options, job)),
    'ablation.similarity': (options) =>
      jobs.run('ablation', 'Comparing sentences', options.jobId, (job) => ablationEffects.similarity(options, job)),
    'ablation.eraser': (options) =>
      jobs.run('ablation', 'Fitting an eraser', options.jobId, (job) => erasers.fit(options, job)),
    'sets.list': async () => sets.list(),
    'sets.load': async ({ name }) => sets.load(name),
    'sets.keep': async (set) => {
      sets.keep(set)
      return null
    },
    'sets.forget': async ({ name }) => {
      sets.forget(name)
      return null
    },
    'ablation.prune': (options) =>
      jobs.run('ablation', 'Pruning', options.jobId, (job) => ablations.prune(options, job)),
    'ablation.map': (options) =>
      jobs.run('ablation', 'Every part by every task', options.jobId, (job) => taskMaps.map(options, job)),
    'ablation.neurons': (options) =>
      jobs.run('ablation', 'Taking neurons away', options.jobId, (job) => neurons.rank(options, job)),
    'ablation.heads': ({ jobId, ...request }) =>
      jobs.run('ablation', 'What heads attend to', jobId, (job) => ablations.heads(request, job)),

    'projection.input': ({ jobId, ...request }) =>
      jobs.run('projection', `Projecting layer ${request.layer}`, jobId, (job) => projections.input(request, job)),
    'projection.nearest': async (request) => projections.nearest(request),

    'compare.estimate': (request) => compare.estimate(request),
    'compare.cka': ({ jobId, ...request }) =>
      jobs.run('compare', 'Comparing layers', jobId, (job) => compare.cka(request, job)),
    'compare.facts': (request) => compare.facts(request),
    'compare.speed': ({ jobId, ...request }) =>
      jobs.run('compare', `Measuring the speed of ${models.info(request.modelId).name}`, jobId, (job) =>
        compare.speed(request, job)
      ),
    'compare.differences': ({ pairs, seed, jobId }) =>
      jobs.run('compare', 'Testing differences', jobId, (job) => compare.differences(pairs, seed, job)),
    'compare.tests': ({ runId, seed, jobId }) =>
      jobs.run('compare', 'Testing layers', jobId, (job) => compare.tests(runId, seed, job))
  }
}
