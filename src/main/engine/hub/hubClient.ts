import type { Dispatcher } from 'undici'
import { UserError } from '@shared/userError'
import type { Answer } from '../transfer/resume'
import { connectionSentence, RateLimited, refusal, ServerTrouble, type Asked } from './sentences'
import { endpointOf, readToken, type HubSettings } from './settings'

/** A client of the hub; all of the engine's requests to it go through here. */
export interface HubClient {
  /** Base address without a slash at its end. */
  endpoint: string
  /** For sentences. */
  host: string
  /** Hosts whose pages name models that this hub has: its own and, for a mirror, that of the library's own hub. */
  hosts: string[]
  /** A token will be sent to the endpoint. */
  hasToken: boolean
  /** Notes for the user about its requests, as sentences. */
  notes: string[]
  /** Asks one address, follows redirects by the rules below, and hands over the answer, whatever it says. */
  ask(
    url: string,
    options: { headers?: Record<string, string>; signal?: AbortSignal; onRedirect?: (answer: Answer) => void }
  ): Promise<Answer>
  /** `fetch` for the library that lists models: an error status is thrown as a sentence. */
  fetchFor(request: Omit<Asked, 'host' | 'withToken'>, signal?: AbortSignal): typeof fetch
  close(): Promise<void>
}

/** The hub cannot be reached from here; what is in the cache can still be opened. */
export class Unreachable extends UserError {}

/** The hub does not answer now, which says nothing about the requested model. */
export function mayPass(error: unknown): boolean {
  return error instanceof Unreachable || error instanceof RateLimited || error instanceof ServerTrouble
}

const mostRedirects = 5
/** For an answer's first byte, and for the whole of a listing. */
const answerMilliseconds = 30_000
/** The listing of a repository with ten thousand files has some 3 MB. */
const largestListing = 64 * 2 ** 20

/**
 * A client for what the environment names. Proxies are those of HTTPS_PROXY, HTTP_PROXY and NO_PROXY; Node's own
 * `fetch` knows none before Node 24, which is what undici is here for.
 * @throws UserError for an HF_ENDPOINT or a token that cannot be one
 */
export async function openHub(settings: HubSettings): Promise<HubClient> {
  // Loaded on first use, because most starts of the engine do not need it.
  const [{ HUB_URL }, { EnvHttpProxyAgent, fetch: ask }] = await Promise.all([
    import('@huggingface/hub'),
    import('undici')
  ])
  const endpoint = endpointOf(settings) ?? HUB_URL
  const base = new URL(endpoint)
  const token = readToken(settings)
  const encrypted = base.protocol === 'https:' || isLoopback(base)
  const notes =
    token !== null && !encrypted
      ? [`Your access token is not sent: the connection to ${base.host} is not encrypted.`]
      : []
  let dispatcher: Dispatcher | null = null

  const client: HubClient = {
    endpoint,
    host: base.host,
    hosts: [base.host, new URL(HUB_URL).host],
    hasToken: token !== null && encrypted,
    notes,
    async ask(url, { headers = {}, signal, onRedirect }) {
      if (settings.offline)
        throw new Unreachable(
          `HF_HUB_OFFLINE is set, so ${base.host} is not contacted. Models in the cache can still be opened.`
        )
      // Plain http is forwarded by a proxy, https tunnelled through it.
      dispatcher ??= new EnvHttpProxyAgent({ proxyTunnel: false })
      let target = new URL(url)
      for (let hop = 0; hop <= mostRedirects; hop++) {
        checkEncryption(target, base)
        const authorization =
          client.hasToken && target.origin === base.origin ? { Authorization: `Bearer ${token}` } : {}
        const request = () =>
          ask(target, {
            headers: { 'User-Agent': 'layerscope', ...headers, ...authorization },
            redirect: 'manual',
            dispatcher: dispatcher!,
            signal: signal ?? null
          })
        // A connection kept from an earlier request may have been closed over there; a second one tells whether that
        // was all.
        const answer = await request()
          .catch((error: unknown) => (wasCut(error) && !signal?.aborted ? request() : Promise.reject(error)))
          .catch((error: unknown) => {
            if (signal?.aborted) throw error
            throw new Unreachable(connectionSentence(target.host, error), { cause: error })
          })
        const location = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null
        if (location === null) return answer
        onRedirect?.(answer)
        await answer.body?.cancel()
        if (!URL.canParse(location, target.href))
          throw new UserError(`${target.host} redirects to an address that is not valid. Nothing was downloaded.`)
        target = new URL(location, target)
      }
      throw new UserError(
        `${base.host} redirected the request more than ${mostRedirects} times. Nothing ` + 'was downloaded.'
      )
    },
    fetchFor(request, signal) {
      return async (input) => {
        const clock = AbortSignal.timeout(answerMilliseconds)
        const url = input instanceof Request ? input.url : String(input)
        try {
          const answer = await client.ask(url, {
            headers: { Accept: 'application/json' },
            signal: signal ? AbortSignal.any([signal, clock]) : clock
          })
          if (answer.status !== 200) throw refusal(answer, { ...request, host: base.host, withToken: client.hasToken })
          const bytes = await readAll(answer, largestListing, base.host)
          const next = answer.headers.get('link')
          return new Response(bytes, { headers: { 'Content-Type': 'application/json', ...(next && { Link: next }) } })
        } catch (error) {
          if (clock.aborted && !signal?.aborted)
            throw new Unreachable(connectionSentence(base.host, new Error('it does not answer')))
          throw error
        }
      }
    },
    async close() {
      await dispatcher?.destroy()
    }
  }
  return client
}

/** The whole body of an answer. @throws UserError for more than `limit` bytes */
export async function readAll(answer: Answer, limit: number, host: string): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of answer.body ?? emptyBody()) {
    bytes += part.length
    if (bytes > limit)
      throw new UserError(
        `${host} answered with more than ${Math.round(limit / 1e6)} MB when a list was requested. Is ` +
          'HF_ENDPOINT the address of a hub?'
      )
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

function wasCut(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
  return code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE'
}

/** A hub used over https must not redirect to a connection that can be read and changed in transit. */
function checkEncryption(target: URL, base: URL): void {
  if (
    target.protocol === 'https:' ||
    (target.protocol === 'http:' && (base.protocol === 'http:' || isLoopback(target)))
  )
    return
  throw new UserError(
    `${base.host} redirects to ${target.protocol}//${target.host}, which is not encrypted. Nothing was downloaded.`
  )
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
