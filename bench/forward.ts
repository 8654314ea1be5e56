import { silentJob } from '@shared/jobs'
import { extractAll } from '../src/main/engine/activations/extract'
import { pickBackend } from '../src/main/engine/backends/pick'
import { DatasetStore } from '../src/main/engine/datasets/datasetStore'
import { loadModel } from '../src/main/engine/models/loadModel'
import { ewtFile, median, miniLm, peer, report } from './support'

/**
 * All hidden states of EWT dev (25,147 words) through the bundled MiniLM, tokenisation and pooling to first subwords
 * included, against PyTorch sdpa with two threads doing the same (peers/forward_peer.py). Rounds alternate so that both
 * meet the same machine.
 */
const rounds = Number(process.env['ROUNDS'] ?? 3)
const data = ewtFile('dev')

const backend = await pickBackend()
const store = new DatasetStore()
const dataset = await store.open({ paths: [data], splitNames: ['dev'] })
const { sentences } = store.text(dataset.id, 'dev')

async function ours(): Promise<{ seconds: number; subwords: number }> {
  // A fresh model each round: the tokenizer must not remember the words of the round before.
  const model = await loadModel(miniLm)
  let subwords = 0
  const started = performance.now()
  await extractAll(model, sentences, { pooling: 'first' }, silentJob(), (vectors) => {
    subwords += vectors.subwords
  })
  const seconds = (performance.now() - started) / 1000
  model.dispose()
  return { seconds, subwords }
}

await ours()
const oursSeconds: number[] = []
const theirsSeconds: number[] = []
let subwords = 0
for (let round = 0; round < rounds; round++) {
  const run = await ours()
  subwords = run.subwords
  oursSeconds.push(run.seconds)
  const theirs = peer<{ seconds: number }>('forward_peer.py', [miniLm, data])
  if (theirs) theirsSeconds.push(theirs.seconds)
}

report('forward', {
  backend: backend.title,
  subwords,
  ours: {
    seconds: median(oursSeconds),
    subwordsPerSecond: Math.round(subwords / median(oursSeconds)),
    rounds: oursSeconds
  },
  theirs: theirsSeconds.length
    ? {
        name: 'PyTorch sdpa, 2 threads',
        seconds: median(theirsSeconds),
        subwordsPerSecond: Math.round(subwords / median(theirsSeconds)),
        rounds: theirsSeconds
      }
    : null,
  ratio: theirsSeconds.length ? median(theirsSeconds) / median(oursSeconds) : null,
  wanted: 1.5
})
