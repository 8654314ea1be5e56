import * as v from 'valibot'
import { calls, type CallInput, type CallName, type CallParsed } from '@shared/contract'
import { UserError } from '@shared/userError'
import { issueText, typedText } from './issueSentence'

/** Option names by the request field they set: `{ maxTrainWords: 'max-words', 'probe.k': 'k' }`. */
export type OptionNames = Readonly<Record<string, string>>

/**
 * Checks and completes a command's request by the contract, so that the window and `layerscope rerun` can run whatever
 * the command line runs.
 * @param optionNames lets an error name the option that was typed
 * @throws UserError naming the option, its value and what it must be
 */
export function parseRequest<N extends CallName>(
  call: N,
  request: CallInput<N>,
  optionNames: OptionNames = {}
): CallParsed<N> {
  const parsed = v.safeParse(calls[call].input, request)
  if (parsed.success) return parsed.output as CallParsed<N>
  const [issue] = parsed.issues
  const path = v.getDotPath(issue) ?? ''
  const option = optionFor(path, optionNames)
  if (option === undefined) throw new UserError(`This cannot be run: ${path || 'the request'}: ${issueText(issue)}.`)
  throw new UserError(`--${option} is ${typedText(issue.input)}; ${issueText(issue)}.`)
}

/** The option of the field, or of the list or object that the field is in. */
function optionFor(path: string, optionNames: OptionNames): string | undefined {
  const steps = path.split('.')
  const prefixes = steps.map((_, i) => steps.slice(0, steps.length - i).join('.'))
  const known = prefixes.find((prefix) => Object.hasOwn(optionNames, prefix))
  return known === undefined ? undefined : optionNames[known]
}
