// A worker whose units compute nothing, as `--program` of a run: dryWork work RUN TASK. LAYERSCOPE_DRY_MS is what a unit
// takes; `faults.json` of the run says what goes wrong with which.
import { RunFolder } from '../../src/main/engine/runs/runFolder'
import { workTask } from '../../src/main/engine/runs/worker'
import { dryWork } from '../engine/runs/fixtures/dry'

const [, path = '', task = ''] = process.argv.slice(2)
const run = await RunFolder.openPatiently(path)
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
const timer = setInterval(() => (run.stopped ? stop.abort() : undefined), 200)
const {
  LAYERSCOPE_RUN_LOG: log,
  LAYERSCOPE_RUN_MEMORY: memory = '1',
  LAYERSCOPE_DRY_MS: milliseconds = '100',
  SLURM_ARRAY_JOB_ID: array,
  SLURM_ARRAY_TASK_ID: index
} = process.env
const die = (): Promise<never> => {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}
const work = dryWork(run, Number(milliseconds), Number(memory), die)
const about = {
  job: array === undefined ? null : `${array}_${index}`,
  log: log ?? null,
  memory: Number(memory),
  say: (line: string) => void process.stderr.write(`${line}\n`)
}
await workTask(run, Number(task), work, about, stop.signal)
clearInterval(timer)
