import { setTimeout as pause } from 'node:timers/promises'
import { defaultMethod } from '@shared/probeMethods'
import { appRoot } from '../src/main/engine/paths'
import { openMiniLmAndEwt, startEngineOf } from './lib/engineCalls'
import { linearProbe, median, p95, report } from './support'

/**
 * What a person waits for while the queue works: a typed sentence and the attention of one of its heads, asked of a
 * built engine that does nothing, extracts word vectors, trains probes, or scans heads. `ROOT` names another built
 * checkout. Run `npm run build` first.
 */
const root = process.env['ROOT'] ?? appRoot()
/** Sentences of a round, one every `between` milliseconds. */
const sentences = Number(process.env['SENTENCES'] ?? 40)
const between = 200

const engine = await startEngineOf(root)
const corpus = await openMiniLmAndEwt(engine)
let typed = 0

/** Milliseconds from the request of a sentence that was never read before to the attention of one head. */
async function attention(): Promise<number> {
  const sentence = { kind: 'text', text: `The keys to cabinet number ${++typed} are on the table by the door.` }
  const started = performance.now()
  await engine.call('sentence.analyze', { modelId: corpus.modelId, sentence, thumbnailSize: 16 })
  await engine.call('attention.head', { modelId: corpus.modelId, sentence, layer: 3, head: 4 })
  return performance.now() - started
}

/** @param work keeps the queue busy; asked again with another seed until all sentences are read */
async function whileBusy(work: ((seed: number) => Promise<unknown>) | null): Promise<object> {
  let done = false
  const busy = (async () => {
    for (let seed = 1; work && !done; seed++) await work(seed)
  })()
  const times: number[] = []
  await pause(500)
  for (let i = 0; i < sentences; i++) {
    times.push(await attention())
    await pause(between)
  }
  done = true
  for (const { id } of ((await engine.call('job.list', {})) as { jobs: { id: string; state: string }[] }).jobs)
    await engine.call('job.cancel', { jobId: id }).catch(() => null)
  await busy.catch(() => null)
  return { median: median(times), p95: p95(times), worst: Math.max(...times) }
}

const probe = (task: string, changes: object) => (seed: number) =>
  engine.call('probe.run', {
    ...linearProbe,
    ...corpus,
    task,
    trainSplit: 'dev',
    testSplit: 'test',
    layers: [0, 1, 2, 3, 4, 5, 6],
    seed,
    ...changes
  })
const figures: Record<string, unknown> = { sentences, unit: 'milliseconds' }
figures['idle'] = await whileBusy(null)
figures['extraction'] = await whileBusy((seed) =>
  engine.call('activations.extract', {
    ...corpus,
    split: 'dev',
    pool: ['first', 'last', 'mean'][seed % 3],
    maxWords: 25_000 - seed
  })
)
figures['linear probe'] = await whileBusy(probe('deprel', {}))
figures['MLP probe'] = await whileBusy(probe('upos', { probe: defaultMethod('mlp') }))
figures['scan of heads'] = await whileBusy((seed) =>
  engine.call('ablation.scan', {
    ...corpus,
    split: 'dev',
    maxWords: 4000,
    unit: 'head',
    edit: { kind: 'zero' },
    probe: null,
    loss: false,
    movement: true,
    seed
  })
)
await engine.end()
report('busy', figures)
