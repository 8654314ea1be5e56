import { existsSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { adaptKindNames, adaptMethod, defaultAdaptation, type AdaptMethodOptions } from '@shared/adaptMethods'
import { pool, seed } from '@shared/fields'
import { finetunePresetNames, finetunePresets } from '@shared/finetunePresets'
import type { FinetuneOptions } from '@shared/finetuneRequests'
import { defaultMethod, probeKindNames, probeMethod, type ProbeMethodOptions } from '@shared/probeMethods'
import { probePresets, type PresetName } from '@shared/probePresets'
import { probeOptions } from '@shared/probeRequests'
import { resultTitles, type ResultKindId } from '@shared/results'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import { readYaml } from './readYaml'

const text = v.pipe(v.string(), v.minLength(1))
const whole = v.pipe(v.number(), v.integer(), v.minValue(1))
const some = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.minLength(1))

const model = v.union(
  [
    v.pipe(
      text,
      v.transform((path) => ({ path, untrained: null as number | null }))
    ),
    v.strictObject({ path: text, untrained: v.optional(v.nullable(seed), null) })
  ],
  'a path or name, or { path, untrained }'
)

const data = v.union(
  [
    v.strictObject({ name: v.optional(text), train: text, test: text }),
    v.strictObject({
      name: v.optional(text),
      paths: some(text),
      trainSplit: v.optional(text),
      testSplit: v.optional(text)
    })
  ],
  '{ train, test } with a file each, or { paths, trainSplit, testSplit }'
)

const recipe = v.strictObject({ recipe: v.picklist(Object.keys(probePresets) as PresetName[]) })
const kindAlone = v.pipe(
  v.picklist(probeKindNames),
  v.transform((kind): ProbeMethodOptions => defaultMethod(kind))
)

const finetuneRecipe = v.strictObject({ recipe: v.picklist(finetunePresetNames) })
const adaptKind = v.pipe(
  v.picklist(adaptKindNames),
  v.transform((kind): AdaptMethodOptions => defaultAdaptation(kind))
)

const sweepFile = v.strictObject({
  /** Results are kept under it. */
  name: text,
  models: some(model),
  data: some(data),
  /** Of probes and methods. */
  tasks: v.optional(v.array(text), []),
  /** A kind, a kind with options as a result keeps them, or a recipe. */
  probes: v.optional(v.array(v.unknown()), []),
  /** Ways to adapt the models: a method, a method with options as a result keeps them, or a recipe. */
  methods: v.optional(v.array(v.unknown()), []),
  /** Training sentences of the methods; all when left out. */
  sizes: v.optional(some(v.nullable(whole)), [null]),
  /** Further options of the methods, by the names of a result's settings: epochs, learningRate, ... */
  training: v.optional(v.record(text, v.unknown()), {}),
  /** Results of any other kind, once for each model, data set and seed; options by the names of a result's settings. */
  units: v.optional(
    v.array(v.looseObject({ kind: v.picklist(Object.keys(resultTitles) as ResultKindId[]), title: v.optional(text) })),
    []
  ),
  pools: v.optional(some(pool), ['first']),
  /** Every layer when left out. */
  layers: v.optional(v.nullable(some(v.pipe(v.number(), v.integer(), v.minValue(0)))), null),
  seeds: v.optional(some(seed), [1]),
  control: v.optional(v.boolean(), true),
  codelength: v.optional(v.boolean(), false),
  restarts: v.optional(whole, 1),
  /** Values of C, or of options by their names: probes that have them take the best on held-out training sentences. */
  tune: probeOptions.entries.tune,
  span: v.optional(v.picklist(['mean', 'ends'])),
  maxTrainWords: v.optional(v.nullable(whole), null),
  maxTestWords: v.optional(v.nullable(whole), null),
  /** Whether limits take the first words of a part instead of drawing with the seed. */
  inOrder: v.optional(v.boolean(), false)
})

export type SweepFile = Omit<v.InferOutput<typeof sweepFile>, 'probes' | 'methods'> & {
  probes: ProbeMethodOptions[]
  methods: Partial<FinetuneOptions>[]
}

/**
 * Reads a sweep, as YAML or JSON: models x data x tasks x pools x probes x seeds, and models x data x tasks x methods x
 * sizes x seeds. Paths are relative to the file.
 * @throws UserError naming the line that is not YAML, or the field that is not understood
 */
export function readSweep(path: string): SweepFile {
  if (!existsSync(path))
    throw new UserError(`There is no file ${path}. \`layerscope sweep --help\` shows an example of one.`)
  const file = basename(path)
  const sweep = parsed(file, '', sweepFile, readYaml(path))
  const folder = dirname(resolve(path))
  const { probes, methods, units, tasks } = sweep
  if (probes.length + methods.length + units.length === 0)
    throw new UserError(`${file}: names no probes, methods or units. \`layerscope sweep --help\` shows an example.`)
  if (probes.length + methods.length > 0 && tasks.length === 0)
    throw new UserError(`${file}, tasks: is missing. \`layerscope sweep --help\` shows an example.`)
  return {
    ...sweep,
    units: units.map((unit) =>
      typeof unit['path'] === 'string' ? { ...unit, path: beside(folder, unit['path']) } : unit
    ),
    methods: sweep.methods.map((method, i) => methodOf(file, `methods[${i}]`, method)),
    probes: sweep.probes.map((probe, i) => probeOf(file, `probes[${i}]`, probe)),
    models: sweep.models.map((one) => ({ ...one, path: beside(folder, one.path) })),
    data: sweep.data.map((one) =>
      'paths' in one
        ? { ...one, paths: one.paths.map((each) => resolve(folder, each)) }
        : { ...one, train: resolve(folder, one.train), test: resolve(folder, one.test) }
    )
  }
}

function probeOf(file: string, place: string, given: unknown): ProbeMethodOptions {
  if (typeof given === 'string') return parsed(file, place, kindAlone, given)
  if (typeof given === 'object' && given !== null && 'recipe' in given)
    return probePresets[parsed(file, place, recipe, given).recipe].probe
  return parsed(file, place, probeMethod, given)
}

function methodOf(file: string, place: string, given: unknown): Partial<FinetuneOptions> {
  if (typeof given === 'string') return { method: parsed(file, place, adaptKind, given) }
  if (typeof given === 'object' && given !== null && 'recipe' in given)
    return finetunePresets[parsed(file, place, finetuneRecipe, given).recipe].options
  return { method: parsed(file, place, adaptMethod, given) }
}

/** A model may be a name in the cache, which is not a path relative to the file. */
function beside(folder: string, path: string): string {
  const full = resolve(folder, path)
  return existsSync(full) ? full : path
}

function parsed<Schema extends v.GenericSchema>(
  file: string,
  place: string,
  schema: Schema,
  value: unknown
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const issue = result.issues[0]
  const inside = (issue.path ?? []).reduce(
    (sum, { key }) => (typeof key === 'number' ? `${sum}[${key}]` : sum === '' ? String(key) : `${sum}.${String(key)}`),
    place
  )
  throw new UserError(
    `${file}, ${inside || 'at the top'}: ${reasonOf(issue)}. \`layerscope sweep --help\` shows an example.`
  )
}

function reasonOf({ expected, received, message }: v.BaseIssue<unknown>): string {
  if (received === 'undefined') return 'is missing'
  if (expected === 'never') return 'is not known here'
  return message.startsWith('Invalid') && expected ? `is ${received}; it must be ${expected}` : `must be ${message}`
}
