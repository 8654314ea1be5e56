/**
 * What travels over any pipe between window, host and engine. Typed arrays may stand anywhere inside `input`, `output`
 * and `payload`.
 */
export type Frame =
  | { kind: 'call'; id: number; name: string; input: unknown }
  | { kind: 'answer'; id: number; output: unknown }
  | { kind: 'failure'; id: number; error: WireError }
  | { kind: 'event'; name: string; payload: unknown }

/** An error as it crosses a process: `user` tells a sentence for the person from a defect. */
export interface WireError {
  name: string
  message: string
  user: boolean
}

export interface Pipe {
  send(frame: Frame): void
  onFrame(listener: (frame: Frame) => void): void
  /** Called once, when the other side is gone. */
  onClose(listener: (reason: string) => void): void
}
