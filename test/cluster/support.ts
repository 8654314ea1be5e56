import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { build } from 'vite'
import { expect } from 'vitest'
import { nativeRoot } from '../../src/main/engine/backends/provision/install'
import { isAlive } from '../../src/main/engine/processes/isAlive'
import type { RunPlan } from '../../src/main/engine/runs/plan'
import { readJson, RunFolder } from '../../src/main/engine/runs/runFolder'
import { dryPlan } from '../engine/runs/fixtures/dry'

/** A scratch folder with a data and a cache folder of its own. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'layerscope-cluster-'))
  readonly environment: Record<string, string>
  private readonly started = new Set<ChildProcess>()

  constructor(more: Readonly<Record<string, string>> = {}) {
    const [data, cache, config] = ['data', 'cache', 'config'].map((name) => join(this.folder, name))
    mkdirSync(cache!)
    if (existsSync(nativeRoot())) symlinkSync(nativeRoot(), join(cache!, 'native'))
    this.environment = { LAYERSCOPE_DATA: data!, LAYERSCOPE_CACHE: cache!, LAYERSCOPE_CONFIG: config!, ...more }
  }

  place(...names: string[]): string {
    return join(this.folder, ...names)
  }

  /** Starts the built command line. */
  start(typed: readonly string[], environment: Readonly<Record<string, string>> = {}): Started {
    const child = spawn(process.execPath, [resolve('out/main/cli.js'), ...typed], {
      env: { ...process.env, ...this.environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    this.started.add(child)
    const text = { out: '', said: '' }
    child.stdout.on('data', (chunk) => (text.out += String(chunk)))
    child.stderr.on('data', (chunk) => (text.said += String(chunk)))
    const ended = new Promise<Ended>((end) =>
      child.once('close', (code) => {
        this.started.delete(child)
        end({ code, ...text })
      })
    )
    return { child, ended }
  }

  run(...typed: string[]): Promise<Ended> {
    return this.start(typed).ended
  }

  /** A run of dry units, whose worker is `dryProgram`. */
  dryRun(units: number, tasks: number, more: Partial<RunPlan> = {}): RunFolder {
    return RunFolder.create(this.place('run'), dryPlan(units, tasks, { program: dryProgram(), ...more }))
  }

  remove(): void {
    for (const child of this.started) child.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export interface Ended {
  code: number | null
  out: string
  said: string
}

interface Started {
  child: ChildProcess
  ended: Promise<Ended>
}

const dryFolder = join(tmpdir(), `layerscope-dry-${process.pid}`)

/** Builds the worker of dry units. */
export async function buildDry(): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { '@shared': resolve('src/shared') } },
    // It is outside of the folder that has the packages.
    ssr: { noExternal: true },
    build: {
      ssr: resolve('test/cluster/dryWork.ts'),
      outDir: dryFolder,
      rolldownOptions: { output: { entryFileNames: 'dryWork.mjs' } }
    }
  })
}

export function removeDry(): void {
  rmSync(dryFolder, { recursive: true, force: true })
}

export function dryProgram(): string {
  return `'${process.execPath}' '${join(dryFolder, 'dryWork.mjs')}'`
}

/** A sweep of a tiny model over few words: 12 probes and regressions of less than a second each. */
export function writeSweep(bench: Bench): string {
  const path = bench.place('sweep.json')
  const data = (part: string): string => resolve(`resources/datasets/ud_english-ewt/en_ewt-ud-${part}.conllu.gz`)
  const content = {
    name: 'tiny',
    models: [resolve('resources/models/gpt2-ud-tiny')],
    data: [{ name: 'EWT', train: data('dev'), test: data('test') }],
    tasks: ['upos', 'deprel', 'tree.depth'],
    probes: ['linear'],
    seeds: [1, 2, 3, 4],
    layers: [1],
    maxTrainWords: 300,
    maxTestWords: 200
  }
  writeFileSync(path, JSON.stringify(content))
  return path
}

/** Everything that is kept of each unit, to the byte, but when it was computed and how long it took. */
export function bytesOf(run: RunFolder): Record<string, string> {
  return Object.fromEntries(
    readdirSync(run.place('units'))
      .sort()
      .map((key) => {
        const hash = createHash('sha256')
        for (const name of readdirSync(run.place('units', key)).sort()) {
          const bytes = readFileSync(run.place('units', key, name))
          const timeless = (field: string, value: unknown): unknown =>
            field === 'createdAt' || field === 'seconds' ? undefined : value
          hash.update(name.endsWith('.json') ? JSON.stringify(JSON.parse(bytes.toString()), timeless) : bytes)
        }
        return [key, hash.digest('hex')]
      })
  )
}

/** What ends every test: units = plan, each once, nothing half, and no process left. */
export async function expectWhole(run: RunFolder, without: readonly string[] = []): Promise<void> {
  const wanted = run.plan.units.filter(({ title }) => !without.includes(title)).map(({ key }) => key)
  expect(Object.keys(bytesOf(run))).toEqual(wanted.sort())
  const leftovers = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.new$|^working-/.test(name))
  expect(leftovers(run.path)).toEqual([])
  await until(() => pidsOf(run).length === 0)
}

/** Worker processes of a local run that are alive. */
export function pidsOf(run: RunFolder): number[] {
  if (!existsSync(run.place('local'))) return []
  return readdirSync(run.place('local'))
    .flatMap((name) => (readJson(run.place('local', name)) as { pid: number } | null)?.pid ?? [])
    .filter(isAlive)
}

export async function until(isSo: () => boolean | Promise<boolean>, seconds = 120): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await isSo()); await pause(50))
    if (Date.now() > end) throw new Error(`It did not become so within ${seconds} s: ${String(isSo)}`)
}
