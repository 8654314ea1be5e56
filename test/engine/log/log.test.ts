import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { JobCancelled, type JobStatus } from '@shared/jobs'
import { UserError } from '@shared/userError'
import {
  errorFields,
  log,
  logFiles,
  logLevel,
  startLog,
  stopLog,
  type LogOptions
} from '../../../src/main/engine/log/log'
import { loggedCalls, loggedJobs } from '../../../src/main/engine/log/loggedCalls'
import { lastLines } from '../../../src/main/engine/log/readLog'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'layerscope-log-'))))
afterEach(() => {
  stopLog()
  rmSync(folder, { recursive: true, force: true })
})
const start = (options: LogOptions = {}): void => startLog('engine', { folder, level: 'info', ...options })
const lines = () => lastLines(10_000, () => true, logFiles(folder))
const brief = () => lines().map(({ level, event }) => `${level} ${event}`)

test('a line says when, who and what, and only its owner may read the file', () => {
  start()
  log.info('engine.start', { version: '0.1.0', pid: 1 })
  expect(lines()).toEqual([
    {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      level: 'info',
      process: 'engine',
      pid: process.pid,
      event: 'engine.start',
      version: '0.1.0'
    }
  ])
  if (process.platform !== 'win32') {
    expect(statSync(logFiles(folder)[0]!).mode & 0o777).toBe(0o600)
  }
})

test('nothing is written before the log is started, nor below its level', () => {
  log.error('early')
  expect(existsSync(logFiles(folder)[0]!)).toBe(false)
  start({ level: 'warn' })
  log.info('too little')
  log.warn('enough')
  start({ level: 'off' })
  log.error('off')
  expect(brief()).toEqual(['warn enough'])
})

test('LAYERSCOPE_LOG sets the level', () => {
  expect(
    [{ LAYERSCOPE_LOG: 'debug' }, { LAYERSCOPE_LOG: 'off' }, {}, { LAYERSCOPE_LOG: 'loud' }].map(logLevel)
  ).toEqual(['debug', 'off', 'info', 'info'])
})

test('a log that cannot be written, or a value that is not JSON, is not an error', () => {
  const circle: Record<string, unknown> = { many: 10n }
  circle.itself = circle
  start()
  log.info('circle', circle)
  log.info('large', { text: 'x'.repeat(5000), list: Array.from({ length: 10 }, () => 'y'.repeat(4000)) })
  expect(lines().map(({ event, cut }) => [event, String(cut).length])).toEqual([
    ['circle', 'The fields of this line cannot be written as JSON.'.length],
    ['large', 8000]
  ])
  writeFileSync(join(folder, 'file'), '')
  start({ folder: join(folder, 'file', 'below') })
  expect(() => log.error('lost')).not.toThrow()
})

test('full files are put aside, and the oldest is lost', () => {
  start({ fileBytes: 1000, files: 3 })
  for (let i = 0; i < 60; i++) log.info('line', { i })
  const sizes = logFiles(folder, 3).map((path) => (existsSync(path) ? statSync(path).size : 0))
  expect(existsSync(join(folder, 'layerscope.3.jsonl'))).toBe(false)
  expect(sizes.slice(1).every((size) => size > 1000 && size < 1200)).toBe(true)
  const kept = lines().map(({ i }) => i as number)
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, place) => 60 - kept.length + place))
})

