/** One build of the add-on, for processors that have certain instructions. */
export interface Variant {
  name: string
  /** Compiler options for the processor. */
  flags: readonly string[]
  /** Instructions that a processor must have, by the names of Linux' /proc/cpuinfo. */
  needs: readonly string[]
}

const avx2 = ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'movbe', 'abm']

/** The builds of a release for each system, fastest first. The levels are those of the x86-64 psABI, section 3.1.1. */
const variants: Readonly<Record<string, readonly Variant[]>> = {
  'linux-x64': [
    {
      name: 'avx512',
      flags: ['-march=x86-64-v4'],
      needs: [...avx2, 'avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl']
    },
    { name: 'avx2', flags: ['-march=x86-64-v3'], needs: avx2 },
    { name: 'baseline', flags: ['-march=x86-64-v2'], needs: ['ssse3', 'sse4_1', 'sse4_2', 'popcnt', 'cx16'] }
  ],
  // NEON is part of every 64-bit ARM processor.
  'linux-arm64': [{ name: 'neon', flags: ['-march=armv8-a'], needs: [] }],
  'darwin-arm64': [{ name: 'neon', flags: ['-mcpu=apple-m1'], needs: [] }]
}

/** The system this runs on, as releases name it. */
export function thisSystem(): string {
  return `${process.platform}-${process.arch}`
}

/** The builds for a system; none where native TensorFlow is never used. */
export function variantsFor(system: string): readonly Variant[] {
  return variants[system] ?? []
}

/**
 * The fastest build that a processor can run.
 * @param available names of the builds that are there
 */
export function bestVariant(
  system: string,
  features: ReadonlySet<string>,
  available: readonly string[]
): Variant | null {
  return (
    variantsFor(system).find(
      ({ name, needs }) => available.includes(name) && needs.every((instruction) => features.has(instruction))
    ) ?? null
  )
}
