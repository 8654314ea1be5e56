import * as v from 'valibot'
import { adapters } from './adaptMethods/adapters'
import { bilstm } from './adaptMethods/bilstm'
import { bitfit } from './adaptMethods/bitfit'
import { chainThaw } from './adaptMethods/chainThaw'
import { distillation } from './adaptMethods/distillation'
import { features } from './adaptMethods/features'
import { frozen } from './adaptMethods/frozen'
import { full } from './adaptMethods/full'
import { gradual } from './adaptMethods/gradual'
import { lora } from './adaptMethods/lora'
import type { AdaptDescriptor } from './adaptMethods/method'

/**
 * The ways to adapt a model, a line each: the contract, the command line, the window and methods paragraphs read them
 * here. What trains when is a file of the same name in engine/training/methods.
 */
const methods = [features, full, frozen, gradual, chainThaw, adapters, lora, bitfit, distillation, bilstm] as const

type Method = (typeof methods)[number]
type SchemasIn<Methods extends readonly { schema: unknown }[]> = {
  -readonly [Index in keyof Methods]: Methods[Index]['schema']
}

export const adaptMethod = v.variant(
  'kind',
  methods.map(({ schema }) => schema) as unknown as SchemasIn<typeof methods>
)

/** A way to adapt a model with all of its settings. */
export type AdaptMethodOptions = v.InferOutput<typeof adaptMethod>
export type AdaptKind = Method['kind']
export type AdaptOptionsOf<K extends AdaptKind> = Extract<AdaptMethodOptions, { kind: K }>

export const adaptKindNames: readonly AdaptKind[] = methods.map(({ kind }) => kind)

/** Every way, by its name. */
export const adaptKinds = Object.fromEntries(methods.map((method) => [method.kind, method])) as unknown as Record<
  AdaptKind,
  AdaptDescriptor
>

/** A way with all of its defaults. */
export function defaultAdaptation<K extends AdaptKind>(kind: K): AdaptOptionsOf<K> {
  return v.parse(adaptMethod, { kind }) as AdaptOptionsOf<K>
}

/** 'full', 'adapters of 48': the settings in a few words. */
export function adaptTitle(options: AdaptMethodOptions): string {
  return adaptKinds[options.kind].summary(options)
}
