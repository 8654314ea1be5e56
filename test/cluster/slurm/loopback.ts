import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** A loopback cluster, as cluster.sh starts it. */
export class Loopback {
  readonly folder = mkdtempSync(join(tmpdir(), 'layerscope-slurm-'))
  readonly environment = { SLURM_CONF: join(this.folder, 'slurm.conf') }

  /** @throws where it cannot be started, with the reason */
  start(): void {
    this.control('start')
  }

  /** @throws where the command fails */
  control(command: string, node?: string): void {
    const typed = [resolve('test/cluster/slurm/cluster.sh'), command, this.folder, ...(node ? [node] : [])]
    // Daemons that it starts hold its output: it goes nowhere, so that its end is seen.
    const { status, stderr } = spawnSync('bash', typed, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
    if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1) ?? `cluster.sh ${command} failed`)
  }

  /** Runs a command of Slurm, and gives what it prints. */
  ask(command: string, ...typed: string[]): string {
    const { stdout } = spawnSync(command, typed, { encoding: 'utf8', env: { ...process.env, ...this.environment } })
    return stdout
  }

  /** Jobs that have not ended. */
  jobs(): string[] {
    return this.ask('squeue', '-h', '-r', '-o', '%i').split('\n').filter(Boolean)
  }

  stop(): void {
    this.control('stop')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A cluster that runs; null where its packages are not installed or it cannot be started, which is printed. */
export function startLoopback(): Loopback | null {
  const loopback = new Loopback()
  try {
    loopback.start()
    return loopback
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    console.log(`The tests on a Slurm cluster are left out: ${reason}.`)
    rmSync(loopback.folder, { recursive: true, force: true })
    return null
  }
}
