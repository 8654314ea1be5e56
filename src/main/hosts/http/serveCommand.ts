import { join } from 'node:path'
import { UserError } from '@shared/userError'
import { defineCommand } from '../../commandLine/command'
import { flag, parsed } from '../../commandLine/option'
import { appRoot, appVersion, cacheDir, dataDir } from '../../engine/paths'
import { startProcessLog } from '../../engine/log/processLog'
import { superviseEngine } from '../engineSupervisor'
import { setupAttempts, setUpNative } from '../firstSetup'
import { createHost } from '../host'
import { resolveOpenPaths } from '../openPaths'
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
    setup: flag('first set up native TensorFlow if it is missing')
  },
  notes: `To use another machine: ssh -L 8080:127.0.0.1:8080 that-machine, run
\`layerscope serve --port 8080 --no-open\` there, and open the printed address here.`,
  examples: [
    'layerscope serve',
    'layerscope serve resources/models/all-MiniLM-L6-v2 dev.conllu',
    'layerscope serve --port 8080 --no-open'
  ],
  async run({ values, arguments: names }) {
    const { port = 0, window, setup } = values
    await serve({ port, open: !values['no-open'], window, setup, paths: resolveOpenPaths(names) })
    return 0
  }
})

/** @throws UserError for anything that is not a port */
function readPort(given: string): number {
  if (/^\d+$/.test(given) && Number(given) <= highestPort) return Number(given)
  throw new UserError(`'${given}' is not a port; it is a number from 0 to ${highestPort}.`)
}

/** Runs until it is stopped; resolves when every process, socket and window it opened is closed. */
export async function serve(options: ServeOptions): Promise<void> {
  startProcessLog('host', { version: appVersion(), host: 'http' })
  const engine = superviseEngine({
    fork: (environment) => forkEngine(join(appRoot(), 'out/main/engineProcess.js'), environment)
  })
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort())
  try {
    const info = {
      version: appVersion(),
      host: 'http',
      platform: process.platform,
      nativeDialogs: false,
      openPaths: options.paths
    } as const
    const host = createHost({ info, engine, state: openStateFile(join(dataDir(), 'state.json')), cacheDir: cacheDir() })
    const server = await startHttpServer({ host, root: join(appRoot(), 'out/renderer'), port: options.port })
    process.stdout.write(`Layerscope at ${server.url}\n`)
    if (options.open) await openWindow(server, options.window, stopped)
    if (options.setup) void setUpNative(engine, setupAttempts(join(cacheDir(), 'native-setup.json'), appVersion()))
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
