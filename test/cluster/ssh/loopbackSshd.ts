import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { until } from '../support'

const program = '/usr/sbin/sshd'

/** sshd on a port of 127.0.0.1, with keys of its own and for this user alone. */
export interface LoopbackSshd {
  /** What comes before the command of the other side. */
  ssh: string
  /** Ends every connection, as a network that fails; new ones can be made. */
  cut(): void
  stop(): void
}

/** Null where OpenSSH's server or client is not installed, which is printed. */
export async function startSshd(): Promise<LoopbackSshd | null> {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-sshd-'))
  const place = (name: string): string => join(folder, name)
  const keygen = (name: string) => spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', place(name)])
  if (!existsSync(program) || keygen('host').status !== 0 || keygen('user').status !== 0) {
    console.log('The tests over OpenSSH are left out: its server (openssh-server) or client is not installed.')
    rmSync(folder, { recursive: true, force: true })
    return null
  }
  const port = await freePort()
  writeFileSync(place('authorized'), readFileSync(place('user.pub')), { mode: 0o600 })
  chmodSync(folder, 0o700)
  writeFileSync(
    place('config'),
    `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${place('host')}\nAuthorizedKeysFile ${place('authorized')}\n` +
      `PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPidFile none\n` +
      'PermitRootLogin prohibit-password\n'
  )
  // Where sshd keeps its unprivileged half; systems that start it at boot make it then.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const server: ChildProcess = spawn(program, ['-D', '-e', '-f', place('config')], {
    stdio: ['ignore', 'ignore', 'pipe']
  })
  let said = ''
  server.stderr!.on('data', (chunk) => (said += String(chunk)))
  await until(() => /listening on/.test(said) || server.exitCode !== null, 20)
  if (server.exitCode !== null) throw new Error(`sshd ended: ${said}`)
  const options = [
    ['-p', String(port)],
    ['-i', place('user')],
    ['-o', 'StrictHostKeyChecking=no'],
    ['-o', `UserKnownHostsFile=${place('known')}`],
    ['-o', 'IdentitiesOnly=yes'],
    ['-o', 'BatchMode=yes'],
    ['-F', 'none']
  ].flat()
  return {
    ssh: ['ssh', ...options, '127.0.0.1'].join(' '),
    // A process of its own for each connection.
    cut: () => childrenOf(server.pid!).forEach((pid) => process.kill(pid, 'SIGKILL')),
    stop() {
      server.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return list.split(' ').filter(Boolean).map(Number)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
