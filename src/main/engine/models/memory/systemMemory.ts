import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'
import { posix } from 'node:path'
import { UserError } from '@shared/userError'

/** Bytes that this process could still use, their total, and what sets that limit. */
export interface SystemMemory {
  available: number
  total: number
  of: 'machine' | 'container' | 'setting'
}

/** The variable that says how much memory the process may take altogether: bytes, or a number with K, M, G or T. */
export const memorySetting = 'LAYERSCOPE_MEMORY'

/**
 * Memory that is free or reclaimable, such as the file cache; within a container, its own share of it.
 */
export function systemMemory(): SystemMemory {
  const machine: SystemMemory = { available: machineAvailable(), total: totalmem(), of: 'machine' }
  const container = process.platform === 'linux' ? containerMemory() : null
  const limits = [container, allowedMemory()].filter((limit) => limit !== null)
  return limits.reduce((least, limit) => (limit.available < least.available ? limit : least), machine)
}

/**
 * What the setting leaves to this process, of which all that it has in memory counts; null where it is not set.
 * @throws UserError for a setting that is not an amount
 */
function allowedMemory(): SystemMemory | null {
  const setting = process.env[memorySetting]
  if (!setting) return null
  const [, number, unit = ''] = setting.trim().match(/^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i) ?? []
  if (number === undefined)
    throw new UserError(`${memorySetting} is '${setting}'; it must be bytes, or a number with K, M, G or T (12G).`)
  const total = Number(number) * 1024 ** ['', 'K', 'M', 'G', 'T'].indexOf(unit.toUpperCase())
  return { available: Math.max(0, total - process.memoryUsage.rss()), total, of: 'setting' }
}

function machineAvailable(): number {
  if (process.platform === 'linux') return availableOfMeminfo(textOf('/proc/meminfo')) ?? freemem()
  if (process.platform === 'darwin') return availableOfVmStat(runVmStat()) ?? freemem()
  return freemem()
}

/** `MemAvailable` of /proc/meminfo: the kernel's own estimate. */
export function availableOfMeminfo(text: string | null): number | null {
  const kibibytes = text?.match(/^MemAvailable:\s+(\d+) kB$/m)?.[1]
  return kibibytes ? Number(kibibytes) * 1024 : null
}

/**
 * macOS counts a page as free only while nothing at all is in it; reclaimable ones are in vm_stat.
 */
export function availableOfVmStat(text: string | null): number | null {
  const pageSize = Number(text?.match(/page size of (\d+) bytes/)?.[1])
  if (!text || !pageSize) return null
  const pages = (name: string): number => Number(text.match(new RegExp(`^Pages ${name}:\\s+(\\d+)`, 'm'))?.[1] ?? 0)
  return pageSize * ['free', 'inactive', 'speculative', 'purgeable'].reduce((sum, name) => sum + pages(name), 0)
}

function runVmStat(): string | null {
  try {
    return execFileSync('vm_stat', { encoding: 'utf8', timeout: 2000 })
  } catch {
    return null
  }
}

/**
 * Of the two versions of control groups, the names of their files and of the counts of reclaimable memory in
 * `memory.stat`.
 */
const versions = [
  { line: /^0::(.*)$/m, below: '', limit: 'memory.max', used: 'memory.current', files: /^(?:in)?active_file (\d+)$/gm },
  {
    line: /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m,
    below: 'memory',
    limit: 'memory.limit_in_bytes',
    used: 'memory.usage_in_bytes',
    files: /^total_(?:in)?active_file (\d+)$/gm
  }
] as const

/**
 * The tightest memory limit of the control groups that this process is in (Linux kernel documentation, cgroup-v2 and
 * cgroup-v1/memory); null where none is set.
 */
export function containerMemory(root = '/sys/fs/cgroup', self = '/proc/self/cgroup'): SystemMemory | null {
  const groups = textOf(self) ?? ''
  let tightest: SystemMemory | null = null
  for (const { line, below, limit, used, files } of versions) {
    const ownGroup = groups.match(line)?.[1]
    if (ownGroup === undefined) continue
    // A container may see its own group as the root of all: missing names are skipped.
    for (let group = posix.join('/', ownGroup); ; group = posix.dirname(group)) {
      const read = (file: string): string | null => textOf(posix.join(root, below, group, file))
      const total = Number(read(limit) ?? NaN)
      if (Number.isFinite(total) && total < totalmem()) {
        const reclaimable = [...(read('memory.stat') ?? '').matchAll(files)].reduce(
          (sum, [, bytes]) => sum + Number(bytes),
          0
        )
        const available = Math.max(0, total - Math.max(0, Number(read(used) ?? 0) - reclaimable))
        if (!tightest || available < tightest.available) tightest = { available, total, of: 'container' }
      }
      if (group === '/') break
    }
  }
  return tightest
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
