import { isRef, toRaw } from 'vue'

/**
 * The value without Vue's proxies, which structured clone, and with it Electron's bridge, refuses.
 * @param value plain objects and lists are copied, at any depth; typed arrays, files and the like are passed on
 */
export function plain(value: unknown): unknown {
  const raw: unknown = isRef(value) ? value.value : toRaw(value)
  if (raw !== value) return plain(raw)
  if (Array.isArray(raw)) return raw.map(plain)
  if (typeof raw !== 'object' || raw === null || !isPlainObject(raw)) return raw
  return Object.fromEntries(Object.entries(raw).map(([name, part]) => [name, plain(part)]))
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
