import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A file as the test hub has it; `lfs` files are handed out by a second server, as the real hub's storage is one. */
export interface HubServerFile {
  content: Buffer
  lfs?: boolean
}

/** What goes wrong with an answer to a request for a file's bytes. */
export interface Fault {
  /**
   * Sends so many bytes and then nothing, until `cut` is called: a test decides what has arrived before the connection
   * goes.
   */
  holdAfter?: number
  /** Ends the connection without an answer. */
  hangUp?: boolean
  status?: number
  headers?: Record<string, string>
  /** Sends these bytes instead. */
  content?: Buffer
  /** Sends these as headers beside the usual ones. */
  extra?: Record<string, string>
  ignoreRange?: boolean
}

export interface Request {
  server: 'hub' | 'storage'
  path: string
  range: string | null
  ifRange: string | null
  authorization: string | null
}

export interface HubServer {
  url: string
  host: string
  storage: string
  commit: string
  requests: Request[]
  /** By file; each request takes the next one. */
  faults: Map<string, Fault[]>
  /** Answers every request of the interface with this. */
  refusal: { status: number; headers?: Record<string, string>; body?: string } | null
  /** Where files kept by LFS are said to lie; null for the storage server. */
  redirectTo: string | null
  /** Cuts the connection of the answer that is being held. */
  cut(): void
  close(): Promise<void>
}

export const testCommit = 'c0ffee0123456789abcdef0123456789abcdef01'

