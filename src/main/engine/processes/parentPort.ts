/** The port that a desktop shell gives its utility processes; plain Node has `process.send` instead. */
export interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

/**
 * The port of this utility process; undefined under Node. A utility process leads no process group, and its `execPath`
 * is the shell itself, which does not run scripts.
 */
export function parentPort(): ParentPort | undefined {
  return (process as unknown as { parentPort?: ParentPort }).parentPort
}
