/**
 * Whether a process of this machine runs, also one of another user. A number alone does not say that it is still the
 * same process.
 */
export function isAlive(pid: number): boolean {
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
