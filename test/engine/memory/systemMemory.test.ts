import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { totalmem, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import {
  availableOfMeminfo,
  availableOfVmStat,
  containerMemory,
  systemMemory
} from '../../../src/main/engine/models/memory/systemMemory'

const folder = mkdtempSync(join(tmpdir(), 'layerscope-memory-'))
afterAll(() => rmSync(folder, { recursive: true }))
const mib = 2 ** 20

/** A tree of control groups, and the file that says which this process is in. */
function groups(name: string, self: string, files: Record<string, string>): [root: string, self: string] {
  const root = join(folder, name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  writeFileSync(join(folder, `${name}.self`), self)
  return [root, join(folder, `${name}.self`)]
}

test("Linux: the kernel's own estimate", () => {
  expect(
    availableOfMeminfo('MemTotal:       24684092 kB\nMemFree:        13297384 kB\nMemAvailable:   22559480 kB\n')
  ).toBe(22559480 * 1024)
  expect(availableOfMeminfo('MemFree: 1 kB\n')).toBeNull()
  expect(availableOfMeminfo(null)).toBeNull()
})

test('macOS: pages that can be had for the asking', () => {
  const text = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               10000.
Pages active:                            400000.
Pages inactive:                          300000.
Pages speculative:                         5000.
Pages wired down:                        100000.
Pages purgeable:                           2000.
`
  expect(availableOfVmStat(text)).toBe(317_000 * 16_384)
  expect(availableOfVmStat('no such program')).toBeNull()
})

test('control groups of version 2: the tightest of all above, less what files in memory would give back', () => {
  const paths = groups('two', '0::/app.slice/one.scope\n', {
    'app.slice/one.scope/memory.max': 'max\n',
    'app.slice/one.scope/memory.current': '1\n',
    'app.slice/memory.max': `${512 * mib}\n`,
    'app.slice/memory.current': `${300 * mib}\n`,
    'app.slice/memory.stat': `anon 1\nactive_file ${40 * mib}\ninactive_file ${60 * mib}\n`
  })
  expect(containerMemory(...paths)).toEqual({ available: 312 * mib, total: 512 * mib, of: 'container' })
})

test('control groups of version 1, whose own name the container does not see', () => {
  const paths = groups('one', '5:cpu:/docker/x\n4:memory:/docker/x\n', {
    'memory/memory.limit_in_bytes': `${256 * mib}\n`,
    'memory/memory.usage_in_bytes': `${100 * mib}\n`,
    'memory/memory.stat': `cache 1\ntotal_inactive_file ${20 * mib}\n`
  })
  expect(containerMemory(...paths)).toEqual({ available: 176 * mib, total: 256 * mib, of: 'container' })
})

test('no limit is no container', () => {
  expect(containerMemory(...groups('none', '0::/\n', { 'memory.max': 'max\n' }))).toBeNull()
  expect(
    containerMemory(...groups('huge', '4:memory:/\n', { 'memory/memory.limit_in_bytes': '9223372036854771712\n' }))
  ).toBeNull()
  expect(containerMemory(join(folder, 'nothing'), join(folder, 'nothing.self'))).toBeNull()
})

test('this machine has some', () => {
  const { available, total } = systemMemory()
  expect(available).toBeGreaterThan(0)
  expect(available).toBeLessThanOrEqual(total)
  expect(total).toBeLessThanOrEqual(totalmem())
})

test('LAYERSCOPE_MEMORY limits the process, with all that it has in memory', () => {
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv('LAYERSCOPE_MEMORY', '16M')
  expect(systemMemory()).toEqual({ available: 0, total: 16 * mib, of: 'setting' })
  const limit = Math.ceil(process.memoryUsage.rss() / mib) + 8
  vi.stubEnv('LAYERSCOPE_MEMORY', `${limit}MiB`)
  expect(systemMemory().available).toBeLessThan(16 * mib)
  vi.stubEnv('LAYERSCOPE_MEMORY', '1.5 T')
  expect(systemMemory().of).not.toBe('setting')
  vi.stubEnv('LAYERSCOPE_MEMORY', 'lots')
  expect(() => systemMemory()).toThrow(
    "LAYERSCOPE_MEMORY is 'lots'; it must be bytes, or a number with K, M, G or T (12G)."
  )
})