test('a lock that a killed process left does not stop the files from being put aside', () => {
  const [first, second] = logFiles(folder, 2) as [string, string]
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${first}.lock`, '')
  const longAgo = Date.now() / 1000 - 60
  utimesSync(`${first}.lock`, longAgo, longAgo)
  start({ fileBytes: 10, files: 2 })
  log.info('a')
  expect(existsSync(second)).toBe(false)
  log.info('b')
  expect(lastLines(9, () => true, [second]).map(({ event }) => event)).toEqual(['a', 'b'])
})

test('several processes append and rotate, and no line is lost or mixed', async () => {
  const writer = join(folder, 'writer.ts')
  writeFileSync(
    writer,
    `import { log, startLog } from ${JSON.stringify(resolve('src/main/engine/log/log.ts'))}
     startLog(process.argv[2], { folder: process.argv[3], level: 'info', fileBytes: 20_000, files: 50 })
     for (let i = 0; i < 400; i++) log.info('line', { i, text: 'x'.repeat(i) })`
  )
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { '@shared': resolve('src/shared') } },
    build: { ssr: writer, outDir: join(folder, 'out'), rolldownOptions: { output: { entryFileNames: 'writer.mjs' } } }
  })
  const logs = join(folder, 'logs')
  const codes = await Promise.all(
    ['first', 'second', 'third'].map(
      (name) =>
        new Promise((ended) =>
          spawn(process.execPath, [join(folder, 'out/writer.mjs'), name, logs]).once('exit', (code) => ended(code))
        )
    )
  )
  expect(codes).toEqual([0, 0, 0])
  const files = logFiles(logs, 50)
  expect(files.filter((path) => existsSync(path)).length).toBeGreaterThan(5)
  const all = files.filter((path) => existsSync(path)).flatMap((path) => readFileSync(path, 'utf8').trim().split('\n'))
  expect(all).toHaveLength(1200)
  const written = all.map((line) => JSON.parse(line) as { process: string; i: number; text: string })
  expect(written.every(({ i, text }) => text.length === i)).toBe(true)
  expect(new Set(written.map((line) => `${line.process} ${line.i}`)).size).toBe(1200)
})

test('an error brings its stack where it is a defect, not where it is a sentence for a person', () => {
  expect(errorFields(new UserError('There is no file.'))).toEqual({ error: 'There is no file.' })
  expect(errorFields(new TypeError('x'))).toEqual({
    error: 'x',
    stack: expect.stringContaining('log.test.ts') as string
  })
  expect(errorFields('thrown')).toEqual({ error: 'thrown' })
})

test('calls that fail or are slow have a line, without what was asked or answered', async () => {
  start()
  let clock = 0
  const answers: Record<string, () => unknown> = {
    'model.list': () => 'quick',
    'model.open': () => (clock += 2500),
    'probe.run': () => Promise.reject(new JobCancelled()),
    'dataset.open': () => Promise.reject(new UserError('There is no file.')),
    'sentence.analyze': () => Promise.reject(new TypeError('x is undefined'))
  }
  const dispatch = loggedCalls(
    async (name) => answers[name]!(),
    () => clock
  )
  for (const name of Object.keys(answers)) await dispatch(name, { text: 'A secret sentence.' }).catch(() => undefined)
  expect(lines().map(({ event, call, ms, error }) => [event, call, ms, error])).toEqual([
    ['call.slow', 'model.open', 2500, undefined],
    ['call.refused', 'probe.run', 0, 'The job was cancelled.'],
    ['call.refused', 'dataset.open', 0, 'There is no file.'],
    ['call.failed', 'sentence.analyze', 0, 'x is undefined']
  ])
  expect(readFileSync(logFiles(folder)[0]!, 'utf8')).not.toContain('secret')
})

test('jobs have a line for each change of their state, without their title and their request', () => {
  start()
  const job = loggedJobs()
  const status = (id: string, state: JobStatus['state'], more: Partial<JobStatus> = {}): JobStatus => ({
    ...{ id, kind: 'probe', title: 'Probing SECRET', subject: {}, call: 'probe.run', key: 'k', queued: true, rank: 1 },
    ...{ state, done: 0, total: 1, message: '', createdAt: Date.now(), startedAt: Date.now(), secondsLeft: null },
    ...{ input: { text: 'SECRET' } },
    ...more
  })
  job(status('a', 'waiting', { startedAt: null }))
  job(status('a', 'running'))
  job(status('a', 'running'))
  job(status('a', 'paused'))
  job(status('a', 'running'))
  job(status('a', 'done', { resultId: 'r' }))
  job(status('quick', 'done'))
  job(status('b', 'failed', { error: 'Memory ran out.' }))
  job(status('c', 'cancelled', { startedAt: null }))
  expect(lines().map(({ level, event, job: id, state }) => [level, event, id, state])).toEqual([
    ['info', 'job.waiting', 'a', undefined],
    ['info', 'job.start', 'a', undefined],
    ['info', 'job.paused', 'a', undefined],
    ['info', 'job.running', 'a', undefined],
    ['info', 'job.end', 'a', 'done'],
    ['warn', 'job.end', 'b', 'failed'],
    ['info', 'job.end', 'c', 'cancelled']
  ])
  expect(lines()[4]).toMatchObject({ call: 'probe.run', resultId: 'r', ms: expect.any(Number) as number })
  expect(readFileSync(logFiles(folder)[0]!, 'utf8')).not.toContain('SECRET')
})

test('the last lines come from as many files as it takes; a line that was cut is left out', () => {
  start({ fileBytes: 100, files: 4 })
  for (const event of ['a', 'b', 'c', 'd']) log.error(event)
  writeFileSync(logFiles(folder)[0]!, '{"time":"2026-1', { flag: 'a' })
  expect(lastLines(3, ({ level }) => level === 'error', logFiles(folder)).map(({ event }) => event)).toEqual([
    'b',
    'c',
    'd'
  ])
})
