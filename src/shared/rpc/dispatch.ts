import * as v from 'valibot'
import { calls, type CallName, type CallParsed } from '../contract'
import { legible, UserError } from '../userError'

/** True for a name of the contract. Looked up in the table itself, never on an object that inherits names. */
export function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && Object.hasOwn(calls, name)
}

/**
 * Checks name and input of a call at the boundary.
 * @throws UserError naming the call and the field that is wrong.
 */
export function parseCall(name: unknown, input: unknown): { name: CallName; input: CallParsed<CallName> } {
  if (!isCallName(name)) throw new UserError(`Layerscope has no call named '${String(name).slice(0, 80)}'.`)
  const result = v.safeParse(calls[name].input, input)
  if (!result.success) {
    const issue = result.issues[0]
    const field = v.getDotPath(issue)
    // The message repeats what was received, of any size.
    throw new UserError(
      `The call '${name}' was refused: ${field ? `${legible(field)}: ` : ''}${legible(issue.message, 300)}.`
    )
  }
  return { name, input: result.output as CallParsed<CallName> }
}
