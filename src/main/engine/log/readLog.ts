import { readFileSync } from 'node:fs'
import { logFiles, type LogLine } from './log'

/**
 * The last lines of the log, the newest last. Lines that are not JSON, such as one that a full disk cut, are left out.
 * @param wanted which lines count
 */
export function lastLines(count: number, wanted: (line: LogLine) => boolean, files = logFiles()): LogLine[] {
  const lines: LogLine[] = []
  for (const path of files) {
    lines.unshift(...linesOf(path).filter(wanted))
    if (lines.length >= count) break
  }
  return lines.slice(-count)
}

function linesOf(path: string): LogLine[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line)
      return typeof value === 'object' && value !== null ? [value as LogLine] : []
    } catch {
      return []
    }
  })
}
