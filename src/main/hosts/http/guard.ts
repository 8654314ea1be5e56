import type { IncomingMessage } from 'node:http'
import { sameToken } from './token'

export interface Refusal {
  status: 400 | 403 | 404 | 405 | 500
  /** For the person who sees the answer. */
  sentence: string
}

export interface GuardOptions {
  port: number
  /** What the cookie must hold. */
  session: string
}

export const cookieName = (port: number): string => `layerscope-${port}`

/**
 * Host names this server accepts. A page that points its own name at 127.0.0.1 (DNS rebinding) sends that name.
 */
export function allowedHosts(port: number): string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`]
}

export function refuseHost(request: IncomingMessage, port: number): Refusal | null {
  const host = request.headers.host ?? ''
  if (allowedHosts(port).includes(host)) return null
  return {
    status: 403,
    sentence:
      `Layerscope answers only to ${allowedHosts(port).join(' and ')}, but the request named ` +
      `'${host.slice(0, 100)}'. Through an SSH tunnel, use the same port on both sides.`
  }
}

export function refuseSession(request: IncomingMessage, { port, session }: GuardOptions): Refusal | null {
  const cookie = readCookie(request.headers.cookie ?? '', cookieName(port))
  if (cookie !== null && sameToken(session, cookie)) return null
  return {
    status: 403,
    sentence: 'This window has no valid key. Open the address that Layerscope printed when it started, with its token.'
  }
}

/**
 * Browsers let any page open a WebSocket to 127.0.0.1, and send the cookie along: only the origin says whose page it
 * is.
 */
export function refuseOrigin(request: IncomingMessage, port: number): Refusal | null {
  const origin = request.headers.origin ?? ''
  const own = `http://${request.headers.host ?? ''}`
  if (origin === own && allowedHosts(port).some((host) => origin === `http://${host}`)) return null
  return { status: 403, sentence: `A page of '${origin.slice(0, 100)}' may not connect to Layerscope.` }
}

export function refuseUpgrade(request: IncomingMessage, options: GuardOptions): Refusal | null {
  const refusal =
    refuseHost(request, options.port) ?? refuseOrigin(request, options.port) ?? refuseSession(request, options)
  if (refusal) return refusal
  if (request.url === '/socket') return null
  return { status: 404, sentence: 'Layerscope has one socket, at /socket.' }
}

function readCookie(header: string, name: string): string | null {
  for (const part of header.split(';')) {
    const [key, ...value] = part.trim().split('=')
    if (key === name) return value.join('=')
  }
  return null
}
