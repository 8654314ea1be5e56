import { join } from 'node:path'
import type { CallOutput, EngineCallName, Handlers } from '@shared/contract'
import { parseCall } from '@shared/rpc/dispatch'
import { enginePortName, largeCalls } from '@shared/rpc/enginePort'
import type { Pipe } from '@shared/rpc/frames'
import { serve } from '@shared/rpc/peer'
import { runFirstKernels } from './backends/firstKernels'
import { pickBackend } from './backends/pick'
import { jobHandlers } from './engineJobs'
import { errorFields, log } from './log/log'
import { loggedCalls, loggedJobs } from './log/loggedCalls'
import { cacheNotes } from './files/cacheNotes'
import { exportResults, resultRows } from './results/export/exportResults'
import { appRoot, dataDir, keptResultsFolder } from './paths'
import { createServices, type Services } from './services'

/**
 * Chooses a backend, builds the services and answers on `pipe` until the process ends.
 * @returns answers the calls with large answers on a pipe to a window, too
 */
export async function startEngine(pipe: Pipe): Promise<(window: Pipe) => void> {
  const backend = await pickBackend()
  const resultsFolder = keptResultsFolder()
  const logJob = loggedJobs()
  const services = createServices(
    (status) => {
      logJob(status)
      pipe.send({ kind: 'event', name: 'job.changed', payload: status })
    },
    resultsFolder,
    join(appRoot(), 'out/main/downloadThread.js'),
    join(dataDir(), 'jobs')
  )
  process.once('exit', () => services.results.flush())
  const handlers = engineHandlers(services)
  const answer = async (name: string, input: unknown): Promise<unknown> => {
    const call = parseCall(name, input)
    if (!Object.hasOwn(handlers, call.name)) throw new Error(`'${call.name}' is not a call of the engine.`)
    return (handlers[call.name as EngineCallName] as (input: unknown) => Promise<unknown>)(call.input)
  }
  serve(pipe, loggedCalls(answer))
  if (backend.name === 'tensorflow-gpu')
    void services.jobs
      .run('setup', 'Preparing the graphics card', undefined, runFirstKernels)
      .catch((error: Error) => log.warn('gpu.firstKernels', errorFields(error)))
  const answerLarge = loggedCalls(async (name, input) => {
    if (!largeCalls.has(name)) throw new Error(`'${name.slice(0, 80)}' is not answered here.`)
    return answer(name, input)
  })
  return (window) => {
    serve(window, answerLarge)
    window.send({ kind: 'event', name: enginePortName, payload: null })
  }
}

