import { expect, test } from 'vitest'
import type { Values } from '../../src/main/commandLine/option'
import { checkRunOptions, placeOf, runOptions } from '../../src/main/commandLine/runOptions'

const typed = (...words: string[]): Values<typeof runOptions> =>
  Object.fromEntries(
    Object.entries(runOptions).map(([name, option]) => {
      const at = words.indexOf(`--${name}`)
      return [name, option.read(at < 0 ? [] : [option.argument === null ? '' : words[at + 1]!], name, 'sweep')]
    })
  ) as Values<typeof runOptions>
const check = (...words: string[]) =>
  checkRunOptions(
    typed(...words),
    words.filter((word) => word.startsWith('--')).map((word) => word.slice(2))
  )

test.each([
  [['--mem', '4G'], '--mem needs --on: where the run is done.'],
  [['--on', 'slurm'], '--on needs --run: the folder of the run, on a disk that all machines see.'],
  [
    ['--on', 'slurm', '--run', 'r', '--workers', '2'],
    '--workers are of this machine; elsewhere --parallel says how many tasks run at once.'
  ],
  [
    ['--on', 'local', '--run', 'r', '--parallel', '2'],
    '--parallel is of other machines; on this one --workers says how many tasks run at once.'
  ]
])('%j is refused', (words, sentence) => {
  expect(() => check(...words)).toThrow(sentence)
})

test('what is typed wins over the entry of a cluster, and what neither says has a default', () => {
  const entry = { on: 'slurm', resources: { partition: 'gpu', cpus: 4, mem: '8G' }, program: 'ls' }
  expect(placeOf(typed('--mem', '16G', '--time', '1:00:00', '--attempts', '5'), entry)).toEqual({
    on: 'slurm',
    resources: { partition: 'gpu', cpus: 4, mem: '16G', time: '1:00:00' },
    program: 'ls',
    attempts: 5
  })
  expect(placeOf(typed(), { on: 'slurm', resources: {} })).toEqual({
    on: 'slurm',
    resources: { cpus: 1 },
    program: null,
    attempts: 3
  })
  expect(placeOf(typed('--workers', '3', '--cpus', '2'), { on: 'local', resources: {} }).resources).toEqual({
    parallel: 3,
    cpus: 2
  })
  expect(() => placeOf(typed('--detach'), { on: 'local', resources: {} })).toThrow('--detach is for schedulers')
})
