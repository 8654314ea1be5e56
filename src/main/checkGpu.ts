import { join } from 'node:path'
import { silentJob } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { measurePace } from './engine/compare/speed'
import { DatasetStore } from './engine/datasets/datasetStore'
import { chosenGpu, listGpus } from './engine/backends/gpus'
import { pickBackend } from './engine/backends/pick'
import { findInstall, hasNvidiaDriver, readDriverNote, whyDriverTooOld } from './engine/backends/provision/install'
import { provisionNative } from './engine/backends/provision/provision'
import { loadModel } from './engine/models/loadModel'
import { compareWithReference } from './engine/models/parity'
import { appRoot, resourcePath } from './engine/paths'
import { runTool } from './engine/processes/runTool'

// npm run check:gpu: whether this machine's graphics card computes what PyTorch computes, and how fast. Ends with 0
// if it does, and without a card; with 1 if anything fails. With --processor the same runs on the processor, for
// comparison.

/** An encoder, and two decoders of different ages. */
const families = ['all-MiniLM-L6-v2', 'gpt2', 'llama']
const benchmarkSentences = 400

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** @returns the exit code */
async function check(): Promise<number> {
  if (process.argv.includes('--processor')) process.env.LAYERSCOPE_BACKEND = 'tensorflow'
  else if (!(await prepareCard())) return 0
  const started = performance.now()
  const backend = await pickBackend()
  print(`Backend: ${backend.title}, TensorFlow ${backend.version}; first tensor after ${seconds(started)} s`)
  const agree = await compareFamilies()
  print(await benchmark())
  return agree ? 0 : 1
}

/** Prints what there is, and fetches TensorFlow with CUDA. Returns whether there is a card. */
async function prepareCard(): Promise<boolean> {
  if (!hasNvidiaDriver()) {
    print('There is no NVIDIA graphics card with a loaded driver on this machine, so there is nothing to check.')
    return false
  }
  const note = readDriverNote()
  print(`Driver: ${note?.split('\n')[0]?.trim() ?? 'of Windows, behind WSL'}`)
  const tooOld = whyDriverTooOld(note)
  if (tooOld) throw new UserError(tooOld)
  const gpus = listGpus()
  const chosen = chosenGpu(gpus)
  for (const [i, { name, uuid }] of gpus.entries())
    print(`Card ${i}: ${name}, ${uuid}${uuid === chosen ? ' (chosen)' : ''}`)
  const memory = await runTool('nvidia-smi', ['--query-gpu=memory.total,memory.free', '--format=csv,noheader'])
  if (memory?.code === 0) print(`Memory, total and free: ${memory.stdout.trim().replaceAll('\n', '; ')}`)

  if (!findInstall('cuda')?.addon) {
    let last = ''
    const { reason } = await provisionNative({
      onProgress({ message }) {
        if (message !== last) print(message)
        last = message
      }
    })
    if (!findInstall('cuda')?.addon) throw new UserError(`TensorFlow with CUDA could not be set up. ${reason}`)
  }
  process.env.LAYERSCOPE_BACKEND = 'tensorflow-gpu'
  return true
}

async function compareFamilies(): Promise<boolean> {
  let agree = true
  for (const name of families) {
    const reference = join(appRoot(), 'test/fixtures/parity', name)
    const model = await loadModel(name === families[0] ? resourcePath('models', name) : reference)
    try {
      const { ok, ...differences } = compareWithReference(model, reference)
      const values = Object.entries(differences).flatMap(([kind, value]) =>
        typeof value === 'number' ? `${kind} ${value.toExponential(1)}` : []
      )
      print(`Parity with PyTorch, ${name}: ${ok ? 'ok' : 'FAIL'} (${values.join(', ')})`)
      agree &&= ok
    } finally {
      model.dispose()
    }
  }
  return agree
}

async function benchmark(): Promise<string> {
  const store = new DatasetStore()
  const data = join(resourcePath('datasets', 'ud_english-ewt'), 'en_ewt-ud-dev.conllu.gz')
  const dataset = await store.open({ paths: [data], splitNames: ['dev'] })
  const model = await loadModel(resourcePath('models', 'all-MiniLM-L6-v2'))
  try {
    const sentences = store.text(dataset.id, 'dev').sentences.slice(0, benchmarkSentences)
    const pace = await measurePace(model, sentences, silentJob())
    const rate = Math.round(pace.subwords / pace.seconds)
    return (
      `Benchmark, all-MiniLM-L6-v2: ${rate} subwords a second (${pace.subwords} in ${pace.seconds.toFixed(2)} s, ` +
      `median of ${pace.passes})`
    )
  } finally {
    model.dispose()
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1)
}

try {
  process.exitCode = await check()
} catch (error) {
  if (!(error instanceof UserError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
