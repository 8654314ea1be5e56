import * as tf from '@tensorflow/tfjs-core'
import { silentJob } from '@shared/jobs'
import type { EditResources } from '../src/main/engine/ablations/edits/edit'
import { compileInterventions } from '../src/main/engine/ablations/compile'
import { evaluate } from '../src/main/engine/ablations/evaluate'
import { movement } from '../src/main/engine/ablations/measures/movement'
import { sentenceEffect } from '../src/main/engine/ablations/sentenceEffect'
import { unitIntervention, unitsOf, variantOf } from '../src/main/engine/ablations/variants'
import { joinWindows, tokenBudget } from '../src/main/engine/activations/extract'
import { batchesOf, windowsOf } from '../src/main/engine/activations/windows'
import { pickBackend } from '../src/main/engine/backends/pick'
import { DatasetStore } from '../src/main/engine/datasets/datasetStore'
import { Hooks, type Hook } from '../src/main/engine/models/transformer/hooks'
import { loadModel } from '../src/main/engine/models/loadModel'
import { needTransformer } from '../src/main/engine/models/transformer/transformerModel'
import type { HookName } from '@shared/hookNames'
import type { Intervention } from '@shared/intervention'
import { seededRandom } from '@shared/random'
import { ewtFile, median, miniLm, p95, report } from './support'

/**
 * What ablations cost on the bundled model, 2,000 words of UD English EWT: a forward pass with a hook on what the heads
 * of every block give against one without, and a sweep over all heads (each from its block up, its attention not
 * computed again) against as many whole passes. Both take turns with what they are held against.
 */
const rounds = Number(process.env['ROUNDS'] ?? 5)
const { title } = await pickBackend()
const store = new DatasetStore()
const { id } = await store.open({
  paths: [ewtFile('dev')],
  splitNames: ['dev']
})
const model = await loadModel(miniLm)
const tokenizer = model.needTokenizer()
const chosen: (readonly string[])[] = []
for (let words = 0, i = 0; words < 2000; i++) {
  const sentence = store.text(id, 'dev').sentences[i]!
  chosen.push(sentence)
  words += sentence.length
}
const shown = [
  'Hackney',
  "'s",
  'has',
  'a',
  'great',
  'burger',
  'formula',
  'that',
  'started',
  'about',
  '80',
  'years',
  'ago',
  '.'
]
await tokenizer.prepare([...chosen.flat(), ...shown])
const windows = chosen.flatMap((sentence, i) => windowsOf(tokenizer, i, sentence))
const inputs = batchesOf(windows, tokenBudget()).map(joinWindows)
const { layers } = model.shape
const unchanged: Hook = (value) => tf.mul(value, 1)
const hooks = new Hooks(
  Array.from({ length: layers }, (_, block): [HookName, Hook] => [`blocks.${block}.attn.result`, unchanged])
)

function pass(used: Hooks | undefined): number {
  const before = process.cpuUsage()
  for (const input of inputs) {
    const { hiddenStates } = model.run(input, { hiddenStates: true, attentions: false }, { hooks: used })
    hiddenStates.at(-1)!.dataSync()
    tf.dispose(hiddenStates)
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const units = unitsOf('head', needTransformer(model).config)
const { config } = needTransformer(model)
const variants = units.map((unit) =>
  variantOf([unitIntervention('head', unit, { kind: 'zero' }, config)], config, {} as EditResources)
)
async function sweep(): Promise<number> {
  const before = process.cpuUsage()
  await evaluate(model, windows, variants, [movement(layers)], silentJob())
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/**
 * Twenty switches of the board on a sentence of 17 tokens, probes of two tasks read at every layer: what the window
 * waits for, in milliseconds.
 */
function board(): number[] {
  const sentence = {
    ...tokenizer.encode(shown),
    words: shown,
    spaceAfter: shown.map(() => true),
    text: shown.join(' '),
    spans: [],
    note: null
  }
  const random = seededRandom(1)
  const probes = [17, 48].map((classes) => ({
    gold: null,
    read: {
      runId: '',
      task: '',
      pooling: 'first' as const,
      layers: Array.from({ length: layers + 1 }, (_, layer) => layer),
      classes: Array.from({ length: classes }, (_, k) => String(k)),
      weights: {
        shape: [layers + 1, model.shape.width + 1, classes],
        data: Float32Array.from({ length: (layers + 1) * (model.shape.width + 1) * classes }, () => random.normal())
      }
    }
  }))
  const parts = (['head', 'attention', 'mlp', 'block'] as const).flatMap((kind) =>
    unitsOf(kind, needTransformer(model).config).map((unit) =>
      unitIntervention(kind, unit, { kind: 'zero' }, needTransformer(model).config)
    )
  )
  const off: Intervention[] = []
  return Array.from({ length: 21 }, () => {
    off.push(parts[random.integer(parts.length)]!)
    const before = performance.now()
    sentenceEffect(
      model,
      sentence,
      compileInterventions(off, needTransformer(model).config, {} as EditResources),
      probes
    )
    return performance.now() - before
    // The first switch of a session is not counted: what it makes is kept.
  }).slice(1)
}
const switches = board().sort((a, b) => a - b)

pass(undefined)
pass(hooks)
const plain: number[] = []
const hooked: number[] = []
for (let i = 0; i < 3 * rounds; i++) {
  plain.push(pass(undefined))
  hooked.push(pass(hooks))
}
const sweeps: number[] = []
const whole: number[] = []
for (let i = 0; i < Math.max(1, Math.floor(rounds / 2)); i++) {
  sweeps.push(await sweep())
  let sum = 0
  for (let one = 0; one <= units.length; one++) sum += pass(undefined)
  whole.push(sum)
}
report('ablations', {
  backend: title,
  tokens: inputs.reduce((sum, { ids }) => sum + ids.length, 0),
  forward: {
    plain: median(plain),
    hooked: median(hooked),
    ratio: median(hooked) / median(plain),
    least: Math.min(...hooked) / Math.min(...plain),
    wanted: 1.1,
    unit: 'processor seconds'
  },
  board: {
    switches: switches.length,
    median: median(switches),
    p95: p95(switches),
    wanted: 200,
    unit: 'milliseconds'
  },
  sweep: {
    heads: units.length,
    sweep: median(sweeps),
    passes: median(whole),
    ratio: median(sweeps) / median(whole),
    wanted: 0.6,
    unit: 'processor seconds'
  }
})
