import { existsSync, readFileSync } from 'node:fs'

const initSystems = ['systemd', 'init', 'runit', 'openrc-init', 's6-svscan', 'dinit', 'shepherd']

/**
 * The same rule as `needsNoSandbox` in src/main/hosts/http/browser.ts, for scripts that run unbuilt; a test holds them
 * together.
 */
export function needsNoSandbox() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv') || process.env.container) return true
  try {
    return !initSystems.includes(readFileSync('/proc/1/comm', 'utf8').trim())
  } catch {
    return false
  }
}
