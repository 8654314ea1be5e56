import { UserError } from '@shared/userError'
import { isDataset } from '../files/hubCache'
import type { Answer } from '../transfer/resume'
import type { HubReference } from './reference'

/** What a request was about, for the error message. */
export interface Asked {
  host: string
  repo: string
  revision: string
  /** Whether a token was sent. */
  withToken: boolean
  /** A file of the model; the list of its files where there is none. */
  file?: string
}

/** How a sentence names a model: the revision only where it is not the usual one. */
export function named({ repo, revision }: { repo: string; revision: string }): string {
  return revision === 'main' ? repo : `${repo}@${revision}`
}

const whereToken = 'put an access token into HF_TOKEN or log in with `hf auth login`'

/** The same, with the folder of a data set that is meant. */
export function shownReference({ part, ...reference }: HubReference): string {
  return `${named(reference)}${part === undefined ? '' : `:${part}`}`
}

/**
 * The error for an answer with an error status, by status and by the `x-error-code` of the hub (`hf_raise_for_status`
 * of huggingface_hub). Without being logged in, the hub answers 401 for what does not exist as for what is private.
 */
export function refusal(answer: Pick<Answer, 'status' | 'statusText' | 'headers'>, request: Asked): Error {
  const { status, headers } = answer
  const { host, repo, revision, withToken, file } = request
  const what = isDataset(repo) ? 'data set' : 'model'
  const code = headers.get('x-error-code')
  if (code === 'GatedRepo') {
    return new UserError(
      withToken
        ? `${repo} is gated, and the account of your access token has not been given access. Ask for it on the ` +
            `${what}'s page at ${host}, then try again.`
        : `${repo} is gated: its owners want to know who uses it. Accept their conditions on the ${what}'s page ` +
            `at ${host}, ${whereToken}, and try again.`
    )
  }
  if (headers.get('x-error-message') === 'Invalid credentials in Authorization header') {
    return new UserError(
      `${host} does not accept the access token. Make a new one there, or unset HF_TOKEN: public models need none.`
    )
  }
  if (code === 'RevisionNotFound') {
    return new UserError(
      `${repo} has no revision '${revision}' at ${host}. Give a branch, a tag or a commit, or omit the revision.`
    )
  }
  if (code === 'EntryNotFound' || (status === 404 && file !== undefined && code !== 'RepoNotFound')) {
    return new UserError(`${host} lists '${file ?? ''}' of ${repo} but does not have it. Look the model up again.`)
  }
  if (code === 'RepoNotFound' || status === 404 || status === 401) {
    return new UserError(
      withToken
        ? `There is no ${what} '${repo}' at ${host}, or it is private and the account of your access token may ` +
            'not see it. Check the name.'
        : `There is no ${what} '${repo}' at ${host}, or it is private. Check the name; for a private ${what}, ` +
            `${whereToken}.`
    )
  }
  if (status === 403)
    return new UserError(
      `${host} does not give access to ${repo} (403). The access token may lack the permission to read it.`
    )
  if (status === 429) return new RateLimited(host, retryAfter(headers), withToken)
  if (status >= 500) return new ServerTrouble(host, status)
  return new UserError(
    `${host} answered ${status} to the request for ${file === undefined ? repo : `'${file}' of ${repo}`}. ` +
      'Is HF_ENDPOINT the address of a hub?'
  )
}

/** The server limits the rate of requests. Worth waiting for if it says how long. */
export class RateLimited extends UserError {
  constructor(
    host: string,
    readonly seconds: number | null,
    withToken: boolean
  ) {
    const wait = seconds === null ? 'Wait a few minutes' : `Wait ${seconds} s`
    super(
      `${host} is limiting requests from here (429). ${wait} and try ` +
        `again${withToken ? '' : '; with an access token in HF_TOKEN it allows more'}.`
    )
  }
}

/** A fault of the server that may be temporary. */
export class ServerTrouble extends UserError {
  constructor(host: string, status: number) {
    super(`${host} has a server error (${status}). What was downloaded is kept; try again later.`)
  }
}

/** Seconds by `Retry-After` (RFC 9110: seconds or a date) or by the hub's `RateLimit: "api";r=0;t=55`. */
export function retryAfter(headers: Answer['headers'], now = Date.now()): number | null {
  const given = headers.get('retry-after')?.trim() ?? ''
  if (/^\d+$/.test(given)) return Number(given)
  const date = Date.parse(given)
  if (!Number.isNaN(date)) return Math.max(0, Math.ceil((date - now) / 1000))
  const window = /;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')
  return window ? Number(window[1]) : null
}

/** Why a connection failed, as a sentence. */
export function connectionSentence(host: string, error: unknown): string {
  const reason = connectionReason(error)
  return (
    `${host} cannot be reached: ${reason}. Check the ` +
    `network${/certificate/.test(reason) ? '' : ' and HTTPS_PROXY'}; models that are in the cache open without ` +
    'it.'
  )
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no network',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  UND_ERR_BODY_TIMEOUT: 'it stopped answering',
  UND_ERR_SOCKET: 'the connection was cut',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted (NODE_EXTRA_CA_CERTS adds certificates)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted (NODE_EXTRA_CA_CERTS adds certificates)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted (NODE_EXTRA_CA_CERTS adds certificates)',
  CERT_HAS_EXPIRED: 'its certificate has expired'
}

/** `fetch` wraps errors in causes; the innermost one says what happened. */
export function connectionReason(error: unknown): string {
  for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
    const code = (inner as NodeJS.ErrnoException).code
    if (code && reasons[code]) return reasons[code]
    const several =
      inner instanceof AggregateError
        ? inner.errors.find((one: NodeJS.ErrnoException) => one.code && reasons[one.code])
        : undefined
    if (several) return reasons[(several as NodeJS.ErrnoException).code!]!
    if (!(inner.cause instanceof Error)) return inner.message.replace(/\.$/, '')
  }
  return String(error)
}
