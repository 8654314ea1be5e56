import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pickBackend } from '../src/main/engine/backends/pick'
import { fileHash } from '../src/main/engine/files/fileHash'
import { loadModel } from '../src/main/engine/models/loadModel'
import { resourcePath } from '../src/main/engine/paths'
import { writeRandomCheckpoint } from './lib/randomCheckpoint'
import { median, report } from './support'

/**
 * Opening a checkpoint, the first time (every byte is hashed for its id) and again (the hash is remembered): MiniLM (45
 * MB, F16) and a Llama with random weights (1.1 GB, F32). `hash` is reading and hashing the weights alone. The files
 * are in the page cache, so the disk plays no part: what is seen is what identity costs.
 */
const rounds = Number(process.env['ROUNDS'] ?? 5)
const backend = await pickBackend()
const folder = mkdtempSync(join(tmpdir(), 'layerscope-open-'))
const large = join(folder, 'llama')
writeRandomCheckpoint(large, 'llama', {
  layers: 8,
  width: 1536,
  heads: 12,
  mlpWidth: 4096,
  vocabulary: 32_000,
  maxTokens: 512
})
// The hash of a file that was only just written is not remembered (files/contentHash.ts).
await pause(3000)

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

async function open(path: string): Promise<void> {
  const model = await loadModel(path)
  model.dispose()
}

for (const [name, path] of [
  ['MiniLM, 45 MB', resourcePath('models', 'all-MiniLM-L6-v2')],
  ['Llama, 1.1 GB', large]
] as const) {
  const [hash, first, again]: number[][] = [[], [], []]
  await fileHash(join(path, 'model.safetensors'), 'sha256')
  for (let round = 0; round < rounds; round++) {
    process.env['LAYERSCOPE_CACHE'] = join(folder, `cache-${name}-${round}`)
    hash!.push(await secondsOf(() => fileHash(join(path, 'model.safetensors'), 'sha256')))
    first!.push(await secondsOf(() => open(path)))
    again!.push(await secondsOf(() => open(path)))
  }
  report(`open ${name}`, {
    backend: backend.title,
    hash: { seconds: median(hash!), rounds: hash },
    first: { seconds: median(first!), rounds: first },
    again: { seconds: median(again!), rounds: again }
  })
}
rmSync(folder, { recursive: true })