/** The engine's half of the contract, a line a call; those that run as jobs are in `engineJobs.ts`. */
export function engineHandlers(services: Services): Handlers<EngineCallName> {
  const { jobs, results, device, models, hub, datasets, sentences, attentions, activations, regressions, curves } =
    services
  const { probes, probeResults, probePredictor } = services
  const { runFolders, minimalPairs, projections, contexts, compare, alignments, sets, finetunes, pretraining } =
    services
  return {
    ...jobHandlers(services),
    'device.status': async () => device.status(),
    'device.retry': async () => device.retry(),
    'device.useGpu': async ({ gpu }) => {
      device.useGpu(gpu)
      return null
    },
    'device.useWebGpu': async ({ use }) => {
      device.useWebGpu(use)
      return null
    },
    'job.list': async () => {
      const { jobs: listed, notes } = jobs.list()
      return { jobs: listed, notes: [...notes, ...results.notes, ...cacheNotes.values()] }
    },
    'job.cancel': async ({ jobId }) => {
      jobs.cancel(jobId)
      return null
    },
    'job.pause': async ({ jobId }) => {
      jobs.pause(jobId)
      return null
    },
    'job.resume': async ({ jobId }) => {
      jobs.resume(jobId)
      return null
    },
    'job.move': async ({ jobId, place }) => {
      jobs.move(jobId, place)
      return null
    },
    'job.forget': async ({ jobId }) => {
      jobs.forget(jobId)
      return null
    },

    'cost.estimate': ({ call, input }) => services.costs.estimate(call, input),

    'model.list': async () => models.list(),
    'hub.cached': () => hub.cached(),
    'model.structure': ({ modelId }) => models.structure(modelId),
    'dataset.list': () => datasets.list(),
    'dataset.preview': ({ paths, choice }) => datasets.preview(paths, choice),
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

    'sentence.analyze': ({ modelId, sentence, thumbnailSize }) =>
      jobs.first(() => sentences.analyze(modelId, sentence, thumbnailSize)),
    'sentence.inside': ({ modelId, sentence }) => jobs.first(() => sentences.inside(modelId, sentence)),
    'sentence.distances': ({ modelA, modelB, sentence }) =>
      jobs.first(() => sentences.distances(modelA, modelB, sentence)),
    'attention.queryKey': ({ modelId, sentence, token, ...place }) =>
      jobs.first(() => attentions.queryKey(modelId, sentence, place, token)),
    'sentence.guesses': ({ modelId, sentence, places, count }) =>
      jobs.first(() => sentences.guesses(modelId, sentence, places, count)),
    'attention.head': ({ modelId, sentence, layer, head }) =>
      jobs.first(() => sentences.head(modelId, sentence, layer, head)),
    'attention.layer': ({ modelId, sentence, layer }) => jobs.first(() => sentences.layer(modelId, sentence, layer)),

    'activations.estimate': (request) => activations.estimate(request),
    'probe.estimate': (options) => probes.estimate(options),
    'probe.regressionPoints': async ({ runId, layer }) => regressions.points(runId, layer),
    'probe.regressionItems': async ({ runId, items }) => regressions.items(runId, items),
    'probe.list': async () => probeResults.list(),
    'probe.confusion': async ({ runId, layer }) => probeResults.confusion(runId, layer),
    'probe.errors': async (request) => probeResults.errors(request),
    'probe.suspects': async ({ runId, offset, limit }) => {
      const rows = probeResults.suspects(runId)
      return { total: rows.length, rows: rows.slice(offset, offset + limit) }
    },
    'probe.predict': ({ runId, sentence }) => jobs.first(() => probePredictor.predict(runId, sentence)),

    'results.list': async () => results.list(),
    'results.read': async ({ id }) => {
      const record = results.record(id)
      return { record, result: results.read(record.kind, id) as CallOutput<'results.read'>['result'] }
    },
    'results.rows': async ({ id }) => ({
      ...resultRows(results, id),
      methods: exportResults(results, [id], 'methods').trim()
    }),
    'results.export': async ({ ids, format }) => ({ text: exportResults(results, ids, format) }),
    'results.rename': async ({ id, name }) => {
      results.rename(id, name)
      return null
    },
    'results.delete': async ({ ids }) => {
      results.deleteAll(ids)
      return null
    },
    'results.restore': async ({ ids }) => {
      results.restoreAll(ids)
      return null
    },

    'runs.list': async () => runFolders.list(),
    'runs.read': ({ path }) => runFolders.read(path),
    'runs.log': async ({ path, key }) => runFolders.log(path, key),
    'runs.cancel': async ({ path }) => {
      await runFolders.cancel(path)
      return null
    },
    'runs.resume': async ({ path, failed }) => {
      await runFolders.resume(path, failed)
      return null
    },
    'runs.collect': async ({ path }) => runFolders.collect(path),
    'runs.forget': async ({ path }) => {
      runFolders.forget(path)
      return null
    },

    'curve.estimate': (options) => curves.estimate(options),

    'pairs.sets': () => minimalPairs.sets(),
    'pairs.preview': (source) => minimalPairs.preview(source),
    'pairs.page': async (request) => minimalPairs.page(request),

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

    'contexts.search': (request) => jobs.first(() => contexts.search(request)),
    'neurons.ties': (request) => contexts.ties(request),
    'neurons.look': (request) => jobs.first(() => contexts.look(request)),
    'neurons.sentence': (request) => jobs.first(() => contexts.inSentence(request)),
    'projection.nearest': (request) => projections.nearest(request),
    'projection.axes': (request) => projections.axes(request),
    'projection.vectors': (request) => jobs.first(() => projections.vectors(request)),

    'compare.estimate': (request) => compare.estimate(request),
    'compare.alignEstimate': (request) => alignments.estimate(request),
    'finetune.estimate': (options) => finetunes.estimate(options),
    'finetune.stop': ({ job }) => {
      finetunes.stop(job)
      return Promise.resolve(null)
    },
    'finetune.progress': ({ job, from }) => Promise.resolve(finetunes.progress(job, from)),
    'pretrain.estimate': (options) => pretraining.estimate(options),
    'pretrain.progress': ({ job, from }) => Promise.resolve(pretraining.progress(job, from))
  }
}
