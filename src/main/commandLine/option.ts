import * as v from 'valibot'
import { defaultText, fieldFacts, rangeText, requiredText, type FieldFacts } from '@shared/fieldFacts'
import { nearest } from '@shared/nearest'
import { UserError } from '@shared/userError'
import { issueText } from './issueSentence'

/** One option of a command, declared once for the parser, the help and docs/command-line.md. */
export interface Option<T = unknown> {
  /** The placeholder of its argument, for example `FILE`; null for a switch. */
  readonly argument: string | null
  readonly description: string
  /** The allowed values, for the help; empty if any text is allowed. */
  readonly range: string
  /** Its default, as text; undefined without one. */
  readonly default: string | undefined
  readonly repeatable: boolean
  readonly required: boolean
  /** For an option with an optional argument: what it means without one, and which texts are valid arguments. */
  readonly alone: { readonly means: string; readonly argument: RegExp } | null
  /** Whether it names a file that will be written. */
  readonly writes: boolean
  /** The heading it is listed under; empty for the first group. */
  readonly group: string
  /**
   * @param texts the typed arguments, one for each time the option was given
   * @param name as typed, without the dashes
   * @param command the command's name, for the error
   * @throws UserError naming the option and its allowed values
   */
  read(texts: readonly string[], name: string, command: string): T
}

export type Options = Readonly<Record<string, Option>>
export type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never }

/** True when it is given. */
export function flag(description: string): Option<boolean> {
  return { ...plain(null, description), read: (texts) => texts.length > 0 }
}

/** Any text: a path, a name, a sentence. */
export function text(argument: string, description: string): Option<string | undefined> {
  return {
    ...plain(argument, description),
    read: ([given], name) => {
      if (given === '') throw new UserError(`--${name} is empty.`)
      return given
    }
  }
}

/** A file to write, or `-` for standard output where the description says so. */
export function output(argument: string, description: string): Option<string | undefined> {
  return { ...text(argument, description), writes: true }
}

/** A number with the limits and the default of a field of the contract. */
export function number(
  field: v.GenericSchema,
  argument: string,
  description: string,
  read: (text: string) => number = plainNumber
): Option<number | undefined> {
  const facts = fieldFacts(field)
  return {
    ...limited(facts, argument, description),
    read: ([given], name) => {
      if (given === undefined) return undefined
      const value = read(given)
      if (Number.isNaN(value) || (facts.whole && !Number.isInteger(value)))
        throw new UserError(`--${name} is '${given}'; it must be ${requiredText(facts)}.`)
      return checked(field, value, given, name) as number
    }
  }
}

/** Comma-separated numbers. @param read parses one of them; plain numbers by default */
export function numbers(
  field: v.GenericSchema,
  argument: string,
  description: string,
  read: (text: string) => number = plainNumber
): Option<number[] | undefined> {
  const facts = fieldFacts(field)
  return {
    ...limited(facts, argument, description),
    read: ([given], name) => {
      if (given === undefined) return undefined
      const values = given.trim() === '' ? [] : given.split(',').map(read)
      if (values.some(Number.isNaN)) throw new UserError(`--${name} is '${given}'; it takes ${requiredText(facts)}.`)
      return checked(field, values, given, name) as number[]
    }
  }
}

/** One of several words. */
export function choice<T extends string>(
  choices: readonly T[],
  argument: string,
  description: string
): Option<T | undefined> {
  return {
    ...limited({ choices }, argument, description),
    read: ([given], name) => (given === undefined ? undefined : chosen(choices, given, name))
  }
}

/** Comma-separated words. */
export function words(argument: string, description: string): Option<string[] | undefined> {
  return {
    ...plain(argument, description),
    read: ([given], name) => {
      const all = given?.split(',').map((word) => word.trim())
      if (all?.includes('')) throw new UserError(`--${name} is '${given}'; there is nothing between two commas.`)
      return all
    }
  }
}

