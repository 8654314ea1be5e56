import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { maxMessageBytes } from '@shared/rpc/messageLimit'
import { UserError } from '@shared/userError'
import { WebSocketServer } from 'ws'
import { errorFields, log } from '../../engine/log/log'
import type { Host } from '../host'
import { securityHeaders } from '../securityHeaders'
import { readStaticFile } from '../staticFiles'
import { allowedHosts, cookieName, refuseHost, refuseSession, refuseUpgrade, type Refusal } from './guard'
import { connectWindow } from './socket'
import { newToken, sameToken } from './token'

export interface HttpServerOptions {
  host: Host
  /** The built window. */
  root: string
  /** 0 takes any free port. */
  port: number
}

export interface HttpServer {
  port: number
  /** The address with the token; whoever has it may use this Layerscope. */
  url: string
  /**
   * An address that opens one window and then expires: other users of the machine can read a browser's
   * command line.
   */
  ticketUrl(): string
  close(): Promise<void>
}

/**
 * Serves the window and its socket to browsers of this machine. A loopback address is no protection (any page may call
 * it), so every request must name this server, carry the cookie that the token was exchanged for, and come from its own
 * origin.
 * @throws UserError when the port is taken.
 */
export async function startHttpServer({ host, root, port: wanted }: HttpServerOptions): Promise<HttpServer> {
  const token = newToken()
  const session = newToken()
  const tickets = new Set<string>()
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => fail(response, error))
  })
  // A client may go at any time, also between its request for a WebSocket and the refusal, when neither Node nor `ws`
  // listens any more. Only the connection is lost then.
  server.on('connection', (socket) => socket.on('error', () => undefined))
  const port = await listen(server, wanted)
  const headers = securityHeaders(
    allowedHosts(port)
      .map((name) => `ws://${name}`)
      .join(' ')
  )
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    clientTracking: true
  })
  sockets.on('connection', (socket) => connectWindow(socket, host))
  server.on('upgrade', upgrade)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const wrongHost = refuseHost(request, port)
    if (wrongHost) return refuse(response, wrongHost)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      return refuse(response, {
        status: 405,
        sentence: 'Layerscope answers GET and HEAD; everything else goes over its socket.'
      })
    }
    const url = parseTarget(request.url ?? '/')
    if (!url) return refuse(response, { status: 400, sentence: 'The address of this request is not valid.' })
    const offered = url.searchParams.get('token')
    if (offered !== null) return exchange(response, url, offered)
    const stranger = refuseSession(request, { port, session })
    if (stranger) return refuse(response, stranger)
    const file = await readStaticFile(root, url.pathname)
    if (!file)
      return refuse(response, { status: 404, sentence: `Layerscope has nothing at '${url.pathname.slice(0, 200)}'.` })
    response.writeHead(200, {
      ...headers,
      'Content-Type': file.contentType,
      'Content-Length': file.bytes.length,
      'Cache-Control': file.cacheControl
    })
    response.end(request.method === 'HEAD' ? undefined : file.bytes)
  }

  /** Exchanges the token for a cookie, so that it does not stay in the address bar and the history. */
  function exchange(response: ServerResponse, url: URL, offered: string): void {
    if (!tickets.delete(offered) && !sameToken(token, offered)) {
      return refuse(response, {
        status: 403,
        sentence: 'This token is not valid. Open the address that Layerscope printed when it started.'
      })
    }
    url.searchParams.delete('token')
    response.writeHead(303, {
      ...headers,
      Location: url.pathname + url.search,
      'Set-Cookie': `${cookieName(port)}=${session}; Path=/; HttpOnly; SameSite=Strict`,
      'Cache-Control': 'no-store'
    })
    response.end()
  }

  function refuse(response: ServerResponse, { status, sentence }: Refusal): void {
    response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
    response.end(`${sentence}\n`)
  }

  function fail(response: ServerResponse, error: unknown): void {
    log.error('http.failed', errorFields(error))
    if (response.headersSent) response.destroy()
    else refuse(response, { status: 500, sentence: 'Layerscope could not answer this; its log says why.' })
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = refuseUpgrade(request, { port, session })
    if (!refusal) {
      sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket, request))
      return
    }
    const lines = Object.entries({ ...headers, 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }).map(
      ([name, value]) => `${name}: ${value}\r\n`
    )
    // Closed from this side as soon as the refusal has left: a client that keeps its end open would hold the
    // connection.
    socket.once('finish', () => socket.destroy())
    socket.end(
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines.join('')}\r\n${refusal.sentence}\n`
    )
  }

  return {
    port,
    url: addressWith(port, token),
    ticketUrl() {
      const ticket = newToken()
      tickets.add(ticket)
      return addressWith(port, ticket)
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
  }
}

const addressWith = (port: number, token: string): string => `http://127.0.0.1:${port}/?token=${token}`

/**
 * The target of a request line is a path; `//elsewhere/x` and `http://elsewhere/x` must not be read as another origin.
 */
function parseTarget(target: string): URL | null {
  if (!target.startsWith('/') || target.startsWith('//')) return null
  try {
    return new URL(`http://localhost${target}`)
  } catch {
    return null
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(
          new UserError(
            `Port ${port} is in use by another program. Choose another with --port, or omit it to take any free port.`
          )
        )
      else if (error.code === 'EACCES')
        reject(new UserError(`Port ${port} needs more rights than this user has. Choose one above 1023 with --port.`))
      else reject(error)
    })
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
