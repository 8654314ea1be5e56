import { join, posix } from 'node:path'
import { UserError } from '@shared/userError'
import { defineCommand } from '../../commandLine/command'
import { flag, parsed, text } from '../../commandLine/option'
import { appRoot, appVersion, cacheDir, dataDir } from '../../engine/paths'
import { startProcessLog } from '../../engine/log/processLog'
import { superviseEngine } from '../engineSupervisor'
import { setupAttempts, setUpNative } from '../firstSetup'
import { createHost } from '../host'
import { resolveOpenPaths } from '../openPaths'
import { destinationOf, remoteStatePath } from '../remote/place'
import { remoteEndMs, remoteEngine } from '../remote/remoteEngine'
import { openStateFile } from '../services/stateFile'
import { findChromium, hasDisplay, openAppWindow, openDefaultBrowser } from './browser'
import { forkEngine } from './forkEngine'
import { startHttpServer, type HttpServer } from './server'

/** A browser that exits this soon with an error has not shown a window. */
const quickFailureMs = 5000

export interface ServeOptions {
  port: number
  open: boolean
  /** Stop when the window that was opened is closed. */
  window: boolean
  setup: boolean
  paths: string[]
  /** What starts the engine on another machine. */
  engine?: string | undefined
}

const highestPort = 65_535

export const serveCommand = defineCommand({
  name: 'serve',
  description: 'Serves Layerscope to a browser of this machine, until it is stopped by Ctrl-C.',
  usage: ['[model folder] [data file ...] [options]'],
  arguments: [
    { name: 'PATH', description: 'a model folder, the name of a model in the cache, data files', several: true }
  ],
  options: {
    port: parsed('N', 'the port to listen on; any free port by default', `0 to ${highestPort}`, readPort),
    'no-open': flag('print the address without opening a browser'),
    window: flag('open an app window and stop when it is closed'),
    setup: flag('first set up native TensorFlow if it is missing'),
    engine: text('COMMAND', 'start the engine on another machine by this command, and open the files of that machine')
  },
  notes: `The command of --engine is one program with its arguments, and ends with \`layerscope engine --stdio\` of the
same version on the other machine; ssh uses its own configuration and keys. A connection that breaks is made again, and
jobs there go on for ten minutes meanwhile (docs/scale.md).

Without Layerscope here: ssh -L 8080:127.0.0.1:8080 that-machine, run \`layerscope serve --port 8080 --no-open\` there,
and open the printed address here.`,
  examples: [
    'layerscope serve',
    'layerscope serve resources/models/all-MiniLM-L6-v2 dev.conllu',
    'layerscope serve --port 8080 --no-open',
    "layerscope serve --engine 'ssh gpu1 layerscope engine --stdio'",
    "layerscope serve --engine 'ssh login srun --gpus=1 --time=4:00:00 layerscope engine --stdio'"
  ],
  async run({ values, arguments: names }) {
    const { port = 0, window, setup, engine } = values
    const paths = engine === undefined ? resolveOpenPaths(names) : remotePaths(names)
    await serve({ port, open: !values['no-open'], window, setup, engine, paths })
    return 0
  }
})

/** @throws UserError for anything that is not a port */
function readPort(given: string): number {
  if (/^\d+$/.test(given) && Number(given) <= highestPort) return Number(given)
  throw new UserError(`'${given}' is not a port; it is a number from 0 to ${highestPort}.`)
}

/** Names of files of another machine. @throws UserError for one that depends on where it is typed */
function remotePaths(names: readonly string[]): string[] {
  const relative = names.find((name) => !posix.isAbsolute(name))
  if (relative === undefined) return [...names]
  throw new UserError(`'${relative}' does not begin with '/'. With --engine, name files by their path over there.`)
}

/** Runs until it is stopped; resolves when every process, socket and window it opened is closed. */
export async function serve(options: ServeOptions): Promise<void> {
  startProcessLog('host', { version: appVersion(), host: 'http' })
  const { engine: remote } = options
  const engine = superviseEngine({
    fork: (environment) =>
      remote === undefined
        ? forkEngine(join(appRoot(), 'out/main/engineProcess.js'), environment)
        : remoteEngine(remote, environment),
    ...(remote !== undefined && { endMs: remoteEndMs })
  })
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort())
  try {
    const info = {
      version: appVersion(),
      host: 'http',
      platform: process.platform,
      nativeDialogs: false,
      openPaths: options.paths,
      ...(remote !== undefined && { remote: destinationOf(remote) })
    } as const
    const state = openStateFile(remote === undefined ? join(dataDir(), 'state.json') : remoteStatePath(remote))
    const parts = { cacheDir: cacheDir(), dataDir: dataDir(), remote: remote !== undefined }
    const host = createHost({ info, engine, state, ...parts })
    const server = await startHttpServer({ host, root: join(appRoot(), 'out/renderer'), port: options.port })
    process.stdout.write(`Layerscope at ${server.url}\n`)
    if (options.open) await openWindow(server, options.window, stopped)
    if (options.setup && remote === undefined)
      void setUpNative(engine, setupAttempts(join(cacheDir(), 'native-setup.json'), appVersion()))
    if (!stopped.signal.aborted) await new Promise((resolve) => stopped.signal.addEventListener('abort', resolve))
    await server.close()
  } finally {
    await engine.close()
  }
}

async function openWindow(server: HttpServer, stopWithIt: boolean, stopped: AbortController): Promise<void> {
  if (!hasDisplay()) return
  const browser = findChromium()
  if (!browser) {
    if (!(await openDefaultBrowser(server.ticketUrl())))
      process.stderr.write('No browser was found; open the address above in one.\n')
    return
  }
  const startedAt = Date.now()
  const child = await openAppWindow(browser, server.ticketUrl(), join(cacheDir(), 'window'))
  const failed = (why: string): void =>
    void process.stderr.write(`${browser} could not be opened (${why}); open the address above in a browser.\n`)
  stopped.signal.addEventListener('abort', () => child.kill())
  child.once('error', (error) => failed(error.message))
  child.once('exit', (code) => {
    if (stopped.signal.aborted) return
    if (code !== 0 && Date.now() - startedAt < quickFailureMs) failed(`it ended at once with code ${code}`)
    else if (stopWithIt) stopped.abort()
  })
}
