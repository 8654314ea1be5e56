import * as tf from '@tensorflow/tfjs-core'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../src/main/engine/backends/pick'
import { elementsOf, type Checkpoint } from '../src/main/engine/checkpoints/checkpoint'
import { loadAwd } from '../src/main/engine/models/recurrent/systems/awdLstm'
import { loadElmo } from '../src/main/engine/models/recurrent/systems/elmo'
import type { LoadedNetwork } from '../src/main/engine/models/recurrent/system'
import { startPeer } from './lib/peerProcess'
import { median, report } from './support'

/**
 * All hidden states of 32 sequences of 64 words through an ELMo and an AWD-LSTM of the published sizes with random
 * weights, against PyTorch with two threads (peers/recurrent_peer.py): ELMo as AllenNLP steps through it, AWD-LSTM by
 * torch.nn.LSTM. Words differ as much as in text: 2,048 of some 700. Both sides take turns.
 */
const rounds = Number(process.env['ROUNDS'] ?? 3)
const threads = Number((process.env['LAYERSCOPE_THREADS'] ??= '2'))
const sequences = 32
const tokens = 64
const words = Array.from({ length: 700 }, (_, i) => `word${'abcdefghij'.slice(0, i % 11)}${i}`)

function randomCheckpoint(shapes: Readonly<Record<string, readonly number[]>>): Checkpoint {
  const random = seededRandom(1)
  const read = (name: string): Float32Array =>
    Float32Array.from({ length: elementsOf(shapes[name]!) }, () => (random.next() - 0.5) * 0.05)
  return {
    path: 'random.pth',
    files: [],
    bytes: 0,
    metadata: {},
    notes: [],
    names: () => Object.keys(shapes),
    has: (name) => Object.hasOwn(shapes, name),
    describe: (name) => ({ name, dtype: 'F32', shape: [...shapes[name]!], begin: 0, end: 0 }),
    read,
    readInto: (name, target, first) => target.set(read(name).subarray(first, first + target.length)),
    close: () => undefined
  }
}

const [elmoInput, hidden] = [512, 4096]
const filters = [
  [1, 32],
  [2, 32],
  [3, 64],
  [4, 128],
  [5, 256],
  [6, 512],
  [7, 1024]
] as const
const elmoShapes: Record<string, number[]> = {
  char_embed: [261, 16],
  'CNN_proj/W_proj': [2048, elmoInput],
  'CNN_proj/b_proj': [elmoInput]
}
filters.forEach(([width, count], i) => {
  elmoShapes[`CNN/W_cnn_${i}`] = [1, width, 16, count]
  elmoShapes[`CNN/b_cnn_${i}`] = [count]
})
for (const k of [0, 1])
  for (const part of ['carry', 'transform']) {
    elmoShapes[`CNN_high_${k}/W_${part}`] = [2048, 2048]
    elmoShapes[`CNN_high_${k}/b_${part}`] = [2048]
  }
for (const j of [0, 1])
  for (const i of [0, 1]) {
    const at = `RNN_${j}/RNN/MultiRNNCell/Cell${i}/LSTMCell`
    elmoShapes[`${at}/W_0`] = [2 * elmoInput, 4 * hidden]
    elmoShapes[`${at}/B`] = [4 * hidden]
    elmoShapes[`${at}/W_P_0`] = [hidden, elmoInput]
  }

const vocabulary = 30_000
const sizes = [400, 1152, 1152, 400]
const awdShapes: Record<string, number[]> = { '0.encoder.weight': [vocabulary, 400] }
sizes.slice(1).forEach((size, i) => {
  awdShapes[`0.rnns.${i}.module.weight_ih_l0`] = [4 * size, sizes[i]!]
  awdShapes[`0.rnns.${i}.weight_hh_l0_raw`] = [4 * size, size]
  awdShapes[`0.rnns.${i}.module.bias_ih_l0`] = [4 * size]
  awdShapes[`0.rnns.${i}.module.bias_hh_l0`] = [4 * size]
})

const backend = await pickBackend()
const peer = startPeer('recurrent_peer.py')
const systems: Record<string, () => LoadedNetwork> = {
  elmo: () =>
    loadElmo(
      randomCheckpoint(elmoShapes),
      {
        characterWidth: 16,
        longestWord: 50,
        filters,
        filterCount: 2048,
        activation: 'relu',
        highways: 2,
        projection: elmoInput,
        hidden,
        layers: 2,
        skip: true,
        cellClip: 3,
        projectionClip: 3
      },
      'random'
    ),
  'awd-lstm': () => loadAwd(randomCheckpoint(awdShapes), null)
}
for (const [name, load] of Object.entries(systems)) {
  const { network, tokenizer } = load()
  const chosen = Array.from({ length: sequences * tokens }, (_, i) => words[(i * 7) % words.length]!)
  const ids = Int32Array.from(chosen, (word, i) =>
    tokenizer ? tokenizer.piecesOf(word)[0]! : (i * 7 + 13) % vocabulary
  )
  const input = { lengths: new Array<number>(sequences).fill(tokens), ids, mask: null, segments: null }
  const pass = (): number => {
    const start = performance.now()
    tf.dispose(network.run(input, { hiddenStates: true, attentions: false }, {}).states)
    return performance.now() - start
  }
  pass()
  await peer?.ask({ system: name, sequences, tokens, threads })
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(pass(), pass())
    const answer = await peer?.ask<{ wall: number[] }>({ times: 2 })
    theirs.push(...(answer?.wall ?? []))
  }
  network.dispose()
  report(`recurrent ${name}`, {
    backend: backend.title,
    threads,
    milliseconds: { median: median(ours), best: Math.min(...ours) },
    torch: theirs.length ? { median: median(theirs), best: Math.min(...theirs) } : null,
    ratio: theirs.length
      ? { median: median(theirs) / median(ours), best: Math.min(...theirs) / Math.min(...ours) }
      : null,
    wanted: 1
  })
}
peer?.end()
