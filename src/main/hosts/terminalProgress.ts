import type { JobStatus } from '@shared/jobs'

const barWidth = 28

/** Shows a job on the terminal: one line that is rewritten, or one line for each new message where the output goes to a file. */
export function showJob(job: JobStatus, output: NodeJS.WriteStream = process.stderr): void {
  const text = job.message || job.title
  if (!output.isTTY) {
    if (lastText !== text) output.write(`${text}\n`)
    lastText = text
    return
  }
  lastText = text
  output.write(`\r\x1b[2K${job.state === 'running' ? `${text}  ${bar(job.done, job.total)}` : ''}`)
}

let lastText = ''

function bar(done: number, total: number): string {
  if (total <= 0) return ''
  const part = Math.min(1, done / total)
  const filled = Math.round(barWidth * part)
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${Math.round(part * 100)} %`
}
