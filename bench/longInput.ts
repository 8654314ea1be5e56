import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pickBackend } from '../src/main/engine/backends/pick'
import { loadModel } from '../src/main/engine/models/loadModel'
import type { TokenBatch } from '../src/main/engine/models/transformer/transformer'
import { writeRandomCheckpoint } from './lib/randomCheckpoint'
import { report } from './support'

/**
 * 2,048 tokens through a Llama of 6 layers, 384 wide, 12 heads that share 4 keys and values, with random weights:
 * hidden states alone, then with every attention map taken as the attention view takes them (all of them would be 1.2
 * GB). Time, and the peak of the process's memory.
 */
const tokens = 2048
const shape = {
  layers: 6,
  width: 384,
  heads: 12,
  keyValueHeads: 4,
  mlpWidth: 1024,
  vocabulary: 30_522,
  maxTokens: tokens
}
const { title } = await pickBackend()
const folder = mkdtempSync(join(tmpdir(), 'layerscope-long-'))
writeRandomCheckpoint(folder, 'llama', shape)
const model = await loadModel(folder)
rmSync(folder, { recursive: true })
const input: TokenBatch = {
  lengths: [tokens],
  ids: Int32Array.from({ length: tokens }, (_, i) => (i * 7 + 13) % shape.vocabulary),
  mask: null,
  segments: null
}
const peak = (): number => Math.round(process.resourceUsage().maxRSS / 1024)

interface Run {
  seconds: number
  processor: number
  peakMegabytes: number
}

function time(work: () => void): Run {
  const started = performance.now()
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return { seconds: (performance.now() - started) / 1000, processor: (user + system) / 1e6, peakMegabytes: peak() }
}

const loaded = peak()
const hiddenStates = time(() =>
  model.run(input, { hiddenStates: true, attentions: false }).hiddenStates.forEach((tensor) => tensor.dispose())
)
let maps = 0
const everyMap = time(() =>
  model
    .run(input, {
      hiddenStates: true,
      attentions: true,
      takeAttention: (_block, pattern) => {
        maps += pattern.shape[1]
        pattern.dataSync()
        pattern.dispose()
      }
    })
    .hiddenStates.forEach((tensor) => tensor.dispose())
)
model.dispose()
report('longInput', {
  backend: title,
  tokens,
  loadedMegabytes: loaded,
  hiddenStates,
  maps,
  everyMap,
  wanted: 'never all maps: 1,208 MB'
})
