import * as v from 'valibot'
import type { MethodField } from '../probeMethods/method'
import type { ReferenceKey } from '../references'

type SchemasOf<Fields extends Record<string, MethodField>> = { [Name in keyof Fields]: Fields[Name]['schema'] }

type AdaptSchema<Kind extends string, Fields extends Record<string, MethodField>> = v.StrictObjectSchema<
  { kind: v.LiteralSchema<Kind, undefined> } & SchemasOf<Fields>,
  undefined
>

/** Everything that is known of a way to adapt a model without training one. */
export interface AdaptDescriptor<
  Kind extends string = string,
  Fields extends Record<string, MethodField> = Record<string, MethodField>
> {
  kind: Kind
  title: string
  /** What trains, and when to choose it. */
  explanation: string
  /** What is usual: learning rates of the model's weights and of its head, epochs, and sentences of a batch. */
  usual: { model: number; head: number; epochs: number; batch: number }
  /** Whether anything of the model trains; otherwise its hidden states are computed once. */
  trainsModel: boolean
  /** Whether the model is the teacher, and a smaller one is trained. */
  teaches?: boolean
  fields: Fields
  schema: AdaptSchema<Kind, Fields>
  /** What was set, in a few words: 'full', 'adapters of 64', 'LoRA of rank 8'. */
  summary(options: v.InferOutput<AdaptSchema<Kind, Fields>>): string
  /** For a methods paragraph; sources are in it as `[key]`, keys of `references.ts`. */
  sentence(options: v.InferOutput<AdaptSchema<Kind, Fields>>): string
  cites: readonly ReferenceKey[]
}

/** A way to adapt a model; the schema of a request is made of its fields. */
export function describeAdaptation<const Kind extends string, Fields extends Record<string, MethodField>>(
  method: Omit<AdaptDescriptor<Kind, Fields>, 'schema'>
): AdaptDescriptor<Kind, Fields> {
  const schemas = Object.fromEntries(
    Object.entries(method.fields).map(([name, { schema }]) => [name, schema])
  ) as SchemasOf<Fields>
  return { ...method, schema: v.strictObject({ kind: v.literal(method.kind), ...schemas }) }
}
