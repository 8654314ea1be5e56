import type { JobStatus } from '@shared/jobs'

const barWidth = 28
const usualColumns = 80

type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>

/**
 * Returns a function that shows a job on the terminal: one line that is rewritten, or one line for each new message if
 * the output goes to a file.
 */
export function jobPrinter(output: Output = process.stderr): (job: JobStatus) => void {
  let last = ''
  return (job) => {
    const text = job.state === 'running' ? job.message || job.title : ''
    if (output.isTTY) {
      const line = text && `${text}  ${bar(job.done, job.total)}`
      // A line that wraps could not be rewritten.
      output.write(`\r\x1b[2K${line.slice(0, (output.columns ?? usualColumns) - 1)}`)
    } else if (text && text !== last) {
      output.write(`${text}\n`)
    }
    last = text
  }
}

function bar(done: number, total: number): string {
  if (total <= 0) return ''
  const part = Math.min(1, done / total)
  const filled = Math.round(barWidth * part)
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${Math.round(part * 100)} %`
}
