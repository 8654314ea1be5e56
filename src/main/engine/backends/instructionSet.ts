import { cpus } from 'node:os'
import { processorFeatures } from './processorFeatures'

/** The widest vector instructions first. */
const known = [
  ['avx512f', 'AVX-512'],
  ['avx2', 'AVX2'],
  ['avx', 'AVX'],
  ['asimd', 'NEON'],
  ['sse4_2', 'SSE4.2']
] as const

let instructions: string | null = null

/**
 * The instructions that the processor computes with, as far as the order of sums depends on them: architecture and
 * widest vector instructions on Linux, elsewhere architecture and processor.
 */
export function instructionSet(): string {
  instructions ??= `${process.arch}, ${vectorInstructions() ?? cpus()[0]?.model.trim() ?? 'unknown'}`
  return instructions
}

function vectorInstructions(): string | null {
  const features = processorFeatures()
  return known.find(([feature]) => features.has(feature))?.[1] ?? null
}
