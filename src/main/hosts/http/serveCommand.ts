import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isUserError, UserError } from '@shared/userError'
import { appRoot, cacheDir, dataDir } from '../../engine/paths'
import { superviseEngine } from '../engineSupervisor'
import { setupAttempts, setUpNative } from '../firstSetup'
import { createHost } from '../host'
import { resolveOpenPaths } from '../openPaths'
import { openStateFile } from '../services/stateFile'
import { readVersion } from '../version'
import { findChromium, hasDisplay, openAppWindow, openDefaultBrowser } from './browser'
import { forkEngine } from './forkEngine'
import { startHttpServer, type HttpServer } from './server'

/** A browser that ends this soon with an error has not shown a window. */
const quickFailureMs = 5000

export const serveHelp = `Serves Layerscope to a browser of this machine.

  layerscope serve [model folder] [data file ...]

  --port N     the port to listen on; any free one when left out
  --no-open    print the address and open no browser
  --window     open a window of its own and stop when it is closed
  --setup      set up native TensorFlow first where it is missing

From another machine: ssh -L 8080:127.0.0.1:8080 that-machine, there \`layerscope serve --port 8080 --no-open\`, and open the printed address here.
`

export interface ServeOptions {
  port: number
  open: boolean
  /** Stop when the window that was opened is closed. */
  window: boolean
  setup: boolean
  paths: string[]
}

/** @throws UserError naming the argument that is wrong. */
export function parseServeArguments(parameters: readonly string[]): ServeOptions | 'help' {
  const options = {
    port: { type: 'string' },
    'no-open': { type: 'boolean' },
    window: { type: 'boolean' },
    setup: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' }
  } as const
  let parsed
  try {
    parsed = parseArgs({ args: [...parameters], options, allowPositionals: true })
  } catch (error) {
    throw new UserError(
      `${(error as Error).message.split('. ')[0]}. \`layerscope serve --help\` lists what can be given.`
    )
  }
  const { values, positionals } = parsed
  if (values.help) return 'help'
  const port = Number(values.port ?? 0)
  if (!/^\d+$/.test(values.port ?? '0') || port > 65_535)
    throw new UserError(`'${values.port}' is not a port; it is a number from 0 to 65535.`)
  return {
    port,
    open: !values['no-open'],
    window: values.window ?? false,
    setup: values.setup ?? false,
    paths: resolveOpenPaths(positionals)
  }
}

/** Runs until it is told to stop; resolves when every process, socket and window it opened is gone. */
export async function serve(options: ServeOptions): Promise<void> {
  const engine = superviseEngine({ fork: () => forkEngine(join(appRoot(), 'out/main/engineProcess.js')) })
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort())
  try {
    const info = {
      version: readVersion(),
      host: 'http',
      platform: process.platform,
      nativeDialogs: false,
      openPaths: options.paths
    } as const
    const host = createHost({ info, engine, state: openStateFile(join(dataDir(), 'state.json')), cacheDir: cacheDir() })
    const server = await startHttpServer({ host, root: join(appRoot(), 'out/renderer'), port: options.port })
    process.stdout.write(`Layerscope at ${server.url}\n`)
    if (options.open) await openWindow(server, options.window, stopped)
    if (options.setup) void setUpNative(engine, setupAttempts(join(cacheDir(), 'native-setup.json'), readVersion()))
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

/** The whole command: arguments to exit code. */
export async function serveCommand(parameters: readonly string[]): Promise<number> {
  try {
    const options = parseServeArguments(parameters)
    if (options === 'help') process.stdout.write(serveHelp)
    else await serve(options)
    return 0
  } catch (error) {
    if (!isUserError(error)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}
