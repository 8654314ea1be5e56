import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** The widest vector instructions first. */
const known = [
  ['avx512f', 'AVX-512'],
  ['avx2', 'AVX2'],
  ['avx', 'AVX'],
  ['asimd', 'NEON'],
  ['sse4_2', 'SSE4.2']
] as const

let found: string | null = null

/**
 * The instructions that the processor computes with, as far as the order of sums depends on them: architecture and
 * widest vector instructions on Linux, elsewhere architecture and processor.
 */
export function instructionSet(): string {
  found ??= `${process.arch}, ${vectorInstructions() ?? cpus()[0]?.model.trim() ?? 'unknown'}`
  return found
}

function vectorInstructions(): string | null {
  try {
    const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(/\s+/)
    return known.find(([flag]) => flags?.includes(flag))?.[1] ?? null
  } catch {
    return null
  }
}
