import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

let space: string | null = null

/**
 * Where the numbers of processes have their meaning: this start of this machine, and on Linux the namespace of
 * processes, since each container counts its own. Sixteen hexadecimal digits.
 */
export function processSpace(): string {
  space ??= createHash('sha256')
    .update(
      JSON.stringify([
        hostname(),
        orNothing(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
        orNothing(() => readlinkSync('/proc/self/ns/pid'))
      ])
    )
    .digest('hex')
    .slice(0, 16)
  return space
}

function orNothing(read: () => string): string {
  try {
    return read()
  } catch {
    // Not Linux, or /proc is not there: the name of the machine has to do.
    return ''
  }
}
