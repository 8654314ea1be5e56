import { setTimeout as pause } from 'node:timers/promises'
import { seededRandom } from '@shared/random'
import { appRoot } from '../src/main/engine/paths'
import { openMiniLmAndEwt, startEngineOf, type EngineCalls } from './lib/engineCalls'
import { linearProbe, median, p95, report } from './support'

/**
 * What a click on the ablation board waits for: the round trip of `ablation.sentence` to a built engine, on a sentence
 * of 17 tokens with the probes of two tasks read at every layer. `BASE` names another built checkout that takes turns
 * with this one. Run `npm run build` first.
 */
const rounds = Number(process.env['ROUNDS'] ?? 5)
/** Clicks of a round; every one switches off a further part. */
const clicks = 20
/** Clicks before the first round: as many results of this kind as are kept without a name. */
const earlier = 200
/** Milliseconds between two clicks: a person is no faster. */
const between = 150
const base = process.env['BASE']
const words = "Hackney 's has a great burger formula that started about 80 years ago ."

interface Board {
  engine: EngineCalls
  modelId: string
  runIds: string[]
  times: number[]
}

async function openBoard(root: string): Promise<Board> {
  const engine = await startEngineOf(root)
  const corpus = await openMiniLmAndEwt(engine)
  const runIds: string[] = []
  for (const task of ['upos', 'deprel']) {
    const run = await engine.call('probe.run', {
      ...linearProbe,
      ...corpus,
      task,
      trainSplit: 'dev',
      testSplit: 'test',
      layers: [0, 1, 2, 3, 4, 5, 6],
      maxTrainWords: 2000,
      maxTestWords: 500,
      control: false
    })
    runIds.push((run as { id: string }).id)
  }
  return { engine, modelId: corpus.modelId, runIds, times: [] }
}

/** Each click is a request that was never made before. */
async function click({ engine, modelId, runIds, times }: Board, off: readonly object[]): Promise<void> {
  const started = performance.now()
  await engine.call('ablation.sentence', {
    modelId,
    sentence: { kind: 'text', text: words },
    interventions: off,
    corpus: null,
    runIds
  })
  times.push(performance.now() - started)
}

const boards = [await openBoard(appRoot()), ...(base ? [await openBoard(base)] : [])]
const random = seededRandom(1)
const headOff = (): object => ({
  at: `blocks.${random.integer(6)}.attn.result`,
  heads: [random.integer(12)],
  edit: { kind: 'scale', factor: random.next() }
})
for (let i = 0; i < earlier; i++) {
  const off = [headOff()]
  for (const board of boards) await click(board, off)
}
for (const board of boards) board.times.length = 0
for (let round = 0; round < rounds; round++) {
  const off: object[] = []
  for (let i = 0; i < clicks; i++) {
    off.push(headOff())
    for (const board of boards) {
      await click(board, off)
      await pause(between)
    }
  }
}
for (const { engine } of boards) await engine.end()
const [now, before] = boards.map(({ times }) => times)
const figures = (times: number[]): object => ({ median: median(times), p95: p95(times) })
report('board', {
  clicks: rounds * clicks,
  unit: 'milliseconds',
  now: figures(now!),
  ...(before ? { before: figures(before), ratio: median(now!.map((time, i) => time / before[i]!)) } : {})
})
