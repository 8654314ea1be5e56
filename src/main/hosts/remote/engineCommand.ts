import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { UserError } from '@shared/userError'
import { defineCommand } from '../../commandLine/command'
import { flag, parsed } from '../../commandLine/option'
import { crashedEngineVariable } from '../../engine/backends/addonGuard'
import { errorFields, log } from '../../engine/log/log'
import { startProcessLog } from '../../engine/log/processLog'
import { appRoot, appVersion, cacheDir, dataDir } from '../../engine/paths'
import { isAlive } from '../../engine/processes/isAlive'
import { processSpace } from '../../engine/processes/processSpace'
import { fileHandlers } from '../fileCalls'
import { forkEngine } from '../http/forkEngine'
import { openChannel } from './channel'
import { contractHash } from './contractHash'
import { Keeper } from './keeper'
import { encodeMessage, greeting, messageReader, type Control, type FarEngine, type Hello } from './wire'

const usualMinutes = 10
const mostMinutes = 1440

export const engineCommand = defineCommand({
  name: 'engine',
  description:
    'The engine for a window on another machine, which starts it by `ssh` and talks with it over standard input and ' +
    'output: no port is opened. It is not typed by hand; see `layerscope serve --engine`.',
  usage: ['--stdio [--wait MINUTES]'],
  options: {
    stdio: flag('talk over standard input and output'),
    wait: parsed(
      'MINUTES',
      'how long jobs go on and the window may come back after the connection broke (default 10)',
      `0 to ${mostMinutes}`,
      readMinutes
    )
  },
  examples: ['layerscope engine --stdio', 'layerscope engine --stdio --wait 30'],
  async run({ values: { stdio, wait = usualMinutes } }) {
    if (!stdio) throw new UserError('Add --stdio; a window starts this command (`layerscope serve --engine`).')
    return serveEngine(process.stdin, process.stdout, wait * 60_000)
  }
})

/** @throws UserError for anything that is not a number of minutes */
function readMinutes(given: string, name: string): number {
  if (/^\d+(\.\d+)?$/.test(given) && Number(given) <= mostMinutes) return Number(given)
  throw new UserError(`--${name} is '${given}'; it must be a number of minutes from 0 to ${mostMinutes}.`)
}

/** Where engines of this user wait for their windows: a socket each. */
function socketsFolder(): string {
  return join(dataDir(), 'engines')
}

/** @returns the exit code, when the engine has ended or this connection to one has */
async function serveEngine(input: Readable, output: Writable, keepMs: number): Promise<number> {
  startProcessLog('host', { version: appVersion(), host: 'stdio' })
  // A connection that breaks is not the end: the window comes back.
  output.removeAllListeners('error')
  output.on('error', () => undefined)
  process.on('SIGHUP', () => undefined)
  output.write(greeting)
  const hello = await firstMessage(input)
  if (hello === null) return 1
  const refusal = refuse(hello)
  if (refusal) {
    output.write(encodeMessage({ control: refusal }))
    input.destroy()
    return 1
  }
  mkdirSync(socketsFolder(), { recursive: true, mode: 0o700 })
  if (hello.attach !== null) return relay(input, output, hello)
  await keepEngine(input, output, hello, keepMs)
  return 0
}

function refuse({ contract }: Hello): Control | null {
  return contract === contractHash
    ? null
    : { say: 'refused', host: hostname(), version: appVersion(), contract: contractHash }
}

/** The first message of a connection; null for one that ends before, or begins with something else. */
function firstMessage(input: Readable): Promise<Hello | null> {
  const read = messageReader()
  return new Promise((resolve) => {
    const end = (hello: Hello | null): void => {
      input.off('data', take).off('close', none).off('end', none).pause()
      resolve(hello)
    }
    const none = (): void => end(null)
    const take = (chunk: Uint8Array): void => {
      try {
        const [message] = read(chunk)
        if (message) end('control' in message && message.control.say === 'hello' ? message.control : null)
      } catch {
        end(null)
      }
    }
    input.on('error', () => undefined)
    input.on('data', take).once('close', none).once('end', none)
  })
}

/** Connects a window that comes back with the process that keeps its engine. */
async function relay(input: Readable, output: Writable, hello: Hello): Promise<number> {
  process.chdir(socketsFolder())
  const socket = connect(`${hello.attach}.sock`)
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  if (!connected) {
    output.write(encodeMessage({ control: { say: 'gone', host: hostname() } }))
    input.destroy()
    return 1
  }
  socket.on('error', () => undefined)
  socket.write(encodeMessage({ control: hello }))
  input.pipe(socket).pipe(output)
  await new Promise((resolve) => socket.once('close', resolve))
  input.destroy()
  return 0
}

/** Runs an engine until it ends, its window closes, or none comes back. */
async function keepEngine(input: Readable, output: Writable, hello: Hello, keepMs: number): Promise<void> {
  const crashed = hello.environment[crashedEngineVariable]
  const engine = forkEngine(
    join(appRoot(), 'out/main/engineProcess.js'),
    crashed === undefined ? {} : { [crashedEngineVariable]: crashed }
  )
  const id = `${processSpace()}-${process.pid}-${randomUUID()}`
  const { SLURM_JOB_ID: job = null } = process.env
  const about: FarEngine = { id, host: hostname(), pid: engine.pid, job, keepMs }
  let finish: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (finish = resolve))
  const keeper = new Keeper({ engine, about, files: fileHandlers(cacheDir()), onEnd: finish })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => keeper.end())
  const adopt = (from: Readable, to: Writable, greeted: Hello): void =>
    keeper.adopt(openChannel(from, to, keeper.beat), greeted)
  const server = await listen(id, about, adopt)
  adopt(input, output, hello)
  await ended
  server?.close()
  input.destroy()
}

/** Takes windows that come back. Where no socket can be made none can, and the engine ends with its connection. */
async function listen(
  id: string,
  about: FarEngine,
  adopt: (from: Readable, to: Writable, hello: Hello) => void
): Promise<Server | null> {
  if (about.keepMs === 0) return null
  const folder = socketsFolder()
  sweep(folder)
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    void firstMessage(socket).then((hello) => {
      if (hello && !refuse(hello)) adopt(socket, socket, hello)
      else socket.destroy()
    })
  })
  // Paths of sockets are short; the folder's need not be.
  process.chdir(folder)
  const problem = await new Promise<Error | null>((resolve) => {
    server.once('error', resolve).listen(`${id}.sock`, () => resolve(null))
  })
  if (problem === null) {
    chmodSync(join(folder, `${id}.sock`), 0o600)
    return server
  }
  log.warn('remote.noSocket', { folder, ...errorFields(problem) })
  about.keepMs = 0
  return null
}

/** Removes sockets of processes of this machine that have ended. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [space, pid] = name.split('-')
    if (space === processSpace() && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true })
  }
}
