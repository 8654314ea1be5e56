import { Command as Parser, CommanderError, Option as ParserOption } from 'commander'
import { nearest } from '@shared/nearest'
import { UserError } from '@shared/userError'
import { helpText, signature, type HelpParts } from './help'
import type { Options, Values } from './option'
import { checkDistinct, checkWritable, Report } from './report'

/** A command in the list of all: adding one is a file in `commands/` and a line in `commands/index.ts`. */
export interface CommandEntry {
  name: string
  /** One line for the list. */
  summary: string
  /** Imports the file, so that help and refusals need not wait for the engine. */
  load(): Promise<Command>
}

/** One verb of the command line. */
export interface Command {
  name: string
  /** The whole help text. */
  help(): string
  options: Options
  /** Printed after Ctrl-C: what is kept, and how to resume. */
  resume: string
  /** Parses the parameters without running anything. @throws UserError for an unknown option or argument */
  check(parameters: readonly string[]): void
  /** Returns the exit code; a `UserError` is printed as a sentence and ends with 1. */
  run(parameters: readonly string[]): Promise<number>
}

/** What a command is given to run. */
export interface Given<O extends Options> {
  values: Values<O>
  /** Arguments typed without an option. */
  arguments: readonly string[]
  /** Names of the options that were typed. */
  typed: readonly string[]
  report: Report
}

export interface CommandSpec<O extends Options> extends Omit<HelpParts, 'arguments' | 'options'> {
  arguments?: readonly Argument[]
  options: O
  /** Printed after Ctrl-C. */
  resume?: string
  /** Returns the exit code. */
  run(given: Given<O>): number | Promise<number>
}

interface Argument {
  name: string
  description: string
  /** Whether there may be more than one. */
  several?: boolean
  /** The error when it is missing; undefined for an optional argument. */
  missing?: string
}

const usualResume = 'Computed word vectors are kept; run the same command again to resume.'

/** A command whose options are declared once. */
export function defineCommand<O extends Options>(spec: CommandSpec<O>): Command {
  const { name, options } = spec
  const read = (parameters: readonly string[]): Omit<Given<O>, 'report'> => readParameters(spec, parameters)
  return {
    name,
    options,
    help: () => helpText(spec),
    resume: spec.resume ?? usualResume,
    check: (parameters) => void read(parameters),
    async run(parameters) {
      const given = read(parameters)
      checkOutputs(options, given)
      const report = new Report()
      const code = await spec.run({ ...given, report })
      return report.failed ? 1 : code
    }
  }
}

/** @throws UserError for an output that cannot be written, or that is read or written by another option as well */
function checkOutputs<O extends Options>(options: O, { values, arguments: names }: Omit<Given<O>, 'report'>): void {
  const outputs = new Map<string, string>()
  const inputs = new Map<string, readonly string[]>([['the command', names]])
  for (const [key, option] of Object.entries(options)) {
    const value: unknown = values[key]
    const paths = (Array.isArray(value) ? value : [value]).filter((path) => typeof path === 'string')
    if (!option.writes) inputs.set(`--${key}`, paths)
    else for (const path of paths) if (path !== '-') outputs.set(key, path)
  }
  checkDistinct(outputs, inputs)
  for (const [key, path] of outputs) checkWritable(key, path)
}

function readParameters<O extends Options>(
  { name, options, arguments: expected = [] }: CommandSpec<O>,
  parameters: readonly string[]
): Omit<Given<O>, 'report'> {
  const names = Object.keys(options)
  const help = `\`layerscope ${name} --help\` lists the options.`
  const typed = new Map<string, string[]>()
  const parser = new Parser(name).exitOverride().helpOption(false).argument('[arguments...]')
  parser.configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
  for (const [key, option] of Object.entries(options)) {
    const flags = `--${key}${option.argument === null ? '' : ' <value>'}`
    const add = (value: string): string => (typed.set(key, [...(typed.get(key) ?? []), value]), value)
    const declared = new ParserOption(flags)
    parser.addOption(option.argument === null ? declared : declared.argParser(add))
    if (option.argument === null) parser.on(`option:${declared.name()}`, () => add(''))
  }
  try {
    parser.parse(joined(parameters, options), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const option = /'(-[^ ']*)/.exec(error.message)?.[1] ?? ''
    if (error.code === 'commander.optionMissingArgument') throw missingValue(option.slice(2), options, help)
    const meant = nearest(
      option,
      names.map((key) => `--${key}`)
    )
    throw new UserError(`Unknown option '${option}'${meant ? `; did you mean ${meant}?` : '.'} ${help}`)
  }
  for (const [key, texts] of typed) {
    const swallowed = texts.some((value) => value.startsWith('--') && names.includes(value.slice(2).split('=')[0]!))
    if (swallowed) throw missingValue(key, options, help)
    if (texts.length > 1 && !options[key]!.repeatable)
      throw new UserError(`--${key} is given ${texts.length} times; it can be given once.`)
  }
  checkArguments(parser.args, expected, names, help)
  const values = Object.fromEntries(
    Object.entries(options).map(([key, option]) => [key, option.read(typed.get(key) ?? [], key, name)])
  )
  return { values: values as Values<O>, arguments: parser.args, typed: [...typed.keys()] }
}

function checkArguments(
  given: readonly string[],
  expected: readonly Argument[],
  names: readonly string[],
  help: string
): void {
  const missing = expected.slice(given.length).find((argument) => argument.missing !== undefined)
  if (missing) throw new UserError(missing.missing!)
  if (given.length <= expected.length || expected.at(-1)?.several) return
  const stray = given[expected.length]!
  const meant = nearest(
    `--${stray}`,
    names.map((key) => `--${key}`)
  )
  throw new UserError(
    `'${stray}' was not expected${meant ? `; did you mean ${meant}?` : ': an option comes before its value.'} ${help}`
  )
}

function missingValue(key: string, options: Options, help: string): UserError {
  const option = options[key]
  return new UserError(`--${key} needs a value${option ? `: ${signature(key, option)}` : ''}. ${help}`)
}

/** An option with an optional argument takes the next word only if it is valid as that argument. */
function joined(parameters: readonly string[], options: Options): string[] {
  const result: string[] = []
  for (let i = 0; i < parameters.length; i++) {
    const word = parameters[i]!
    if (word === '--') return [...result, ...parameters.slice(i)]
    const alone = word.startsWith('--') ? options[word.slice(2)]?.alone : undefined
    if (!alone) result.push(word)
    else if (alone.argument.test(parameters[i + 1] ?? '')) result.push(`${word}=${parameters[++i]!}`)
    else result.push(`${word}=${alone.means}`)
  }
  return result
}
