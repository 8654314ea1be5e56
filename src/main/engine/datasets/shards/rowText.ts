import type { ClassNames } from './rowFile'

/**
 * A row as a line of JSON Lines, so that whatever reads those reads rows. Structs become columns with dotted names
 * (`translation.en`) and lists of structs structs of lists, as Hugging Face's library has both. Numbers of classes
 * become their names; -1 and NaN become null. Bytes, as of pictures, become an object, from which no column is made.
 */
export function rowText(row: Readonly<Record<string, unknown>>, classNames: ClassNames): string {
  const fields: string[] = []
  const add = (name: string, value: unknown): void => {
    const plain = plainValue(value)
    if (isStruct(plain)) for (const [key, inner] of Object.entries(plain)) add(`${name}.${key}`, inner)
    else fields.push(`${JSON.stringify(name)}:${jsonOf(plain, classNames.get(name))}`)
  }
  for (const [name, value] of Object.entries(row)) add(name, value)
  return `{${fields.join(',')}}`
}

type Struct = Readonly<Record<string, unknown>>

/** Values of both libraries as lists, structs and single values. */
function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as unknown as ArrayLike<unknown>)
  const list = Array.isArray(value) ? value : Symbol.iterator in value && 'length' in value ? listOf(value) : null
  if (!list) return structOf(value)
  const entries = list.map(plainValue)
  const structs = entries.filter(isStruct)
  if (structs.length === 0 || structs.length < entries.length) return entries
  const names = [...new Set(structs.flatMap((struct) => Object.keys(struct)))]
  return Object.fromEntries(names.map((name) => [name, structs.map((struct) => struct[name] ?? null)]))
}

/** A vector of Arrow. */
function listOf(value: object): unknown[] {
  return Array.from(value as Iterable<unknown>)
}

/** A struct or a map of either library. */
function structOf(value: object): Struct {
  return 'toJSON' in value && typeof value.toJSON === 'function'
    ? ((value.toJSON as () => unknown)() as Struct)
    : (value as Struct)
}

function isStruct(value: unknown): value is Struct {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  )
}

function jsonOf(value: unknown, names: readonly string[] | undefined): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return `[${value.map((entry) => jsonOf(plainValue(entry), names)).join(',')}]`
  if (typeof value === 'bigint' || typeof value === 'number') {
    if (names) return Number(value) < 0 ? 'null' : JSON.stringify(names[Number(value)] ?? String(value))
    return Number.isNaN(value) ? 'null' : String(value)
  }
  if (value instanceof Uint8Array) return `{"bytes":${value.length}}`
  if (isStruct(value))
    return `{${Object.entries(value)
      .map(([key, inner]) => `${JSON.stringify(key)}:${jsonOf(plainValue(inner), undefined)}`)
      .join(',')}}`
  return JSON.stringify(value)
}
