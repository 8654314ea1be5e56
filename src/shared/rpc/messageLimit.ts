/** What travels in one message over a socket or to another machine, in bytes; what is larger is refused. */
export const maxMessageBytes = 64 * 2 ** 20

/** Bytes as sentences of refusals say them. */
export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`
}
