import { spawn, type ChildProcess } from 'node:child_process'

export interface ToolResult {
  code: number
  stdout: string
  stderr: string
}

const running = new Set<ChildProcess>()

/** Ends every running tool; an engine that does not lead a process group calls it before it exits. */
export function endTools(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Runs a program to its end without a shell; null if there is no such program. */
export function runTool(
  command: string,
  args: readonly string[],
  options: { cwd?: string; signal?: AbortSignal } = {}
): Promise<ToolResult | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      signal: options.signal,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true
    })
    if (running.size === 0) process.on('exit', endTools)
    running.add(child)
    const gone = (): void => {
      running.delete(child)
      if (running.size === 0) process.off('exit', endTools)
    }
    child.once('exit', gone).once('error', gone)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES') resolve(null)
      else reject(error)
    })
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }))
  })
}

/** The last line that is not empty: usually the reason for a tool's failure. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? ''
}