/** An option for a field of the contract: a choice, a number or a list of numbers. */
export function fromField(
  field: v.GenericSchema,
  argument: string,
  description: string,
  read?: (text: string) => number
): Option {
  const { choices, item } = fieldFacts(field)
  if (choices) return choice(choices, argument, description)
  return item ? numbers(field, argument, description, read) : number(field, argument, description, read)
}

/** Text parsed by a function of the command. @param range the allowed values, for the help */
export function parsed<T>(
  argument: string,
  description: string,
  range: string,
  read: (text: string, name: string) => T
): Option<T | undefined> {
  return {
    ...plain(argument, description),
    range,
    read: ([given], name) => (given === undefined ? undefined : read(given, name))
  }
}

/** Makes `read` throw a UserError when the option is missing. */
export function required<T>(option: Option<T>): Option<NonNullable<T>> {
  return {
    ...option,
    required: true,
    read: (texts, name, command) => need(command, name, texts.length > 0 ? option.read(texts, name, command) : null)
  }
}

/** @param fallback its default, as text */
export function withDefault<T>(option: Option<T>, fallback: string): Option<NonNullable<T>> {
  return {
    ...option,
    default: fallback,
    read: (texts, name, command) =>
      need(command, name, option.read(texts.length > 0 ? texts : [fallback], name, command))
  }
}

/** May be given several times. */
export function repeated<T>(option: Option<T>): Option<NonNullable<T>[]> {
  return {
    ...option,
    repeatable: true,
    read: (texts, name, command) => texts.map((given) => need(command, name, option.read([given], name, command)))
  }
}

/**
 * Makes the argument optional.
 * @param means what the option means without it
 * @param argument which texts are valid arguments; any other is taken as the next word of the command
 */
export function withOptionalArgument<T>(option: Option<T>, means: string, argument: RegExp): Option<T> {
  return { ...option, alone: { means, argument } }
}

/** Lists options under a heading of their own. */
export function group<O extends Options>(heading: string, options: O): O {
  const grouped = Object.entries(options).map(([name, option]) => [name, { ...option, group: heading }])
  return Object.fromEntries(grouped) as O
}

/** @throws UserError naming the option that is missing */
export function need<T>(command: string, name: string, value: T): NonNullable<T> {
  if (value !== undefined && value !== null) return value
  throw new UserError(`--${name} is missing. \`layerscope ${command} --help\` shows examples.`)
}

/** @throws UserError naming the option and its allowed values */
export function chosen<T extends string>(choices: readonly T[], given: string, name: string): T {
  const match = choices.find((candidate) => candidate === given)
  if (match) return match
  const meant = nearest(given, choices)
  throw new UserError(
    `--${name} is '${given}'; it can be ${choices.join(', ')}.${meant ? ` Did you mean ${meant}?` : ''}`
  )
}

/** '3', '0.25', '1e-3'; NaN for anything else. */
export function plainNumber(given: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given.trim()) ? Number(given) : Number.NaN
}

/** '1/64' or '0.25'; NaN for anything else. */
export function fraction(given: string): number {
  const parts = given.split('/').map(plainNumber)
  return parts.length > 2 ? Number.NaN : parts[0]! / (parts[1] ?? 1)
}

function checked(field: v.GenericSchema, value: unknown, given: string, name: string): unknown {
  const result = v.safeParse(field, value)
  if (result.success) return result.output
  const [issue] = result.issues
  const item =
    Array.isArray(value) && value.includes(issue.input) && value.length > 1 ? `, not ${String(issue.input)}` : ''
  throw new UserError(`--${name} is ${given}; ${issueText(issue)}${item}.`)
}

function plain(argument: string | null, description: string) {
  return {
    argument,
    description,
    range: '',
    default: undefined,
    repeatable: false,
    required: false,
    alone: null,
    writes: false,
    group: ''
  }
}

function limited(facts: FieldFacts, argument: string, description: string) {
  const fallback = facts.default === undefined ? undefined : defaultText(facts.default)
  return { ...plain(argument, description), range: rangeText(facts), default: fallback }
}
