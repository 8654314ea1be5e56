import { UserError } from '@shared/userError'

/**
 * For an option that decides by itself what is done: whatever else was typed would be ignored.
 * @param option its name, without the dashes
 * @param typed names of all options that were typed
 * @param typedArguments what was typed without an option
 * @throws UserError naming the first of them, except --json
 */
export function checkAlone(option: string, typed: readonly string[], typedArguments: readonly string[] = []): void {
  const ignored = typed.filter((name) => name !== option && name !== 'json').map((name) => `--${name}`)
  const [first] = [...ignored, ...typedArguments.map((argument) => `'${argument}'`)]
  if (first !== undefined) throw new UserError(`--${option} takes only --json beside it; leave out ${first}.`)
}
