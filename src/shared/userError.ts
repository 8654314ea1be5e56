/**
 * An error whose message is written for the person using the app: what went wrong, where, and what to do about it.
 * Everything else that is thrown is a defect, and is shown as one with a request to report it.
 */
export class UserError extends Error {
  override readonly name = 'UserError'
}

/** True for a `UserError`, also after it crossed a process boundary and lost its prototype. */
export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && error.name === 'UserError'
}
