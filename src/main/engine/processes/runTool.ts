import { spawn, type ChildProcess } from 'node:child_process'

export interface ToolResult {
  /** 1 for a tool that a signal ended. */
  code: number
  stdout: string
  stderr: string
  /** Whether it was ended because it ran longer than its limit. */
  tooLong: boolean
}

export interface ToolOptions {
  cwd?: string
  signal?: AbortSignal
  /** Variables in addition to those of this process. */
  env?: Readonly<Record<string, string>>
  /** What it reads from standard input; nothing when left out. */
  input?: string
  /** It is ended after so many milliseconds. */
  limitMs?: number
}

const running = new Set<ChildProcess>()

/** Ends every running tool; an engine that does not lead a process group calls it before it exits. */
export function endTools(): void {
  for (const child of running) child.kill('SIGKILL')
}

/**
 * Runs a program to its end without a shell; null if there is no such program.
 * @throws what the system throws where it cannot start a program, and when the signal aborts
 */
export function runTool(
  command: string,
  args: readonly string[],
  { cwd, signal, env, input, limitMs }: ToolOptions = {}
): Promise<ToolResult | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      signal,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      windowsHide: true
    })
    if (running.size === 0) process.on('exit', endTools)
    running.add(child)
    let tooLong = false
    const timer =
      limitMs === undefined
        ? undefined
        : setTimeout(() => {
            tooLong = true
            child.kill('SIGKILL')
          }, limitMs)
    const gone = (): void => {
      clearTimeout(timer)
      running.delete(child)
      if (running.size === 0) process.off('exit', endTools)
    }
    child.once('exit', gone).once('error', gone)
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES') resolve(null)
      else reject(error)
    })
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr, tooLong }))
    // A tool may end without reading all of it.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

/** The last line that is not empty: usually the reason for a tool's failure. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? ''
}
