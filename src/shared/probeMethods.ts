import * as v from 'valibot'
import { linear } from './probeMethods/linear'
import { lowRank } from './probeMethods/lowRank'
import type { MethodDescriptor, MethodField, ProbeTarget } from './probeMethods/method'
import { mix } from './probeMethods/mix'
import { mlp } from './probeMethods/mlp'
import { nearest } from './probeMethods/nearest'
import { structural } from './probeMethods/structural'
import type { ReferenceKey } from './references'

/**
 * The kinds of probes, a line each, and what can be set of them: the contract, the command line, the window, sweep
 * files and methods paragraphs read it here. What is left out of a request is filled in from here, and a result keeps
 * all of it.
 */
const methods = [linear, mlp, lowRank, mix, nearest, structural] as const

type Method = (typeof methods)[number]
type SchemasIn<Methods extends readonly { schema: unknown }[]> = {
  -readonly [Index in keyof Methods]: Methods[Index]['schema']
}

export const probeMethod = v.variant(
  'kind',
  methods.map(({ schema }) => schema) as unknown as SchemasIn<typeof methods>
)

/** A probe with all of its settings. */
export type ProbeMethodOptions = v.InferOutput<typeof probeMethod>
export type ProbeKind = Method['kind']
export type OptionsOf<K extends ProbeKind> = Extract<ProbeMethodOptions, { kind: K }>
/** The kinds of probes that learn a target. */
export type KindsOf<Target extends ProbeTarget> = Extract<Method, { target: Target }>['kind']

export const probeKindNames: readonly ProbeKind[] = methods.map(({ kind }) => kind)

/** Every kind, by its name. */
export const probeKinds = Object.fromEntries(methods.map((method) => [method.kind, method])) as unknown as Record<
  ProbeKind,
  MethodDescriptor
>

/** A kind with all of its defaults. */
export function defaultMethod<K extends ProbeKind>(kind: K): OptionsOf<K> {
  return v.parse(probeMethod, { kind }) as OptionsOf<K>
}

/** The options of a kind, by the field of a request that they set. */
export function methodFields(kind: ProbeKind): [string, MethodField][] {
  return Object.entries(probeKinds[kind].fields)
}

/** Whether a probe learns syntax trees; the others learn classes. */
export function learnsTrees(options: ProbeMethodOptions): options is OptionsOf<KindsOf<'trees'>> {
  return probeKinds[options.kind].target === 'trees'
}

/** Whether the probes of a run can be asked about words that are typed later. */
export function answersLater({ kind }: Pick<ProbeMethodOptions, 'kind'>): boolean {
  return probeKinds[kind].answersLater
}

/** 'linear, L1', 'MLP 256', 'rank 10': the settings in a few words. */
export function methodTitle(options: ProbeMethodOptions): string {
  return probeKinds[options.kind].summary(options)
}

/** Whether the probe of a layer reads a mix of all layers up to it, so that its score is not that of the layer. */
export function readsLayersBelow({ kind }: Pick<ProbeMethodOptions, 'kind'>): boolean {
  return probeKinds[kind].reads === 'layersUpTo'
}

/** What the probe is and how it was trained, for a methods paragraph; sources are in it as `[key]`. */
export function methodSentence(options: ProbeMethodOptions): string {
  return probeKinds[options.kind].sentence(options)
}

/** What a paper cites for a probe. */
export function methodSources(options: ProbeMethodOptions): readonly ReferenceKey[] {
  return probeKinds[options.kind].cites(options)
}

export type { TrainingOptions } from './probeMethods/fields'
