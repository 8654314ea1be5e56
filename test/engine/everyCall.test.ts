import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { calls, type CallName, type EngineCallName } from '@shared/contract'
import { parseCall } from '@shared/rpc/dispatch'
import { serve, createCaller, type Caller } from '@shared/rpc/peer'
import type { Frame, Pipe } from '@shared/rpc/frames'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { engineHandlers } from '../../src/main/engine/engine'
import { createServices } from '../../src/main/engine/services'

const engineCalls = (Object.keys(calls) as CallName[]).filter((name) => calls[name].where === 'engine')

/** Calls that would set something up or download it; they get wrong inputs only. */
const withoutEffects = engineCalls.filter(
  (name) => !['device.provision', 'device.retry', 'device.useGpu', 'device.useWebGpu'].includes(name)
)

/** A part of a valibot schema as far as examples need it. */
interface Schema {
  type: string
  entries?: Record<string, Schema>
  wrapped?: Schema
  item?: Schema
  items?: Schema[]
  options?: unknown[]
  literal?: unknown
  value?: Schema
  key?: Schema
  class?: new (length: number) => unknown
  pipe?: { type: string; requirement?: unknown }[]
}

/**
 * All inputs of the shape that a schema describes, one for each option of a choice: numbers are the smallest allowed
 * ones, and texts name what is not there.
 */
function examples(schema: Schema): unknown[] {
  const requirement = (type: string): number | undefined =>
    schema.pipe?.find((step) => step.type === type)?.requirement as number | undefined
  switch (schema.type) {
    case 'strict_object':
    case 'object':
    case 'loose_object':
      return Object.entries(schema.entries!).reduce<Record<string, unknown>[]>(
        (all, [name, field]) => {
          const values = examples(field)
          // Every option of each field once, not all of their combinations.
          return Array.from({ length: Math.max(all.length, values.length) }, (_, i) => ({
            ...all[i % all.length],
            [name]: values[i % values.length]
          }))
        },
        [{}]
      )
    case 'string':
      return ['not-there']
    case 'number':
      return [requirement('min_value') ?? 0]
    case 'boolean':
      return [false, true]
    case 'literal':
      return [schema.literal]
    case 'picklist':
      return schema.options!
    case 'array':
      return examples(schema.item!).map((item) => Array.from({ length: requirement('min_length') ?? 1 }, () => item))
    case 'tuple':
    case 'strict_tuple':
      return [schema.items!.map((item) => examples(item)[0])]
    case 'record':
      return examples(schema.value!).map((value) => ({ key: value }))
    case 'optional':
    case 'nullable':
    case 'nullish':
      return [...examples(schema.wrapped!), schema.type === 'nullable' ? null : undefined]
    case 'variant':
    case 'union':
      return (schema.options as Schema[]).flatMap(examples)
    case 'instance':
      return [new schema.class!(1)]
    case 'null':
      return [null]
    case 'unknown':
      return ['text', 1, null]
    default:
      throw new Error(`The test has no example of '${schema.type}'.`)
  }
}

/** The same with one field gone, or of another type, or out of any range; unknown fields as well. */
function wrong(input: unknown): unknown[] {
  const fields = Object.keys(input as object)
  const values = [
    null,
    undefined,
    NaN,
    -1,
    1e300,
    'x'.repeat(100_000),
    [],
    {},
    '\u001b[31m',
    [[]],
    { kind: 'constructor' }
  ]
  return [
    ...[null, undefined, 5, 'text', [], [null], new Float32Array(2)],
    { ...(input as object), constructor: 1 },
    ...fields.flatMap((field) => values.map((value) => ({ ...(input as object), [field]: value })))
  ]
}

const folder = mkdtempSync(join(tmpdir(), 'layerscope-every-'))
const before = { ...process.env }
let caller: Caller

beforeAll(async () => {
  process.env.LAYERSCOPE_CACHE = join(folder, 'cache')
  process.env.HF_HUB_CACHE = join(folder, 'hub')
  process.env.HF_HUB_OFFLINE = '1'
  await pickBackend()
  const services = createServices(() => undefined, join(folder, 'results'), undefined, join(folder, 'jobs'))
  const handlers = engineHandlers(services)
  const ends: ((frame: Frame) => void)[] = []
  const end = (own: number): Pipe => ({
    send: (frame) => queueMicrotask(() => ends[1 - own]!(frame)),
    onFrame: (listener) => void (ends[own] = listener),
    onClose: () => undefined
  })
  serve(end(0), (name, input) => {
    const call = parseCall(name, input)
    return (handlers[call.name as EngineCallName] as (given: unknown) => Promise<unknown>)(call.input)
  })
  caller = createCaller(end(1))
})
afterAll(() => {
  process.env = before
  rmSync(folder, { recursive: true, force: true })
})

/** What is wrong with an answer: everything but a result and a readable sentence. */
async function defectOf(name: string, input: unknown): Promise<string | null> {
  try {
    await caller.call(name, input)
    return null
  } catch (error) {
    const { name: kind, message } = error as Error
    const sentence = (kind === 'UserError' || kind === 'JobCancelled') && /^[^\p{Cc}]{10,2000}$/su.test(message)
    return sentence ? null : `${name} ${JSON.stringify(input)?.slice(0, 300)}: ${kind}: ${message.slice(0, 300)}`
  }
}

const inputOf = (name: CallName): Schema => calls[name].input as v.GenericSchema as unknown as Schema

test.each(withoutEffects)('%s says in a sentence that what it is asked about is not there', async (name) => {
  const defects = await Promise.all(examples(inputOf(name)).map((input) => defectOf(name, input)))
  expect(defects.filter((defect) => defect !== null)).toEqual([])
})

test.each(engineCalls)('%s answers wrong input with a sentence', async (name) => {
  const [input] = examples(inputOf(name))
  const inputs = withoutEffects.includes(name) ? wrong(input) : wrong(input).filter((given) => !parses(name, given))
  const defects: (string | null)[] = []
  for (const given of inputs) defects.push(await defectOf(name, given))
  expect(defects.filter((defect) => defect !== null)).toEqual([])
})

function parses(name: string, input: unknown): boolean {
  try {
    parseCall(name, input)
    return true
  } catch {
    return false
  }
}
