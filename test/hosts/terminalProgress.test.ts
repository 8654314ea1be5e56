import { expect, test } from 'vitest'
import { jobPrinter } from '../../src/main/hosts/terminalProgress'
import type { JobStatus } from '../../src/shared/jobs'
import { jobStatus } from '../shared/jobStatus'

const job = (change: Partial<JobStatus>): JobStatus =>
  jobStatus({ kind: 'setup', title: 'Setting up native TensorFlow', done: 0, total: 0, ...change })

function printed(isTTY: boolean, columns: number, jobs: JobStatus[]): string[] {
  const lines: string[] = []
  const show = jobPrinter({
    isTTY,
    columns,
    write(text: unknown) {
      lines.push(String(text))
      return true
    }
  })
  jobs.forEach(show)
  return lines
}

const story = [
  job({}),
  job({ message: 'Downloading', done: 25, total: 100 }),
  job({ message: 'Downloading', done: 100, total: 100 }),
  job({ state: 'done', done: 1, total: 1 })
]

test('a terminal shows one line with a bar, which is gone at the end', () => {
  expect(printed(true, 80, story).map((text) => text.replace('\r\x1b[2K', ''))).toEqual([
    'Setting up native TensorFlow  ',
    'Downloading  [#######.....................] 25 %',
    'Downloading  [############################] 100 %',
    ''
  ])
})

test('a narrow terminal shows what fits on its line', () => {
  for (const text of printed(true, 30, story)) expect(text.replace('\r\x1b[2K', '').length).toBeLessThan(30)
})

test('a file gets a line for each new message', () => {
  expect(printed(false, 80, story)).toEqual(['Setting up native TensorFlow\n', 'Downloading\n'])
})
