import type { TensorArray } from '@shared/tensorData'
import type { TensorToWrite } from '../checkpoints/writeSafetensors'

/** Names of tensors that are part of a result begin so; tables that a run leaves beside it have other names. */
const prefix = 'result.'

/** What takes a tensor's place in the JSON. */
interface TensorMark {
  tensor: string
  type: 'Float32Array' | 'Int32Array' | 'Uint8Array' | 'Int16Array'
}

/** What takes the place of a number that JSON does not have. */
interface NumberMark {
  number: 'NaN' | 'Infinity' | '-Infinity'
}

/** A result as its two files hold it: JSON with marks, and the tensors that they replace. */
export function packTensors(result: unknown): { json: unknown; tensors: Record<string, TensorToWrite> } {
  const tensors: Record<string, TensorToWrite> = {}
  const pack = (value: unknown, path: string): unknown => {
    if (typeof value === 'number' && !Number.isFinite(value))
      return { number: String(value) as NumberMark['number'] } satisfies NumberMark
    if (typeof value !== 'object' || value === null) return value
    if (isTensorArray(value)) {
      const name = `${prefix}${path}`
      const data = value instanceof Float32Array || value instanceof Int32Array ? value : Int32Array.from(value)
      tensors[name] = { shape: [value.length], data }
      return { tensor: name, type: typeOf(value) } satisfies TensorMark
    }
    if (Array.isArray(value)) return value.map((inner, i) => pack(inner, `${path}[${i}]`))
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, pack(inner, path === '' ? name : `${path}.${name}`)])
    )
  }
  return { json: pack(result, ''), tensors }
}

/** The result again. @param read a tensor's values by its name */
export function unpackTensors(json: unknown, read: (name: string) => Float32Array): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map((inner) => unpackTensors(inner, read))
  if (isTensorMark(json)) {
    const values = read(json.tensor)
    switch (json.type) {
      case 'Float32Array':
        return values
      case 'Int32Array':
        return Int32Array.from(values)
      case 'Uint8Array':
        return Uint8Array.from(values)
      case 'Int16Array':
        return Int16Array.from(values)
    }
  }
  if (isNumberMark(json)) return Number(json.number)
  return Object.fromEntries(Object.entries(json).map(([name, inner]) => [name, unpackTensors(inner, read)]))
}

function isTensorArray(value: object): value is TensorArray {
  return (
    value instanceof Float32Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array ||
    value instanceof Int16Array
  )
}

function typeOf(value: TensorArray): TensorMark['type'] {
  if (value instanceof Float32Array) return 'Float32Array'
  if (value instanceof Int32Array) return 'Int32Array'
  return value instanceof Uint8Array ? 'Uint8Array' : 'Int16Array'
}

function isTensorMark(value: object): value is TensorMark {
  return 'tensor' in value && typeof value.tensor === 'string' && value.tensor.startsWith(prefix)
}

function isNumberMark(value: object): value is NumberMark {
  return 'number' in value && ['NaN', 'Infinity', '-Infinity'].includes(String(value.number))
}
