import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import { root } from '../paths.mjs'

/** Gives a plain Node the port of a utility process, as Electron does. */
const shim = pathToFileURL(join(root, 'test/hosts/fixtures/utilityProcess.mjs')).href

/**
 * Starts the engine of an unpacked archive as Electron would, and asks it what a first session asks.
 * @returns lines to print
 * @throws where the engine does not start, or refuses a call
 */
export async function driveEngine(app, node) {
  const scratch = mkdtempSync(join(tmpdir(), 'layerscope-pack-'))
  const engine = startEngine(app, node, scratch)
  try {
    await engine.ready
    const device = await engine.call('device.status', {})
    const path = join(app, 'resources/models/all-MiniLM-L6-v2')
    const model = await engine.call('model.open', { path, jobId: 'model' })
    const treebank = join(app, 'resources/datasets/ud_english-ewt')
    const dataset = await engine.call('dataset.open', { paths: [treebank], jobId: 'data' })
    const sentence = { kind: 'text', text: 'The cat sat on the mat.' }
    const head = await engine.call('attention.head', { modelId: model.id, sentence, layer: 1, head: 0 })
    const probe = await engine.call('probe.run', {
      modelId: model.id,
      datasetId: dataset.id,
      task: 'upos',
      trainSplit: 'train',
      testSplit: 'test',
      pool: 'mean',
      layers: [2],
      maxTrainWords: 2000,
      maxTestWords: 500,
      control: false,
      seed: 1,
      jobId: 'probe'
    })
    // Their readers are packages that nothing else loads.
    const shards = []
    for (const file of ['zstd.parquet', 'batches.arrow']) {
      const rows = join(root, 'test/fixtures/datasets/rows', file)
      const { formatTitle, sentences } = await engine.call('dataset.preview', { paths: [rows] })
      shards.push(`${formatTitle} of ${file}: ${sentences} sentences.`)
    }
    return [
      `Engine of the archive on Node ${node.version}: ${device.backend.title}.`,
      `Model ${model.name}: ${model.layers} layers, ${model.heads} heads. Attention of a head: ${head.shape.join(' x ')}.`,
      `Probe for ${probe.task.title.toLowerCase()}: accuracy ${probe.layers[0].accuracy.toFixed(4)} in layer 2.`,
      ...shards
    ]
  } finally {
    await engine.end()
    rmSync(scratch, { recursive: true, force: true })
  }
}

function startEngine(app, node, scratch) {
  const child = fork(join(app, 'out/main/engineProcess.js'), [], {
    execPath: node.program,
    execArgv: ['--import', shim],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, LAYERSCOPE_DATA: join(scratch, 'data'), LAYERSCOPE_CACHE: join(scratch, 'cache') }
  })
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += chunk))
  const waiting = new Map()
  let started
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const ready = new Promise((resolve, reject) => {
    started = { resolve, reject }
  })
  child.once('exit', (code, signal) => {
    const error = new Error(`The engine ended with ${signal ?? `code ${code}`}. ${errors.slice(-2000)}`)
    started.reject(error)
    for (const { reject } of waiting.values()) reject(error)
  })
  child.on('message', (text) => {
    const frame = deserialize(Buffer.from(text, 'base64'))
    if (frame.kind === 'event') {
      if (frame.name === 'process.ready') started.resolve()
      else if (frame.name === 'process.failed') started.reject(new Error(frame.payload))
      return
    }
    const call = waiting.get(frame.id)
    waiting.delete(frame.id)
    if (frame.kind === 'answer') call.resolve(frame.output)
    else call.reject(new Error(`${call.name}: ${frame.error.message}`))
  })
  let calls = 0
  return {
    ready,
    call(name, input) {
      const id = ++calls
      return new Promise((resolve, reject) => {
        waiting.set(id, { name, resolve, reject })
        child.send(serialize({ kind: 'call', id, name, input }).toString('base64'))
      })
    },
    async end() {
      waiting.clear()
      if (child.exitCode === null && child.signalCode === null) child.kill()
      await exited
    }
  }
}
