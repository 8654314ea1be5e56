/** A port to a page of the desktop shell. */
export interface WindowPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
  on(event: 'close', listener: () => void): void
  start(): void
}

/** The port that a desktop shell gives its utility processes; plain Node has `process.send` instead. */
export interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown; ports?: WindowPort[] }) => void): void
}

/**
 * The port of this utility process; undefined under Node. A utility process leads no process group, and its `execPath`
 * is the shell itself, which does not run scripts.
 */
export function parentPort(): ParentPort | undefined {
  return (process as unknown as { parentPort?: ParentPort }).parentPort
}
