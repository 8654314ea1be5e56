/**
 * Messages on any pipe between window, host and engine. Typed arrays may occur anywhere inside `input`, `output`
 * and `payload`.
 */
export type Frame =
  | { kind: 'call'; id: number; name: string; input: unknown }
  | { kind: 'answer'; id: number; output: unknown }
  | { kind: 'failure'; id: number; error: WireError }
  | { kind: 'event'; name: string; payload: unknown }

/** An error as it crosses a process: `user` distinguishes a message for the user from a defect. */
export interface WireError {
  name: string
  message: string
  user: boolean
}

export interface Pipe {
  send(frame: Frame): void
  onFrame(listener: (frame: Frame) => void): void
  /** Called once, when the other side has disconnected. */
  onClose(listener: (reason: string) => void): void
}
