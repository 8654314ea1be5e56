import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Why Electron's sandbox cannot work on this machine, with the command that mends it; null where it can. Ubuntu 23.10
 * and later, and every system that restricts unprivileged user namespaces, abort an Electron whose helper is not set-uid
 * root. The settings are read: trying `unshare` succeeds there and says nothing.
 * @param settings the kernel's two switches, null where they are missing, and the helper's owner and mode
 */
export function whyNoSandbox({ restricted, cloning, helper }, path) {
  const limited = restricted === '1' || cloning === '0'
  if (!limited || (helper && helper.uid === 0 && (helper.mode & 0o7777) === 0o4755)) return null
  return (
    `this system restricts user namespaces, and Electron's sandbox helper is not set up. These two commands set it up, once: ` +
    `sudo chown root ${path} && sudo chmod 4755 ${path}`
  )
}

/** The same, of the machine this runs on. */
export function sandboxProblem(program) {
  if (process.platform !== 'linux' || process.getuid?.() === 0) return null
  const path = join(dirname(program), 'chrome-sandbox')
  return whyNoSandbox(
    {
      restricted: setting('apparmor_restrict_unprivileged_userns'),
      cloning: setting('unprivileged_userns_clone'),
      helper: statSync(path, { throwIfNoEntry: false }) ?? null
    },
    path
  )
}

function setting(name) {
  try {
    return readFileSync(`/proc/sys/kernel/${name}`, 'utf8').trim()
  } catch {
    return null
  }
}
