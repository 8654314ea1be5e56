import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 192 random bits, safe in a URL and in a cookie. */
export function newToken(): string {
  return randomBytes(24).toString('base64url')
}

/** Compares in constant time, whatever the lengths and wherever the first difference is. */
export function sameToken(ours: string, theirs: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(ours), digest(theirs))
}