export function gitHash(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

export interface HubServerOptions {
  repo?: string
  files: Record<string, HubServerFile>
  /** Paths that are listed as they stand, with hashes of nothing: what a hostile repository could list. */
  alsoListed?: string[]
  gated?: false | 'auto' | 'manual'
  licence?: string | null
  commit?: string
  /** Another revision, with files of its own: what the hub makes of a data set. */
  converted?: { revision: string; commit: string; files: Record<string, HubServerFile> }
  /** Lists these instead of the true sizes and hashes. */
  lies?: Record<string, { size?: number; hash?: string }>
}

/**
 * A hub on this machine: its interface, its pages of files, and a storage of its own for what is kept by LFS. Only
 * `repo` is there.
 */
export async function startHub(options: HubServerOptions): Promise<HubServer> {
  const { repo = 'tiny/bert', files, commit = testCommit, gated = false, licence = 'apache-2.0', lies = {} } = options
  const { converted } = options
  const requests: Request[] = []
  const faults = new Map<string, Fault[]>()
  let held: ServerResponse | null = null

  // A data set has its kind in front of its name, in the interface as in addresses of files.
  const api = repo.startsWith('datasets/') ? repo : `models/${repo}`
  const hub = createServer((request, response) => {
    note('hub', request)
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://hub').pathname)
    const refusal = server.refusal
    if (refusal) return reply(response, refusal.status, refusal.body ?? '{"error":"no"}', refusal.headers)
    const info = new RegExp(`^/api/${api}/revision/(.+)$`).exec(path)
    if (info) {
      if (converted && (info[1] === converted.revision || info[1] === converted.commit))
        return reply(
          response,
          200,
          JSON.stringify({ _id: '1', id: repo, sha: converted.commit, private: false, gated })
        )
      if (info[1] !== 'main' && info[1] !== commit && info[1] !== 'v1.0')
        return reply(response, 404, '{"error":"Invalid rev id"}', { 'x-error-code': 'RevisionNotFound' })
      return reply(
        response,
        200,
        JSON.stringify({
          _id: '1',
          id: repo,
          sha: commit,
          private: false,
          gated,
          downloads: 1,
          likes: 1,
          lastModified: '2026-01-01T00:00:00.000Z',
          pipeline_tag: 'fill-mask',
          tags: ['pytorch', ...(licence ? [`license:${licence}`] : [])],
          cardData: licence ? { license: licence } : undefined,
          siblings: []
        })
      )
    }
    if (path.startsWith(`/api/${api}/tree/${commit}`)) return reply(response, 200, JSON.stringify(tree(files)))
    if (converted && path.startsWith(`/api/${api}/tree/${converted.commit}`))
      return reply(response, 200, JSON.stringify(tree(converted.files)))
    const resolved = new RegExp(`^/${repo}/resolve/(main|[0-9a-f]{40})/(.+)$`).exec(path)
    const file = resolved && (converted && resolved[1] === converted.commit ? converted.files : files)[resolved[2]!]
    if (!resolved || !file)
      return reply(response, 404, '{"error":"not found"}', {
        'x-error-code': path.includes(repo) ? 'EntryNotFound' : 'RepoNotFound'
      })
    const size = lies[resolved[2]!]?.size ?? file.content.length
    const hash = lies[resolved[2]!]?.hash ?? (file.lfs ? sha256(file.content) : gitHash(file.content))
    const headers = { 'x-repo-commit': commit, etag: `"${hash}"` }
    if (!file.lfs) return send(request, response, resolved[2]!, file.content, headers)
    response.writeHead(302, {
      ...headers,
      'x-linked-etag': `"${hash}"`,
      'x-linked-size': String(size),
      location: server.redirectTo ?? `${server.storage}/${hash}/${resolved[2]!}`
    })
    response.end()
  })
  const storage = createServer((request, response) => {
    note('storage', request)
    const name = decodeURIComponent(new URL(request.url ?? '/', 'http://storage').pathname)
      .split('/')
      .slice(2)
      .join('/')
    const file = files[name] ?? converted?.files[name]
    if (!file) return reply(response, 404, 'gone')
    send(request, response, name, file.content, { etag: `"${createHash('md5').update(file.content).digest('hex')}"` })
  })

  function note(which: Request['server'], request: IncomingMessage): void {
    requests.push({
      server: which,
      path: (request.url ?? '/').split('?')[0]!,
      range: request.headers.range ?? null,
      ifRange: (request.headers['if-range'] as string | undefined) ?? null,
      authorization: request.headers.authorization ?? null
    })
  }

  function tree(listed: Record<string, HubServerFile>) {
    const folders = new Set(
      Object.keys(listed).flatMap((path) => (path.includes('/') ? [path.slice(0, path.lastIndexOf('/'))] : []))
    )
    return [
      ...[...folders].map((path) => ({ type: 'directory', path, size: 0, oid: gitHash(Buffer.from(path)) })),
      ...Object.entries(listed).map(([path, { content, lfs }]) => {
        const size = lies[path]?.size ?? content.length
        const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${content.length}\n`
        return lfs
          ? {
              type: 'file',
              path,
              size,
              oid: gitHash(Buffer.from(pointer)),
              lfs: { oid: lies[path]?.hash ?? sha256(content), size, pointerSize: pointer.length }
            }
          : { type: 'file', path, size, oid: lies[path]?.hash ?? gitHash(content) }
      }),
      ...(options.alsoListed ?? []).map((path) => ({ type: 'file', path, size: 3, oid: gitHash(Buffer.from('abc')) }))
    ]
  }

  function send(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    whole: Buffer,
    usual: Record<string, string>
  ): void {
    if (request.method === 'HEAD') {
      response.writeHead(200, { ...usual, 'content-length': whole.length })
      response.end()
      return
    }
    const fault = faults.get(name)?.shift() ?? {}
    if (fault.status) return reply(response, fault.status, '{"error":"no"}', fault.headers)
    if (fault.hangUp) return void response.destroy()
    const content = fault.content ?? whole
    const headers = { ...usual, ...fault.extra }
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
    const sameEntity = request.headers['if-range'] === undefined || request.headers['if-range'] === headers.etag
    const from = asked && sameEntity && !fault.ignoreRange ? Number(asked[1]) : 0
    if (asked && from >= content.length && content.length > 0)
      return reply(response, 416, '', { 'content-range': `bytes */${content.length}` })
    const rest = content.subarray(from)
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': rest.length,
      ...headers,
      ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` })
    })
    if (fault.holdAfter === undefined) response.end(rest)
    else {
      held = response
      response.write(rest.subarray(0, fault.holdAfter))
    }
  }

  const server: HubServer = {
    url: '',
    host: '',
    storage: '',
    commit,
    requests,
    faults,
    refusal: null,
    redirectTo: null,
    cut: () => {
      held?.destroy()
      held = null
    },
    close: async () => {
      await Promise.all(
        [hub, storage].map(
          (one) =>
            new Promise<void>((resolve) => {
              one.close(() => resolve())
              one.closeAllConnections()
            })
        )
      )
    }
  }
  server.host = `127.0.0.1:${await listen(hub)}`
  server.url = `http://${server.host}`
  server.storage = `http://127.0.0.1:${await listen(storage)}`
  return server
}

function reply(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body)
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
}

/** Bytes that do not repeat and do not compress, the same every time. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

export const bertConfig = {
  model_type: 'bert',
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  vocab_size: 100,
  max_position_embeddings: 64,
  type_vocab_size: 2,
  hidden_act: 'gelu',
  layer_norm_eps: 1e-12
}

/** The files of a small BERT repository with all that real ones carry beside what is needed. */
export function bertFiles(weights = noise(200_000)): Record<string, HubServerFile> {
  return {
    'config.json': { content: Buffer.from(JSON.stringify(bertConfig)) },
    'tokenizer.json': { content: Buffer.from('{"version": "1.0"}') },
    'vocab.txt': { content: Buffer.from('[PAD]\n[UNK]\n') },
    'README.md': { content: Buffer.from('---\nlicense: apache-2.0\n---\n') },
    'model.safetensors': { content: weights, lfs: true },
    'pytorch_model.bin': { content: noise(210_000, 2), lfs: true },
    'tf_model.h5': { content: noise(190_000, 3), lfs: true },
    'onnx/model.onnx': { content: noise(1000, 4), lfs: true },
    '1_Pooling/config.json': { content: Buffer.from('{}') }
  }
}
