import { readFileSync } from 'node:fs'

/**
 * Instructions of this machine's processor by their names in Linux' /proc/cpuinfo (`flags` on x86, `Features` on ARM);
 * empty on other systems.
 */
export function processorFeatures(cpuinfo: string | null = readCpuinfo()): Set<string> {
  const features = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo ?? '')?.[1]?.trim()
  return new Set(features ? features.split(/\s+/) : [])
}

function readCpuinfo(): string | null {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8')
  } catch {
    return null
  }
}
