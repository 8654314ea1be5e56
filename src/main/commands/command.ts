import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UserError } from '@shared/userError'

/** One verb of the command line: adding one is a file beside this and a line in `cli.ts`. */
export interface Command {
  name: string
  /** One line for the list of commands. */
  summary: string
  help: string
  /** Returns the exit code; a `UserError` is printed as a sentence and ends with 1. */
  run(parameters: readonly string[]): Promise<number>
}

type Options = NonNullable<ParseArgsConfig['options']>

/** `parseArgs` with its errors as sentences that say where to look. */
export function readArguments<T extends Options>(command: string, parameters: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...parameters], options, allowPositionals: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error)
    throw new UserError(`${reason}. \`layerscope ${command} --help\` lists what can be given.`)
  }
}

/**
 * `--untrained` alone means seed 1; a number behind it is the seed. `parseArgs` knows no option that may stand alone or
 * not.
 */
export function withUntrainedSeed(parameters: readonly string[]): string[] {
  return parameters.flatMap((parameter, i) =>
    parameter === '--untrained' && !/^\d+$/.test(parameters[i + 1] ?? '') ? ['--untrained', '1'] : [parameter]
  )
}

/**
 * Seed of the untrained twin that `--untrained` asks for; null without it. @throws UserError for anything but a seed
 */
export function untrainedSeed(value: string | undefined): number | null {
  return value === undefined ? null : wholeNumber('untrained', value, 0)
}

/** @throws UserError naming the option that is missing */
export function need(command: string, option: string, value: string | undefined): string {
  if (value) return value
  throw new UserError(`--${option} is missing. \`layerscope ${command} --help\` shows examples.`)
}

/** @throws UserError naming the option and what it may be */
export function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found) return found
  throw new UserError(`--${option} is '${value}'; it can be ${allowed.join(', ')}.`)
}

/** @throws UserError for anything but a whole number from `least` on */
export function wholeNumber(option: string, value: string, least: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= least) return number
  throw new UserError(`--${option} is '${value}'; it has to be a whole number from ${least} on.`)
}
