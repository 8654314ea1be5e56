import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defaultMethod } from '@shared/probeMethods'
import { appRoot, resourcePath } from '../src/main/engine/paths'

export const miniLm = resourcePath('models', 'all-MiniLM-L6-v2')

/** A file of UD English EWT. */
export function ewtFile(part: 'train' | 'dev' | 'test'): string {
  return join(resourcePath('datasets', 'ud_english-ewt'), `en_ewt-ud-${part}.conllu.gz`)
}

/** A linear probe with a control task on all words, as requests have it; task, data and layers are added. */
export const linearProbe = {
  pool: 'first',
  maxTrainWords: null,
  maxTestWords: null,
  control: true,
  codelength: false,
  restarts: 1,
  probe: defaultMethod('linear'),
  seed: 1
} as const

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The value that 95 % of the values do not exceed. */
export function p95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(0.95 * values.length) - 1]!
}

let warned = false

/**
 * Runs a Python peer in peers/ and reads the JSON line it ends with; null, with a sentence, where its Python is not to
 * be had.
 */
export function peer<T>(script: string, parameters: readonly string[]): T | null {
  const python = process.env['LAYERSCOPE_PEER_PYTHON']
  if (!python || !existsSync(python)) {
    if (!warned)
      console.log(
        'No peer was measured: set LAYERSCOPE_PEER_PYTHON to a Python with torch, transformers, scikit-learn and umap-learn.'
      )
    warned = true
    return null
  }
  const run = spawnSync(python, [join(appRoot(), 'bench', 'peers', script), ...parameters], {
    encoding: 'utf8',
    maxBuffer: 1 << 26
  })
  if (run.status !== 0) throw new Error(`${script} failed: ${run.stderr.split('\n').slice(-4).join(' ')}`)
  return JSON.parse(run.stdout.trim().split('\n').at(-1)!) as T
}

/** One benchmark's figures: a table for the reader, then one JSON line for scripts. */
export function report(name: string, figures: Readonly<Record<string, unknown>>): void {
  console.log(`\n${name}`)
  for (const [key, value] of Object.entries(figures))
    console.log(
      `  ${key.padEnd(10)} ${typeof value === 'object' && value !== null ? JSON.stringify(value, rounded) : rounded('', value)}`
    )
  console.log(JSON.stringify({ benchmark: name, ...figures }, rounded))
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value
}
