import { JobCancelled } from '../jobs'
import { isUserError, sentence, UserError } from '../userError'
import type { WireError } from './frames'

/** An error as it crosses processes: its message is bounded and printable, whatever was thrown. */
export function toWireError(error: unknown): WireError {
  if (error instanceof Error) {
    return {
      name: error.name,
      message: sentence(error.message),
      user: isUserError(error) || error.name === 'JobCancelled'
    }
  }
  return { name: 'Error', message: sentence(String(error)), user: false }
}

/**
 * Gives the error its class back, so that callers can distinguish a cancelled job and a user's mistake from a defect.
 */
export function fromWireError(wire: WireError): Error {
  if (wire.name === 'JobCancelled') return Object.assign(new JobCancelled(), { message: wire.message })
  if (wire.user) return new UserError(wire.message)
  return Object.assign(new Error(wire.message), { name: wire.name })
}
