import * as v from 'valibot'
import type { ReferenceKey } from '../references'

/** One option of a probe: its schema, and how the window and the command line ask for it. */
export interface MethodField<Schema extends v.GenericSchema = v.GenericSchema> {
  /** With its default, unless it must be given. */
  schema: Schema
  /** Its name on the command line, without the dashes. */
  flag: string
  /** Its name in the window. */
  label: string
  /** What it is. */
  hint: string
  /** What it can be, for the sentence that refuses anything else: 'a share from 0 to below 1'. */
  range: string
  /** What is typed: a number, several with commas between them, or the name of a choice. */
  type: 'number' | 'numbers' | 'choice'
  /** Of the type `choice`. */
  choices?: readonly { value: string; title: string; hint: string }[]
  /** Whether the window offers it; what the window does not offer keeps its default. */
  inWindow: boolean
  /** Whether its value can be chosen on items that are held out of training. */
  tunable?: boolean
}

type SchemasOf<Fields extends Record<string, MethodField>> = { [Name in keyof Fields]: Fields[Name]['schema'] }

type MethodSchema<Kind extends string, Fields extends Record<string, MethodField>> = v.StrictObjectSchema<
  { kind: v.LiteralSchema<Kind, undefined> } & SchemasOf<Fields>,
  undefined
>

/** What a kind of probe learns: the class of an item, or the syntax tree of a sentence. */
export type ProbeTarget = 'classes' | 'trees'

interface MethodTexts<Options> {
  title: string
  /** When to choose it. */
  explanation: string
  /** What was set, in a few words: 'linear, L1', 'MLP 256', 'rank 10'. */
  summary(options: Options): string
  /** Further settings that tell runs apart: 'C = 1'; left out where the summary says enough. */
  settings?(options: Options): string
  /** For a methods paragraph; sources are in it as `[key]`, keys of `references.ts`. */
  sentence(options: Options): string
  /** What such a paragraph cites. */
  cites(options: Options): readonly ReferenceKey[]
}

/** Everything that is known of a kind of probe without training one. */
export interface MethodDescriptor<
  Kind extends string = string,
  Target extends ProbeTarget = ProbeTarget,
  Fields extends Record<string, MethodField> = Record<string, MethodField>
> extends MethodTexts<v.InferOutput<MethodSchema<Kind, Fields>>> {
  kind: Kind
  target: Target
  /** What the probe of layer L reads: that layer alone, or a mix of all layers up to it. */
  reads: 'layer' | 'layersUpTo'
  /** Whether the probes of a run can be asked about words that are typed later. */
  answersLater: boolean
  fields: Fields
  schema: MethodSchema<Kind, Fields>
}

/** A kind of probe; the schema of a request is made of its fields. */
export function describeMethod<
  const Kind extends string,
  const Target extends ProbeTarget,
  Fields extends Record<string, MethodField>
>(method: Omit<MethodDescriptor<Kind, Target, Fields>, 'schema'>): MethodDescriptor<Kind, Target, Fields> {
  const schemas = Object.fromEntries(
    Object.entries(method.fields).map(([name, { schema }]) => [name, schema])
  ) as SchemasOf<Fields>
  return { ...method, schema: v.strictObject({ kind: v.literal(method.kind), ...schemas }) }
}

export const positive = (most: number) => v.pipe(v.number(), v.gtValue(0), v.maxValue(most))
export const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
export const share = (below: number) => v.pipe(v.number(), v.minValue(0), v.ltValue(below))
