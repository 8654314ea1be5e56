import { readFile } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.wasm': 'application/wasm'
}

export interface StaticFile {
  bytes: Buffer
  contentType: string
  /** Built assets carry a hash of their content in their name and never change. */
  cacheControl: string
}

/**
 * Reads a file of the built window by the path of its URL; null for files that do not exist, for kinds of file
 * that the window does not contain, and for every path that leads out of `root`, however it is spelt.
 * @param pathname still percent-encoded, as `URL` gives it.
 */
export async function readStaticFile(root: string, pathname: string): Promise<StaticFile | null> {
  const path = resolveInside(root, pathname)
  const contentType = path && contentTypes[extname(path)]
  if (!path || !contentType) return null
  const bytes = await readFile(path).catch(() => null)
  if (!bytes) return null
  const hashed = pathname.startsWith('/assets/')
  return { bytes, contentType, cacheControl: hashed ? 'private, max-age=31536000, immutable' : 'no-store' }
}

function resolveInside(root: string, pathname: string): string | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return null
  }
  if (/[\0\\]/.test(decoded)) return null
  const base = resolve(root)
  // A pathname begins with a slash, which `resolve` would read as the root of the file system.
  const path = join(base, decoded === '/' ? 'index.html' : decoded.replace(/^\/+/, ''))
  return path.startsWith(base + sep) ? path : null
}
