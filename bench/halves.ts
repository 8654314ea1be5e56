import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { activeKernels } from '../src/main/engine/backends/activeKernels'
import { pickBackend } from '../src/main/engine/backends/pick'
import { openModelFolder } from '../src/main/engine/models/adapted/modelFolder'
import { forward } from '../src/main/engine/models/transformer/transformer'
import { WeightReader } from '../src/main/engine/models/transformer/weightReader'
import { loadWeights } from '../src/main/engine/models/transformer/weights'
import { writeHalvedCheckpoint } from './lib/halvedCheckpoint'
import { writeRandomCheckpoint, type RandomFamily, type RandomShape } from './lib/randomCheckpoint'
import { median, report } from './support'

/**
 * All hidden states through weights that stay 16-bit numbers in memory, against the same weights widened to 32 bits as
 * they are read: many sequences at once, and a single sentence, for which reading the weights is most of the work. The
 * two take turns, pass by pass; `ratio` is the median over the rounds of widened / halves in processor time. Values are
 * equal in every bit, which is checked.
 */
const rounds = Number(process.env['ROUNDS'] ?? 12)
const threads = (process.env['LAYERSCOPE_THREADS'] ??= '2')
const shapes: [string, RandomFamily, RandomShape][] = [
  ['bert', 'bert', { layers: 6, width: 384, heads: 12, mlpWidth: 1536, vocabulary: 30_522, maxTokens: 512 }],
  ['llama', 'llama', { layers: 2, width: 1024, heads: 16, mlpWidth: 2816, vocabulary: 8000, maxTokens: 512 }]
]
const inputs = { '32 x 64 tokens': new Array<number>(32).fill(64), 'a sentence of 16 tokens': [16] }

const backend = await pickBackend()
for (const [name, family, shape] of shapes) {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-halves-'))
  writeRandomCheckpoint(join(folder, 'whole'), family, shape)
  for (const type of ['F16', 'BF16'] as const) {
    writeHalvedCheckpoint(join(folder, 'whole'), join(folder, type), type)
    const { checkpoint, family: of, config } = openModelFolder(join(folder, type))
    const kernels = activeKernels()
    const weights = [{ ...kernels, halves: null }, kernels].map(
      (reading) => loadWeights(new WeightReader(checkpoint, of.title, reading), of, config).weights
    )
    for (const [size, lengths] of Object.entries(inputs)) {
      const tokens = lengths.reduce((sum, length) => sum + length, 0)
      const ids = Int32Array.from({ length: tokens }, (_, i) => (i * 7 + 13) % shape.vocabulary)
      const pass = (which: 0 | 1): { milliseconds: number; last: Float32Array } => {
        const started = process.cpuUsage()
        const { hiddenStates } = forward(
          kernels,
          config,
          weights[which]!,
          { lengths, ids, mask: null, segments: null },
          { hiddenStates: true, attentions: false }
        )
        const last = hiddenStates.at(-1)!.dataSync<'float32'>()
        const { user, system } = process.cpuUsage(started)
        for (const tensor of hiddenStates) tensor.dispose()
        return { milliseconds: (user + system) / 1000, last }
      }
      const [widened, halves]: number[][] = [[], []]
      for (let round = 0; round < rounds + 1; round++) {
        const [wide, half] = [pass(0), pass(1)]
        if (!wide.last.every((value, i) => value === half.last[i])) throw new Error(`${name}, ${type}: values differ.`)
        // The first round warms caches up.
        if (round === 0) continue
        widened!.push(wide.milliseconds)
        halves!.push(half.milliseconds)
      }
      report(`halves ${name}, ${type}, ${size}`, {
        backend: `${backend.title}, ${threads} threads`,
        widened: { processorMilliseconds: median(widened!), best: Math.min(...widened!) },
        halves: { processorMilliseconds: median(halves!), best: Math.min(...halves!) },
        ratio: median(widened!.map((value, i) => value / halves![i]!)),
        wanted: 0.9
      })
    }
    checkpoint.close()
  }
  rmSync(folder, { recursive: true })
}
